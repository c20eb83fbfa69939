//! The load: tonic's own client. Tells on standard output when the measured part begins, and what was done in it.

use std::{
    cell::Cell,
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant},
};

use anyhow::bail;
use tokio::{io::AsyncReadExt as _, sync::mpsc, task::LocalSet, time::sleep};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Streaming, transport::Endpoint};

use crate::pb::{
    BotCommand, BotMessage, Heartbeat, Trade, bot_command, bot_message,
    trading_bots_client::TradingBotsClient,
};

pub(crate) const BODY: usize = 64;

pub(crate) async fn run(
    workload: &str,
    addr: SocketAddr,
    connections: usize,
    in_flight: usize,
    seconds: u64,
) -> anyhow::Result<()> {
    let mut streams = Vec::new();
    for number in 0..connections {
        streams.push(Stream::open(addr, format!("bot-{number}"), in_flight).await?);
    }
    if workload == "idle" {
        return idle(streams).await;
    }
    let done = Rc::new(Cell::new(0_u64));
    let local = LocalSet::new();
    for stream in streams {
        let done = done.clone();
        match workload {
            "echo" => local.spawn_local(stream.echo(in_flight, done)),
            "sink" => local.spawn_local(stream.sink(done)),
            _ => bail!("there is no workload called `{workload}`; echo, sink, idle"),
        };
    }
    local
        .run_until(async {
            sleep(Duration::from_secs(1)).await;
            println!("begin");
            let (from, start) = (done.get(), Instant::now());
            sleep(Duration::from_secs(seconds)).await;
            println!("{} {}", done.get() - from, start.elapsed().as_secs_f64());
        })
        .await;
    Ok(())
}

/// Holds the streams until standard input ends.
async fn idle(streams: Vec<Stream>) -> anyhow::Result<()> {
    sleep(Duration::from_secs(1)).await;
    println!("begin");
    println!("{} 1", streams.len());
    tokio::io::stdin().read_to_end(&mut Vec::new()).await?;
    Ok(())
}

pub(crate) struct Stream {
    pub(crate) id: String,
    pub(crate) messages: mpsc::Sender<BotMessage>,
    pub(crate) commands: Streaming<BotCommand>,
}

impl Stream {
    pub(crate) async fn open(
        addr: SocketAddr,
        id: String,
        in_flight: usize,
    ) -> anyhow::Result<Self> {
        let channel = Endpoint::from_shared(format!("http://{addr}"))?.connect().await?;
        let (messages, receiver) = mpsc::channel(in_flight.max(1));
        let beat = bot_message::Payload::Heartbeat(Heartbeat::default());
        messages.try_send(message(&id, beat))?;
        let response =
            TradingBotsClient::new(channel).connect(ReceiverStream::new(receiver)).await?;
        Ok(Self { id, messages, commands: response.into_inner() })
    }

    /// Sends a trade for each command that came back.
    async fn echo(mut self, in_flight: usize, done: Rc<Cell<u64>>) {
        let trade = || Trade { symbol: "x".repeat(BODY), ..Trade::default() };
        for _ in 0..in_flight {
            let _ =
                self.messages.send(message(&self.id, bot_message::Payload::Trade(trade()))).await;
        }
        while let Ok(Some(command)) = self.commands.message().await {
            if let Some(bot_command::Payload::Start(_)) = command.payload {
                done.set(done.get() + 1);
                let next = message(&self.id, bot_message::Payload::Trade(trade()));
                if self.messages.send(next).await.is_err() {
                    return;
                }
            }
        }
    }

    /// Sends heartbeats as fast as they go.
    async fn sink(self, done: Rc<Cell<u64>>) {
        loop {
            let beat =
                bot_message::Payload::Heartbeat(Heartbeat { cpu: 0.5, memory_bytes: 1 << 30 });
            if self.messages.send(message(&self.id, beat)).await.is_err() {
                return;
            }
            done.set(done.get() + 1);
        }
    }
}

pub(crate) fn message(id: &str, payload: bot_message::Payload) -> BotMessage {
    BotMessage { client_id: id.to_owned(), payload: Some(payload) }
}
