//! The simulated bots: each the other end of a stream, on a line of its own.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::Context as _;
use streaming_runtime::{Link, bidi_streaming, tonic::Status};
use tokio::time::sleep;

use crate::{
    line::Line,
    pb::{
        self,
        trading_bots::{Connect, ConnectMessages as _},
    },
};

const STRATEGIES: [&str; 3] = ["grid", "momentum", "mean-reversion"];
/// Symbols with a first price.
const MARKET: [(&str, f64); 4] =
    [("BTC-EUR", 61_250.0), ("ETH-EUR", 2_310.0), ("SOL-EUR", 131.5), ("XMR-EUR", 158.2)];
const SCHEMA: &str = r#"{"type":"object","properties":{"strategy":{"type":"string","enum":["grid","momentum","mean-reversion"]}},"required":["strategy"]}"#;
const HEARTBEAT: Duration = Duration::from_secs(2);

/// What a bot does with commands. Pings need no handler.
struct Bot(Arc<Trader>);

#[bidi_streaming(pb::trading_bots::Connect, client)]
impl Bot {
    // `Ok` is the good ack, an `Err` the failed one; the text of a `Status` is shown to whoever sent the command.
    #[on(start)]
    async fn start(&self, start: pb::Start) -> Result<(), Status> {
        if !STRATEGIES.contains(&start.strategy.as_str()) {
            let (strategy, strategies) = (start.strategy, STRATEGIES.join(", "));
            let why = format!("no strategy `{strategy}`; strategies: {strategies}");
            return Err(Status::invalid_argument(why));
        }
        self.0.trading.store(true, Ordering::Relaxed);
        Ok(())
    }

    #[on(stop)]
    async fn stop(&self, _: pb::Stop) {
        self.0.trading.store(false, Ordering::Relaxed);
    }

    // The typed answer.
    #[on(request_config_schema)]
    async fn schema(&self) -> Result<pb::ConfigSchema, Status> {
        Ok(pb::ConfigSchema { json: SCHEMA.to_owned(), ..pb::ConfigSchema::default() })
    }
}

/// Trades at random, around a price that wanders.
struct Trader {
    trading: AtomicBool,
    symbol: &'static str,
    price: Mutex<f64>,
    chance: Chance,
}

impl Trader {
    fn new(number: usize) -> Self {
        let (symbol, price) = MARKET[number % MARKET.len()];
        Self {
            trading: AtomicBool::new(true),
            symbol,
            price: Mutex::new(price),
            chance: Chance(Mutex::new(number as u64 + 1)),
        }
    }

    fn trade(&self) -> pb::Trade {
        let mut price = self.price.lock().unwrap_or_else(PoisonError::into_inner);
        *price *= 1.0 + (self.chance.next() - 0.5) * 0.002;
        let side = if self.chance.next() < 0.5 { pb::Side::Buy } else { pb::Side::Sell };
        pb::Trade {
            symbol: self.symbol.to_owned(),
            side: side.into(),
            price: (*price * 100.0).round() / 100.0,
            quantity: (self.chance.next() * 100.0).ceil() / 100.0,
        }
    }

    /// Also how a bot says who it is: the link puts its id into it.
    fn heartbeat(&self) -> pb::BotMessage {
        let busy = if self.trading.load(Ordering::Relaxed) { 0.3 } else { 0.02 };
        let cpu = (busy * (0.5 + self.chance.next()) * 1000.0).round() / 1000.0;
        let memory_bytes = (64 << 20) + i64::from(self.chance.number() >> 9);
        let beat = pb::Heartbeat { cpu, memory_bytes };
        let payload = Some(pb::bot_message::Payload::Heartbeat(beat));
        pb::BotMessage { payload, ..pb::BotMessage::default() }
    }

    /// Trades so many times a second, for as long as it is told to.
    async fn run(&self, link: &Link<Connect>, rate: f64) {
        if rate == 0.0 {
            return std::future::pending().await;
        }
        loop {
            // Around the rate, so that the bots do not trade in step.
            sleep(Duration::from_secs_f64((0.5 + self.chance.next()) / rate)).await;
            if self.trading.load(Ordering::Relaxed) {
                // While there is no stream the trades wait in the link's queue; what finds no room there is lost.
                let _ = link.trade(self.trade()).await;
            }
        }
    }
}

/// Chance (xorshift64).
struct Chance(Mutex<u64>);

impl Chance {
    /// From 0 to 1.
    fn next(&self) -> f64 {
        f64::from(self.number()) / f64::from(u32::MAX)
    }

    fn number(&self) -> u32 {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        (*state >> 32) as u32
    }
}

/// The bots by their ids.
pub(crate) struct Fleet(BTreeMap<String, (Line, Link<Connect>)>);

impl Fleet {
    /// So many of them, which trade so many times a second each. They come one after the other.
    pub(crate) async fn start(server: SocketAddr, bots: usize, rate: f64) -> anyhow::Result<Self> {
        let mut fleet = BTreeMap::new();
        for number in 1..=bots {
            let id = format!("bot-{number:03}");
            let line = Line::to(server).await.with_context(|| format!("no line for {id}"))?;
            let trader = Arc::new(Trader::new(number));
            let beating = trader.clone();
            let link = Link::<Connect>::builder(format!("http://{}", line.addr))
                .client_id(&id)
                .heartbeat(HEARTBEAT, move || beating.heartbeat())
                .config(|config| {
                    config.first_delay = Duration::from_millis(500);
                    config.max_delay = Duration::from_secs(1);
                })
                .build()?;
            let (running, bot) = (link.clone(), Bot(trader.clone()));
            tokio::spawn(async move {
                sleep(Duration::from_millis(10) * u32::try_from(number).unwrap_or(0)).await;
                tokio::select! {
                    _ = running.run(bot) => {}
                    () = trader.run(&running, rate) => {}
                }
            });
            fleet.insert(id, (line, link));
        }
        Ok(Self(fleet))
    }

    /// Pulls the line of a bot, or plugs it in again. Says whether the bot is one of these.
    pub(crate) fn plug(&self, id: &str, plugged: bool) -> bool {
        let bot = self.0.get(id);
        bot.inspect(|(line, _)| line.plug(plugged)).is_some()
    }

    /// All of them leave.
    pub(crate) fn leave(&self) {
        for (_, link) in self.0.values() {
            link.close("the end");
        }
    }
}
