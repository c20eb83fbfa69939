//! A handler whose callbacks wait where a test says so, and that tells each step as one line.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use e2e::{
    Serving,
    pb::{
        self,
        trading_bots::{Connect, ConnectCommands as _},
    },
    within,
};
use streaming_runtime::{Client, Disconnect, HandlerError, Hub, HubConfig, bidi_streaming};
use tokio::sync::{
    Semaphore,
    mpsc::{self, UnboundedReceiver, UnboundedSender},
};
use tonic::Status;

/// A hub behind a server, with an [`Actor`] as its handler.
pub(crate) struct Stage {
    pub(crate) hub: Hub<Connect>,
    pub(crate) addr: std::net::SocketAddr,
    lines: UnboundedReceiver<String>,
    gates: Gates,
    _serving: Serving,
}

type Gates = Arc<Mutex<HashMap<String, Arc<Semaphore>>>>;

impl Stage {
    pub(crate) fn start(config: HubConfig) -> Self {
        let hub = Hub::new(config).expect("valid settings");
        let (told, lines) = mpsc::unbounded_channel();
        let gates = Gates::default();
        let actor = Actor { hub: hub.clone(), told, gates: gates.clone() };
        let serving = Serving::start(hub.clone(), actor);
        Self { hub, addr: serving.addr, lines, gates, _serving: serving }
    }

    /// From now on whoever tells `line` waits there.
    pub(crate) fn hold(&self, line: &str) {
        let gate = Arc::new(Semaphore::new(0));
        self.gates.lock().expect("no panic").insert(line.to_owned(), gate);
    }

    /// Whoever waits there goes on, and nobody waits there any more.
    pub(crate) fn release(&self, line: &str) {
        let gate = self.gates.lock().expect("no panic").remove(line);
        gate.expect("somebody was to be held").close();
    }

    /// Sends to a bot that reads nothing until its windows and its outbox are full. The commands are named by numbers
    /// from 0; says how many were accepted.
    pub(crate) async fn fill(&self, id: &str) -> usize {
        let mut accepted = 0;
        loop {
            let send =
                self.hub.client(id).start(start(format!("{accepted}:{}", "x".repeat(20_000))));
            match tokio::time::timeout(Duration::from_millis(300), send).await {
                Ok(sent) => sent.expect("the bot is connected"),
                Err(_) => return accepted,
            }
            accepted += 1;
        }
    }

    /// The next line.
    pub(crate) async fn line(&mut self) -> String {
        within("a line", self.lines.recv()).await.expect("the handler lives")
    }

    /// The next lines are these.
    pub(crate) async fn expect(&mut self, lines: &[&str]) {
        for (at, expected) in lines.iter().enumerate() {
            assert_eq!(self.line().await, *expected, "line {at} of {lines:?}");
        }
    }

    /// Waits for the next line that begins so, and gives what follows.
    pub(crate) async fn find(&mut self, start: &str) -> String {
        loop {
            if let Some(rest) = self.line().await.strip_prefix(start) {
                return rest.to_owned();
            }
        }
    }

    /// What was told and not looked at.
    pub(crate) fn rest(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.lines.try_recv().ok()).collect()
    }
}

/// Does what ids and symbols say.
struct Actor {
    hub: Hub<Connect>,
    told: UnboundedSender<String>,
    gates: Gates,
}

impl Actor {
    async fn step(&self, line: String) {
        let gate = self.gates.lock().expect("no panic").get(&line).cloned();
        self.tell(line);
        if let Some(gate) = gate {
            // It is closed when it opens.
            let _ = gate.acquire().await;
        }
    }

    fn tell(&self, line: String) {
        // A test that has seen enough does not listen any more.
        let _ = self.told.send(line);
    }
}

/// Tells of a handler that was dropped before its end.
struct Watched<'a> {
    actor: &'a Actor,
    name: String,
    ended: bool,
}

