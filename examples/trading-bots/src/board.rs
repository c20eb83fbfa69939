//! What is known of each bot, as the page shows it.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use streaming_runtime::{Client, ClientId, Hub};

use crate::{
    pb::{self, trading_bots::Connect},
    row::{Bot, Event, State, now},
};

/// Bots that have left are remembered, the last of them.
const MOST_GONE: usize = 1000;
/// Events that wait for the next publication; of more, the oldest go.
const MOST_EVENTS: usize = 200;

/// Who has just come is connected in a moment, once `on_connect` is over; in milliseconds.
const SETTLED: u64 = 1000;

/// What has changed since the last look.
#[derive(Default)]
pub(crate) struct Changes {
    pub(crate) bots: Vec<Bot>,
    pub(crate) events: Vec<Event>,
    /// Trades and heartbeats.
    pub(crate) messages: u32,
}

#[derive(Default)]
pub(crate) struct Board(Mutex<Rows>);

#[derive(Default)]
struct Rows {
    bots: BTreeMap<ClientId, Bot>,
    events: VecDeque<Event>,
    messages: u32,
}

impl Board {
    /// A session has begun.
    pub(crate) fn connected(&self, client: &Client<Connect>) {
        let mut rows = self.rows();
        let row = || Bot::new(client);
        let bot = rows.bots.entry(client.id().clone()).or_insert_with(row);
        bot.client = Some(client.clone());
        (bot.state, bot.since, bot.changed) = (State::Online, now(), true);
        rows.happened(client, "connected", String::new());
    }

    /// A session goes on.
    pub(crate) fn resumed(&self, client: &Client<Connect>) {
        let mut rows = self.rows();
        if let Some(bot) = rows.bots.get_mut(client.id()) {
            bot.pass(State::Online);
        }
        rows.happened(client, "resumed", String::new());
    }

    /// A session has ended.
    pub(crate) fn left(&self, client: &Client<Connect>, why: String) {
        let mut rows = self.rows();
        if let Some(bot) = rows.bots.get_mut(client.id()) {
            bot.pass(State::Gone);
            bot.client = None;
        }
        rows.happened(client, "left", why);
        rows.forget();
    }

    pub(crate) fn beat(&self, client: &Client<Connect>, beat: &pb::Heartbeat) {
        self.change(client, |bot| {
            bot.heartbeat = Some(now());
            (bot.cpu, bot.memory) = (beat.cpu, beat.memory_bytes);
        });
    }

    pub(crate) fn trade(&self, client: &Client<Connect>, trade: pb::Trade) {
        self.change(client, |bot| {
            bot.trades += 1;
            bot.last_trade = Some(trade.into());
        });
    }

    fn change(&self, client: &Client<Connect>, change: impl FnOnce(&mut Bot)) {
        let mut rows = self.rows();
        rows.messages += 1;
        if let Some(bot) = rows.bots.get_mut(client.id()) {
            change(bot);
            bot.changed = true;
        }
    }

    /// Who is away, and how long pings take: the hub knows.
    pub(crate) fn look(&self, hub: &Hub<Connect>) {
        for bot in self.rows().bots.values_mut().filter(|bot| bot.state != State::Gone) {
            if hub.is_connected(&bot.id) {
                bot.pass(State::Online);
            } else if now() > bot.since + SETTLED {
                bot.pass(State::Away);
            }
            let client = bot.client.as_ref();
            let round_trip = client.and_then(|client| client.session().round_trip());
            let round_trip = round_trip.map(|it| (it.as_secs_f64() * 1e6).round() / 1e3);
            bot.changed |= bot.round_trip != round_trip;
            bot.round_trip = round_trip;
        }
    }

    pub(crate) fn state(&self, id: &str) -> Option<State> {
        self.rows().bots.get(id).map(|bot| bot.state)
    }

    pub(crate) fn bots(&self) -> Vec<Bot> {
        self.rows().bots.values().cloned().collect()
    }

    pub(crate) fn changes(&self) -> Changes {
        let mut rows = self.rows();
        let changed = rows.bots.values_mut().filter(|bot| bot.changed);
        let bots = changed.map(|bot| {
            bot.changed = false;
            bot.clone()
        });
        let bots = bots.collect();
        let messages = std::mem::take(&mut rows.messages);
        Changes { bots, events: rows.events.drain(..).collect(), messages }
    }

    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rows {
    fn happened(&mut self, client: &Client<Connect>, what: &'static str, why: String) {
        if self.events.len() == MOST_EVENTS {
            self.events.pop_front();
        }
        self.events.push_back(Event { at: now(), bot: client.id().clone(), what, why });
    }

    fn forget(&mut self) {
        let gone = || self.bots.values().filter(|bot| bot.state == State::Gone);
        if gone().count() > MOST_GONE {
            let first = gone().min_by_key(|bot| bot.since).map(|bot| bot.id.clone());
            self.bots.retain(|id, _| Some(id) != first.as_ref());
        }
    }
}
