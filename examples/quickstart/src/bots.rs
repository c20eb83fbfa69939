//! Three simulated bots on tonic's own client: each sends trades and heartbeats, answers pings and acknowledges
//! commands.

use std::{net::SocketAddr, time::Duration};

use streaming_runtime::tonic::Status;
use tokio::{
    sync::mpsc,
    task::JoinSet,
    time::{interval, sleep},
};
use tokio_stream::wrappers::ReceiverStream;

use crate::{
    pb::{
        self, BotCommand, BotMessage, bot_command::Payload as Command,
        bot_message::Payload as Message, trading_bots_client::TradingBotsClient,
    },
    transcript::say,
};

/// Connects the bots, one after the other.
pub(crate) fn start(addr: SocketAddr) -> JoinSet<()> {
    let mut bots = JoinSet::new();
    bots.spawn(run(addr, "bot-1", 0, None));
    bots.spawn(run(addr, "bot-2", 1, None));
    // The third one sends nothing more after four seconds, and keeps its connection open.
    bots.spawn(run(addr, "bot-3", 2, Some(4)));
    // Another process of the second one: it takes over while the first is still connected.
    bots.spawn(async move {
        sleep(Duration::from_secs(7)).await;
        say("bot-2", "comes back on a new stream");
        run(addr, "bot-2", 0, None).await;
    });
    bots
}

async fn run(addr: SocketAddr, id: &'static str, after: u64, silent_after: Option<u64>) {
    sleep(Duration::from_millis(200 * after)).await;
    match connect(addr, id, silent_after).await {
        Ok(()) => say(id, "the stream ended"),
        Err(status) => {
            say(id, format!("the stream ended: {:?}, {}", status.code(), status.message()));
        }
    }
}

async fn connect(
    addr: SocketAddr,
    id: &'static str,
    silent_after: Option<u64>,
) -> Result<(), Status> {
    let endpoint = format!("http://{addr}");
    let mut client = TradingBotsClient::connect_to(endpoint)
        .await
        .map_err(|error| Status::unavailable(error.to_string()))?;
    let (outgoing, receiver) = mpsc::channel(64);
    // The first message names the bot; it is there before the call, so that nobody waits for anybody.
    let bot = Bot { id, outgoing };
    bot.send(Message::Heartbeat(pb::Heartbeat { cpu: 0.25, memory_bytes: 64 << 20 })).await;
    let mut commands = client.connect(ReceiverStream::new(receiver)).await?.into_inner();

    let mut trades = interval(Duration::from_secs(4));
    let mut beats = interval(Duration::from_secs(5));
    beats.reset();
    let silence = sleep(Duration::from_secs(silent_after.unwrap_or(3600)));
    tokio::pin!(silence);
    let mut silent = false;
    loop {
        tokio::select! {
            command = commands.message() => match command? {
                Some(command) if !silent => bot.obey(command).await,
                Some(_) => {}
                None => return Ok(()),
            },
            () = &mut silence, if !silent => {
                silent = true;
                say(id, "falls silent");
            }
            _ = trades.tick(), if !silent => bot.trade().await,
            _ = beats.tick(), if !silent => {
                bot.send(Message::Heartbeat(pb::Heartbeat { cpu: 0.5, memory_bytes: 64 << 20 })).await;
            }
        }
    }
}

struct Bot {
    id: &'static str,
    outgoing: mpsc::Sender<BotMessage>,
}

impl Bot {
    async fn send(&self, payload: Message) {
        let message = BotMessage { client_id: self.id.to_owned(), payload: Some(payload) };
        // Where the stream has ended, reading it says why.
        let _ = self.outgoing.send(message).await;
    }

    async fn trade(&self) {
        let trade = pb::Trade {
            symbol: "BTC-EUR".to_owned(),
            side: pb::Side::Buy.into(),
            price: 61_250.5,
            quantity: 0.1,
        };
        self.send(Message::Trade(trade)).await;
    }

    async fn obey(&self, command: BotCommand) {
        let command_id = command.command_id;
        match command.payload {
            Some(Command::Ping(ping)) => {
                say(self.id, format!("got ping {}, answers", ping.sequence));
                self.send(Message::Pong(pb::Pong { sequence: ping.sequence })).await;
            }
            Some(Command::RequestConfigSchema(_)) => {
                let json =
                    r#"{"type":"object","properties":{"strategy":{"type":"string"}}}"#.to_owned();
                self.send(Message::ConfigSchema(pb::ConfigSchema { command_id, json })).await;
            }
            Some(command) => {
                say(self.id, format!("got {command:?}"));
                let ack = pb::CommandAck { command_id, success: true, ..pb::CommandAck::default() };
                self.send(Message::CommandAck(ack)).await;
            }
            None => say(self.id, "got a command that it does not know"),
        }
    }
}
