//! A handler that tells what happened, and does what the symbol of a trade says.

use std::time::Duration;

use streaming_runtime::{Client, Disconnect, HandlerError, Hub, bidi_streaming};
use tokio::sync::mpsc;
use tonic::{Status, metadata::MetadataValue};

use crate::{
    pb::{
        self,
        trading_bots::{Connect, ConnectCommands as _},
    },
    within,
};

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// `on_connect` ran for this client.
    Connected(String),
    /// `on_resume` ran for this client.
    Resumed(String),
    /// `on_disconnect` ran.
    Disconnected {
        /// For whom.
        id: String,
        /// The reason's name.
        reason: String,
        /// Whether the hub still knew the client.
        registered: bool,
        /// How many commands were never written.
        undelivered: usize,
    },
    /// `on_error` ran: the variant, and the error's text.
    Error(Option<&'static str>, String),
    /// A trade came: who, what.
    Trade(String, String),
    /// A request made by the handler ended so.
    Asked(Result<String, String>),
}

/// What a [`Probe`] tells, in order.
#[derive(Debug)]
pub struct Events(mpsc::UnboundedReceiver<Event>);

impl Events {
    /// The next event.
    ///
    /// # Panics
    /// Where none comes.
    pub async fn next(&mut self) -> Event {
        within("an event", self.0.recv()).await.expect("the handler lives")
    }

    /// The next event that `pick` takes; others are passed over.
    ///
    /// # Panics
    /// Where none comes.
    pub async fn find<T>(&mut self, mut pick: impl FnMut(Event) -> Option<T>) -> T {
        loop {
            if let Some(found) = pick(self.next().await) {
                return found;
            }
        }
    }

    /// What has happened so far and was not looked at.
    pub fn rest(&mut self) -> Vec<Event> {
        std::iter::from_fn(|| self.0.try_recv().ok()).collect()
    }
}

/// A handler that tells what happened.
#[derive(Debug)]
pub struct Probe {
    hub: Hub<Connect>,
    events: mpsc::UnboundedSender<Event>,
}

impl Probe {
    /// One, and what it will tell.
    #[must_use]
    pub fn new(hub: Hub<Connect>) -> (Self, Events) {
        let (events, receiver) = mpsc::unbounded_channel();
        (Self { hub, events }, Events(receiver))
    }

    fn tell(&self, event: Event) {
        // A test that has seen enough does not listen any more.
        let _ = self.events.send(event);
    }
}

#[bidi_streaming(pb::trading_bots::Connect)]
impl Probe {
    #[on_connect]
    async fn connected(&self, bot: &Client<Connect>) -> Result<(), Status> {
        self.tell(Event::Connected(bot.id().to_string()));
        match bot.id().as_str() {
            "refused" => Err(Status::failed_precondition("not today")),
            "later" => {
                let mut status = Status::unavailable("in twenty minutes");
                let pushback = MetadataValue::from_static("1234567");
                status.metadata_mut().insert("grpc-retry-pushback-ms", pushback);
                Err(status)
            }
            _ => Ok(()),
        }
    }

    #[on_resume]
    async fn resumed(&self, bot: &Client<Connect>) {
        self.tell(Event::Resumed(bot.id().to_string()));
    }

    #[on_disconnect]
    async fn disconnected(&self, bot: &Client<Connect>, end: &Disconnect<Connect>) {
        self.tell(Event::Disconnected {
            id: bot.id().to_string(),
            reason: end.reason.name().to_owned(),
            registered: self.hub.is_connected(bot.id()),
            undelivered: end.undelivered.len(),
        });
    }

    #[on_error]
    async fn failed(&self, _: &Client<Connect>, error: &HandlerError) {
        self.tell(Event::Error(error.variant, error.to_string()));
    }

    #[on(heartbeat)]
    async fn beat(&self, _: pb::Heartbeat) {}

    #[on(trade)]
    async fn trade(&self, bot: &Client<Connect>, trade: pb::Trade) -> anyhow::Result<()> {
        self.tell(Event::Trade(bot.id().to_string(), trade.symbol.clone()));
        match trade.symbol.as_str() {
            "echo" => bot.start(pb::Start { strategy: "echo".to_owned() }).await?,
            "fail" => anyhow::bail!("the handler's own words"),
            "status" => Err(Status::not_found("no such symbol"))?,
            "panic" => panic!("the handler's own panic"),
            "hang" => std::future::pending().await,
            "nap" => tokio::time::sleep(Duration::from_millis(20)).await,
            "ask" => {
                let reply = bot.request_config_schema(pb::RequestConfigSchema {}).reply().await;
                let told = reply.map(|schema| schema.json).map_err(|error| error.to_string());
                self.tell(Event::Asked(told));
            }
            _ => {}
        }
        Ok(())
    }
}
