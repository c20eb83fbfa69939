//! The handler, which counts, and does what the symbol of a trade says.

use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::Duration,
};

use streaming_runtime::{Client, Disconnect, HandlerError, Publication, Publisher, bidi_streaming};

use crate::{
    CLIENTS,
    figures::{Figures, Tally},
    pb::{
        self,
        trading_bots::{Connect, ConnectCommands as _},
    },
};

/// What has happened.
pub(super) struct Counts {
    pub(super) asked: AtomicU64,
    pub(super) outcomes: Tally<9>,
    pub(super) mixed_up: AtomicU64,
    pub(super) accepted: AtomicU64,
    connects: AtomicU64,
    resumes: AtomicU64,
    disconnects: Tally<9>,
    out_of_turn: AtomicU64,
    published: AtomicU64,
    /// Which clients are connected, as the callbacks say.
    connected: [AtomicBool; CLIENTS],
}

/// A static: what it holds is not on the heap.
pub(super) static COUNTS: Counts = Counts {
    asked: AtomicU64::new(0),
    outcomes: Tally::new([
        "answered",
        "rejected",
        "timeout",
        "disconnected, not sent",
        "disconnected, perhaps sent",
        "not connected",
        "overflow",
        "backlog",
        "given up",
    ]),
    mixed_up: AtomicU64::new(0),
    accepted: AtomicU64::new(0),
    connects: AtomicU64::new(0),
    resumes: AtomicU64::new(0),
    disconnects: Tally::new([
        "half-closed",
        "client-gone",
        "closed",
        "replaced",
        "ping-timeout",
        "stalled",
        "handler-errors",
        "bad-message",
        "slow-consumer",
    ]),
    out_of_turn: AtomicU64::new(0),
    published: AtomicU64::new(0),
    connected: [const { AtomicBool::new(false) }; CLIENTS],
};

impl Counts {
    pub(super) fn figures(&self) -> Figures {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Figures {
            asked: read(&self.asked),
            outcomes: self.outcomes.counted(),
            mixed_up: read(&self.mixed_up),
            accepted: read(&self.accepted),
            connects: read(&self.connects),
            resumes: read(&self.resumes),
            disconnects: self.disconnects.counted(),
            out_of_turn: read(&self.out_of_turn),
            published: read(&self.published),
            ..Figures::default()
        }
    }

    /// A callback of this client says that it is connected from now on, or is not any more.
    fn turn(&self, bot: &Client<Connect>, connected: bool) {
        let turned = number(bot).is_some_and(|number| {
            self.connected[number].swap(connected, Ordering::Relaxed) != connected
        });
        if !turned {
            self.out_of_turn.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// `bot-12` → 12
fn number(bot: &Client<Connect>) -> Option<usize> {
    let number = bot.id().as_str().strip_prefix("bot-")?.parse().ok()?;
    (number < CLIENTS).then_some(number)
}

/// Counts and drops.
pub(super) struct Counting;

impl Publisher for Counting {
    fn publish(&self, _: Publication) {
        COUNTS.published.fetch_add(1, Ordering::Relaxed);
    }
}

/// How many groups there are.
pub(super) const GROUPS: usize = 20;

pub(super) fn group(number: usize) -> String {
    format!("group-{}", number % GROUPS)
}

pub(super) struct Bots;

#[bidi_streaming(pb::trading_bots::Connect)]
impl Bots {
    #[on_connect]
    async fn connected(&self, bot: &Client<Connect>) {
        COUNTS.connects.fetch_add(1, Ordering::Relaxed);
        COUNTS.turn(bot, true);
        bot.join(&group(number(bot).unwrap_or_default()));
    }

    #[on_resume]
    async fn resumed(&self, _: &Client<Connect>) {
        COUNTS.resumes.fetch_add(1, Ordering::Relaxed);
    }

    #[on_disconnect]
    async fn disconnected(&self, bot: &Client<Connect>, end: &Disconnect<Connect>) {
        COUNTS.disconnects.count(end.reason.name());
        COUNTS.turn(bot, false);
    }

    /// Failures are part of the play.
    #[on_error]
    async fn failed(&self, _: &Client<Connect>, _: &HandlerError) {}

    #[on(heartbeat)]
    async fn beat(&self, _: pb::Heartbeat) {}

    #[on(trade)]
    async fn trade(&self, bot: &Client<Connect>, trade: pb::Trade) -> anyhow::Result<()> {
        match trade.symbol.as_str() {
            "echo" => bot.start(pb::Start { strategy: trade.symbol }).await?,
            // More than the windows of a client that does not read hold.
            "flood" => {
                for _ in 0..64 {
                    bot.start(pb::Start { strategy: "x".repeat(4096) }).await?;
                }
            }
            "ask" => {
                bot.request_config_schema(pb::RequestConfigSchema {}).reply().await?;
            }
            "rest" => tokio::time::sleep(Duration::from_millis(500)).await,
            "close" => bot.close("as it wished"),
            _ => anyhow::bail!("a symbol that nobody trades"),
        }
        Ok(())
    }
}
