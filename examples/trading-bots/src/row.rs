//! A row of the page's table, and a line of its log.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Serialize;
use streaming_runtime::{Client, ClientId};

use crate::pb::{self, trading_bots::Connect};

/// Milliseconds since the Unix epoch.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, millis)
}

/// Whole milliseconds.
pub(crate) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    Online,
    /// Its stream is lost, and its session waits for it.
    Away,
    Gone,
}

/// A row of the table.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Bot {
    pub(crate) id: ClientId,
    pub(crate) state: State,
    pub(crate) since: u64,
    pub(crate) heartbeat: Option<u64>,
    pub(crate) cpu: f64,
    pub(crate) memory: i64,
    /// Milliseconds.
    pub(crate) round_trip: Option<f64>,
    pub(crate) trades: u64,
    pub(crate) last_trade: Option<Trade>,
    #[serde(skip)]
    /// None once it has left, so that its session can be dropped.
    pub(crate) client: Option<Client<Connect>>,
    #[serde(skip)]
    pub(crate) changed: bool,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Trade {
    symbol: String,
    side: &'static str,
    price: f64,
    quantity: f64,
}

/// Something that happened to a bot.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Event {
    pub(crate) at: u64,
    pub(crate) bot: ClientId,
    pub(crate) what: &'static str,
    pub(crate) why: String,
}

impl Bot {
    /// One that is there, and of which nothing else is known.
    pub(crate) fn new(client: &Client<Connect>) -> Self {
        Self {
            id: client.id().clone(),
            state: State::Online,
            since: now(),
            heartbeat: None,
            cpu: 0.0,
            memory: 0,
            round_trip: None,
            trades: 0,
            last_trade: None,
            client: Some(client.clone()),
            changed: true,
        }
    }

    pub(crate) fn pass(&mut self, state: State) {
        if self.state != state {
            (self.state, self.since, self.changed) = (state, now(), true);
        }
    }
}

impl From<pb::Trade> for Trade {
    fn from(trade: pb::Trade) -> Self {
        let side = trade.side().as_str_name();
        let pb::Trade { symbol, price, quantity, .. } = trade;
        Self { symbol, side, price, quantity }
    }
}