impl Drop for Watched<'_> {
    fn drop(&mut self) {
        let how = if self.ended { "handled" } else { "dropped" };
        self.actor.tell(format!("{how} {}", self.name));
    }
}

#[bidi_streaming(pb::trading_bots::Connect)]
impl Actor {
    #[on_connect]
    async fn connected(&self, bot: &Client<Connect>) -> Result<(), Status> {
        let id = bot.id().as_str();
        self.step(format!("connect {id}")).await;
        match id {
            "refused" => return Err(Status::failed_precondition("not today")),
            "panics" => panic!("the callback's own panic"),
            "asks" => {
                let sent = bot.start(start("hello")).await;
                let outside = self.hub.client("asks").stop(pb::Stop::default()).await;
                let reply = bot.request_config_schema(pb::RequestConfigSchema {}).reply().await;
                let reply = reply.map(|schema| schema.json);
                self.tell(format!("asked {sent:?} {outside:?} {reply:?}"));
            }
            _ => {}
        }
        self.tell(format!("connected {id} {}", self.hub.is_connected(id)));
        Ok(())
    }

    #[on_resume]
    async fn resumed(&self, bot: &Client<Connect>) {
        let id = bot.id().as_str();
        self.step(format!("resume {id} {}", self.hub.is_connected(id))).await;
        if id == "greeted" {
            self.tell(format!("greeted {:?}", bot.start(start("welcome back")).await));
        }
    }

    #[on_disconnect]
    async fn disconnected(&self, bot: &Client<Connect>, end: &Disconnect<Connect>) {
        let id = bot.id();
        let names = end.undelivered.iter().map(|command| match &command.payload {
            Some(pb::bot_command::Payload::Start(start)) => name_of(&start.strategy),
            Some(pb::bot_command::Payload::Stop(_)) => "stop",
            _ => "other",
        });
        let undelivered = names.collect::<Vec<_>>().join(",");
        self.step(format!("disconnect {id} {} [{undelivered}]", end.reason.name())).await;
        self.tell(format!("disconnected {id}"));
    }

    #[on_error]
    async fn failed(&self, bot: &Client<Connect>, error: &HandlerError) {
        self.tell(format!("error {} {error}", bot.id()));
    }

    #[on(heartbeat)]
    async fn beat(&self, bot: &Client<Connect>, _: pb::Heartbeat) {
        self.tell(format!("beat {} {}", bot.id(), self.hub.is_connected(bot.id())));
    }

    #[on(trade)]
    async fn trade(&self, bot: &Client<Connect>, trade: pb::Trade) -> anyhow::Result<()> {
        let symbol = trade.symbol.as_str();
        let name = format!("{} {symbol}", bot.id());
        let mut watched = Watched { actor: self, name: name.clone(), ended: false };
        self.step(format!("handle {name}")).await;
        match symbol {
            "missing" => missing()?,
            "flood" => flood(bot).await?,
            "close" => {
                for strategy in ["1", "2", "3"] {
                    bot.start(start(strategy)).await?;
                }
                bot.close("enough");
            }
            "ask" => {
                let reply = bot.request_config_schema(pb::RequestConfigSchema {}).reply().await;
                self.tell(format!("asked {:?}", reply.map(|schema| schema.json)));
            }
            _ => {}
        }
        watched.ended = true;
        Ok(())
    }
}

/// A start command whose strategy tells it from others.
pub(crate) fn start(name: impl Into<String>) -> pb::Start {
    pb::Start { strategy: name.into() }
}

/// A strategy's name, without what fills it up.
pub(crate) fn name_of(strategy: &str) -> &str {
    strategy.split_once(':').map_or(strategy, |(name, _)| name)
}

/// Fails with a status of its own behind another error.
fn missing() -> Result<(), Status> {
    Err(Status::not_found("no such symbol"))
}

/// Sends without end.
async fn flood(bot: &Client<Connect>) -> anyhow::Result<()> {
    loop {
        bot.stop(pb::Stop { reason: "x".repeat(10_000) }).await?;
    }
}
