//! So many messages, and no more.

use std::{cell::RefCell, net::SocketAddr, rc::Rc, time::Duration};

use anyhow::{Context as _, bail, ensure};
use tokio::{
    task::{JoinSet, LocalSet, spawn_local},
    time::{sleep, timeout},
};
use tonic::Code;

use super::{
    Done,
    stream::{BODY, Stream, beat, connect, trade},
};
use crate::{pb::bot_command, seen::Tally};

/// Also under callgrind.
const OPENING: Duration = Duration::from_mins(1);

/// Prints `done` when the server has handled all of them, and holds the streams.
pub(crate) async fn drive(
    what: &str,
    addr: SocketAddr,
    connections: usize,
    in_flight: usize,
    messages: usize,
) -> anyhow::Result<()> {
    ensure!(messages.is_multiple_of(connections), "each stream has as many");
    if what == "nameless" {
        return nameless(addr).await;
    }
    let each = messages / connections;
    let mut streams = Vec::new();
    for number in 0..connections {
        let id = format!("bot-{number}");
        let open = Stream::open(connect(addr).await?, id, in_flight);
        streams.push(timeout(OPENING, open).await.context("no headers")??);
    }
    if what == "listen" {
        return LocalSet::new().run_until(listen(streams, messages)).await;
    }
    let mut driven = JoinSet::new();
    for stream in streams {
        match what {
            "echo" => driven.spawn(echo(stream, in_flight, each)),
            "sink" => driven.spawn(sink(stream, each)),
            _ => bail!("nothing is called `{what}`; echo, sink, listen, nameless"),
        };
    }
    let mut held = Vec::new();
    while let Some(stream) = driven.join_next().await {
        held.push(stream??);
    }
    println!("done");
    std::future::pending().await
}

async fn echo(mut stream: Stream, in_flight: usize, messages: usize) -> anyhow::Result<Stream> {
    let mut sent = 0;
    for done in 0..messages {
        while sent < messages.min(done + in_flight) {
            stream.messages.send(trade(&stream.id)).await?;
            sent += 1;
        }
        heard(&mut stream).await?;
    }
    Ok(stream)
}

/// Heartbeats, and then a trade: where it is answered, those before it are handled.
async fn sink(mut stream: Stream, messages: usize) -> anyhow::Result<Stream> {
    for _ in 0..messages {
        stream.messages.send(beat(&stream.id)).await?;
    }
    stream.messages.send(trade(&stream.id)).await?;
    heard(&mut stream).await?;
    Ok(stream)
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

/// A stream whose first message has no id.
async fn nameless(addr: SocketAddr) -> anyhow::Result<()> {
    let mut stream = Stream::open(connect(addr).await?, String::new(), 1).await?;
    match timeout(OPENING, stream.commands.message()).await.context("no status")? {
        Err(status) if status.code() == Code::InvalidArgument => println!("done"),
        other => println!("{other:?}"),
    }
    Ok(())
}

async fn listen(streams: Vec<Stream>, messages: usize) -> anyhow::Result<()> {
    let done: Done = Rc::new(RefCell::new(Tally::new()));
    for stream in streams {
        spawn_local(stream.listen(Some(done.clone())));
    }
    let messages = u64::try_from(messages)?;
    while done.borrow().count() < messages {
        sleep(Duration::from_millis(1)).await;
    }
    println!("done");
    std::future::pending().await
}
