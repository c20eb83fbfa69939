//! Three bots, each the other end of a stream. Their links say who they are, answer pings and come back by themselves.

use std::{net::SocketAddr, thread, time::Duration};

use streaming_runtime::{Link, LinkError, Lost, SendError, bidi_streaming};
use tokio::{
    task::{JoinSet, block_in_place},
    time::sleep,
};

use crate::{
    pb::{
        self,
        trading_bots::{Connect, ConnectMessages as _},
    },
    transcript::say,
};

/// What a bot does with the hub's commands. Pings need no handler.
struct Bot {
    /// How long it hangs when it is stopped.
    hangs: Duration,
}

#[bidi_streaming(pb::trading_bots::Connect, client)]
impl Bot {
    // `Ok` is the ack, an `Err` is a failed one.
    #[on(start)]
    async fn start(&self, link: &Link<Connect>, start: pb::Start) -> Result<(), SendError> {
        say(link.id(), format!("starts to trade by {}", start.strategy));
        let (symbol, side) = ("BTC-EUR".to_owned(), pb::Side::Buy.into());
        link.trade(pb::Trade { symbol, side, price: 61_250.5, quantity: 0.1 }).await
    }

    #[on(stop)]
    async fn stop(&self, link: &Link<Connect>, stop: pb::Stop) {
        say(link.id(), format!("stops: {}", stop.reason));
        // Nothing of the bot runs meanwhile, as in a process that is out of memory.
        block_in_place(|| thread::sleep(self.hangs));
    }

    // The typed reply.
    #[on(request_config_schema)]
    async fn schema(&self) -> anyhow::Result<pb::ConfigSchema> {
        let json = r#"{"type":"object","properties":{"strategy":{"type":"string"}}}"#.to_owned();
        Ok(pb::ConfigSchema { json, ..pb::ConfigSchema::default() })
    }

    #[on_disconnect]
    async fn lost(&self, link: &Link<Connect>, lost: &Lost) {
        if lost.retry_at.is_some() {
            say(link.id(), format!("{lost}; tries again"));
        }
    }
}

/// The bots, and what they run in.
#[derive(Default)]
pub(crate) struct Fleet {
    links: Vec<Link<Connect>>,
    running: JoinSet<()>,
}

impl Fleet {
    pub(crate) fn start(addr: SocketAddr) -> Result<Self, LinkError> {
        let mut fleet = Self::default();
        let (never, seconds) = (Duration::ZERO, Duration::from_secs_f64);
        fleet.add(addr, "bot-1", seconds(0.0), Bot { hangs: never })?;
        fleet.add(addr, "bot-2", seconds(0.2), Bot { hangs: never })?;
        // The third one hangs for so long that the hub gives it up.
        fleet.add(addr, "bot-3", seconds(0.4), Bot { hangs: seconds(6.0) })?;
        // Another process of the second one: it takes over while the first is still connected.
        fleet.add(addr, "bot-2", seconds(7.0), Bot { hangs: never })?;
        Ok(fleet)
    }

    fn add(
        &mut self,
        addr: SocketAddr,
        id: &str,
        after: Duration,
        bot: Bot,
    ) -> Result<(), LinkError> {
        let link = Link::<Connect>::builder(format!("http://{addr}"))
            .client_id(id)
            .heartbeat(Duration::from_secs(4), heartbeat)
            .config(|config| config.first_delay = Duration::from_millis(500))
            .build()?;
        self.links.push(link.clone());
        self.running.spawn(async move {
            sleep(after).await;
            match link.run(bot).await {
                Ok(()) => say(link.id(), "has left"),
                Err(lost) => say(link.id(), format!("does not come back: {lost}")),
            }
        });
        Ok(())
    }

    /// All of them leave: what is queued is written, then their streams are closed.
    pub(crate) async fn leave(self) {
        for link in &self.links {
            link.close("the end");
        }
        self.running.join_all().await;
    }
}

/// A sign of life, which is also how a bot begins. The link puts the bot's id into it.
fn heartbeat() -> pb::BotMessage {
    let beat = pb::Heartbeat { cpu: 0.5, memory_bytes: 64 << 20 };
    let payload = Some(pb::bot_message::Payload::Heartbeat(beat));
    pb::BotMessage { payload, ..pb::BotMessage::default() }
}
