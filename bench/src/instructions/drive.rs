//! So many messages to a server, and no more.

use std::net::SocketAddr;

use anyhow::{Context as _, bail, ensure};
use tokio::task::JoinSet;

use crate::{
    load::{BODY, Stream, message},
    pb::{Heartbeat, Trade, bot_command, bot_message::Payload},
};

/// Prints `done` when the server has handled all of them, and holds the streams.
pub(crate) async fn drive(
    workload: &str,
    addr: SocketAddr,
    connections: usize,
    in_flight: usize,
    messages: usize,
) -> anyhow::Result<()> {
    ensure!(messages.is_multiple_of(connections), "each stream sends as many");
    let each = messages / connections;
    let mut streams = JoinSet::new();
    for number in 0..connections {
        let stream = Stream::open(addr, format!("bot-{number}"), in_flight).await?;
        match workload {
            "echo" => streams.spawn(echo(stream, in_flight, each)),
            "sink" => streams.spawn(sink(stream, each)),
            _ => bail!("there is no workload called `{workload}`; echo, sink"),
        };
    }
    let mut held = Vec::new();
    while let Some(stream) = streams.join_next().await {
        held.push(stream??);
    }
    println!("done");
    std::future::pending().await
}

async fn echo(mut stream: Stream, in_flight: usize, messages: usize) -> anyhow::Result<Stream> {
    let mut sent = 0;
    for done in 0..messages {
        while sent < messages.min(done + in_flight) {
            stream.messages.send(message(&stream.id, trade())).await?;
            sent += 1;
        }
        heard(&mut stream).await?;
    }
    Ok(stream)
}

/// Heartbeats, and then a trade: where it is answered, those before it are handled.
async fn sink(mut stream: Stream, messages: usize) -> anyhow::Result<Stream> {
    for _ in 0..messages {
        let beat = Payload::Heartbeat(Heartbeat { cpu: 0.5, memory_bytes: 1 << 30 });
        stream.messages.send(message(&stream.id, beat)).await?;
    }
    stream.messages.send(message(&stream.id, trade())).await?;
    heard(&mut stream).await?;
    Ok(stream)
}

fn trade() -> Payload {
    Payload::Trade(Trade { symbol: "x".repeat(BODY), ..Trade::default() })
}

/// The echo of one message, which has its body.
async fn heard(stream: &mut Stream) -> anyhow::Result<()> {
    loop {
        let command =
            stream.commands.message().await?.context("the server has ended the stream")?;
        if let Some(bot_command::Payload::Start(start)) = command.payload {
            ensure!(start.strategy.len() == BODY, "an echo of {} bytes", start.strategy.len());
            return Ok(());
        }
    }
}
