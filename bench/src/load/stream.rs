//! One stream of the load.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    time::{Duration, Instant, SystemTime},
};

use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{
    Streaming,
    transport::{Channel, Endpoint},
};

use super::Done;
use crate::pb::{
    BotCommand, BotMessage, CommandAck, Heartbeat, Pong, Trade, bot_command, bot_message,
    bots_client::BotsClient,
};

pub(super) const BODY: usize = 64;

pub(super) async fn connect(addr: SocketAddr) -> anyhow::Result<Channel> {
    Ok(endpoint(addr)?.connect().await?)
}

fn endpoint(addr: SocketAddr) -> anyhow::Result<Endpoint> {
    Ok(Endpoint::from_shared(format!("http://{addr}"))?)
}

/// A stream that is never read, with room for less than a single plan.
pub(super) async fn stalled(addr: SocketAddr) -> anyhow::Result<Stream> {
    let channel = endpoint(addr)?.initial_stream_window_size(512).connect().await?;
    Stream::open(channel, "stalled".to_owned(), 1).await
}

pub(super) struct Stream {
    pub(super) id: String,
    pub(super) messages: mpsc::Sender<BotMessage>,
    pub(super) commands: Streaming<BotCommand>,
}

impl Stream {
    pub(super) async fn open(
        channel: Channel,
        id: String,
        in_flight: usize,
    ) -> anyhow::Result<Self> {
        let (messages, receiver) = mpsc::channel(in_flight.max(1));
        let beat = bot_message::Payload::Heartbeat(Heartbeat::default());
        messages.try_send(message(&id, beat))?;
        let response = BotsClient::new(channel).connect(ReceiverStream::new(receiver)).await?;
        Ok(Self { id, messages, commands: response.into_inner() })
    }

    /// Sends a trade for each command that came back.
    pub(super) async fn echo(mut self, in_flight: usize, done: Done) {
        // They come back in order.
        let mut sent = VecDeque::with_capacity(in_flight);
        for _ in 0..in_flight {
            sent.push_back(Instant::now());
            if self.messages.send(trade(&self.id)).await.is_err() {
                return;
            }
        }
        while let Ok(Some(command)) = self.commands.message().await {
            if let Some(bot_command::Payload::Start(_)) = command.payload {
                let now = Instant::now();
                if let Some(then) = sent.pop_front() {
                    done.borrow_mut().took(now - then);
                }
                sent.push_back(now);
                if self.messages.send(trade(&self.id)).await.is_err() {
                    return;
                }
            }
        }
    }

    /// Sends heartbeats as fast as they go.
    pub(super) async fn sink(self, done: Done) {
        while self.messages.send(beat(&self.id)).await.is_ok() {
            done.borrow_mut().add(1);
        }
    }

    /// Sends heartbeats and then a trade, and counts them when it comes back.
    pub(super) async fn sink_in_turns(mut self, turn: usize, done: Done) {
        loop {
            for _ in 1..turn {
                if self.messages.send(beat(&self.id)).await.is_err() {
                    return;
                }
            }
            if self.messages.send(trade(&self.id)).await.is_err() {
                return;
            }
            loop {
                match self.commands.message().await {
                    Ok(Some(command))
                        if matches!(command.payload, Some(bot_command::Payload::Start(_))) =>
                    {
                        break;
                    }
                    // A ping.
                    Ok(Some(_)) => {}
                    _ => return,
                }
            }
            done.borrow_mut().add(turn as u64);
        }
    }

    /// Reads, and answers what asks. Plans are noted with their age, requests without.
    pub(super) async fn listen(mut self, done: Option<Done>) {
        while let Ok(Some(command)) = self.commands.message().await {
            let note = |latency: Option<Duration>| match (&done, latency) {
                (Some(done), Some(latency)) => done.borrow_mut().took(latency),
                (Some(done), None) => done.borrow_mut().add(1),
                (None, _) => {}
            };
            let answer = match command.payload {
                Some(bot_command::Payload::Ping(ping)) => {
                    bot_message::Payload::Pong(Pong { sequence: ping.sequence })
                }
                Some(bot_command::Payload::Plan(plan)) => {
                    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
                    note(Some(now.saturating_sub(Duration::from_nanos(plan.sent_nanos))));
                    continue;
                }
                Some(bot_command::Payload::Start(_)) => {
                    note(None);
                    bot_message::Payload::CommandAck(CommandAck {
                        command_id: command.command_id,
                        success: true,
                        ..CommandAck::default()
                    })
                }
                None => continue,
            };
            if self.messages.send(message(&self.id, answer)).await.is_err() {
                return;
            }
        }
    }
}

/// A whole stream: opened, served once, ended by its client. Whether it went well.
pub(super) async fn once(channel: Channel, id: &str) -> bool {
    let (messages, receiver) = mpsc::channel(1);
    if messages.try_send(trade(id)).is_err() {
        return false;
    }
    let Ok(response) = BotsClient::new(channel).connect(ReceiverStream::new(receiver)).await else {
        return false;
    };
    let mut commands = response.into_inner();
    let served = matches!(commands.message().await, Ok(Some(_)));
    drop(messages);
    while let Ok(Some(_)) = commands.message().await {}
    served
}

pub(super) fn beat(id: &str) -> BotMessage {
    let beat = Heartbeat { cpu: 0.5, memory_bytes: 1 << 30 };
    message(id, bot_message::Payload::Heartbeat(beat))
}

pub(super) fn trade(id: &str) -> BotMessage {
    let trade = Trade { symbol: "x".repeat(BODY), ..Trade::default() };
    message(id, bot_message::Payload::Trade(trade))
}

fn message(id: &str, payload: bot_message::Payload) -> BotMessage {
    BotMessage { client_id: id.to_owned(), payload: Some(payload) }
}
