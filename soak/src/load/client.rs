//! One client: it comes, talks, stalls, leaves in one way or the other, and comes back.

use std::{
    collections::VecDeque,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use tokio::{
    sync::{mpsc, watch},
    time::{sleep, timeout},
};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{
    Request, Streaming,
    metadata::{Ascii, MetadataValue},
};

use super::{COUNTS, wire::Wires};
use crate::pb::{
    BotCommand, BotMessage, CommandAck, ConfigSchema, Heartbeat, Pong, Trade, bot_command,
    bot_message::Payload, trading_bots_client::TradingBotsClient,
};

/// The header by which a client goes on with its session.
const SESSION: &str = "streaming-session";

/// So many requests are remembered, to notice one that comes twice.
const REMEMBERED: usize = 64;

pub(super) struct Client {
    id: String,
    wires: Arc<Wires>,
    left: watch::Receiver<bool>,
    key: Option<MetadataValue<Ascii>>,
    /// Requests that it got.
    requests: VecDeque<String>,
}

/// One stream of it.
struct Stream {
    messages: mpsc::Sender<BotMessage>,
    commands: Streaming<BotCommand>,
}

impl Client {
    pub(super) fn new(number: usize, wires: Arc<Wires>, left: watch::Receiver<bool>) -> Self {
        let requests = VecDeque::with_capacity(REMEMBERED);
        Self { id: format!("bot-{number}"), wires, left, key: None, requests }
    }

    /// Comes and goes until everybody leaves.
    pub(super) async fn live(mut self) {
        self.pause(5000).await;
        let mut before = None;
        while !*self.left.borrow() {
            let Some(mut stream) = self.open().await else {
                COUNTS.refused.fetch_add(1, Ordering::Relaxed);
                self.pause(2000).await;
                continue;
            };
            // It had two until now.
            drop(before.take());
            let end = if self.talks(&mut stream).await {
                self.leaves(stream, &mut before).await
            } else {
                "lost"
            };
            COUNTS.ends.count(end);
            // A session waits for two seconds.
            if before.is_none() {
                self.pause(4000).await;
            }
        }
    }

    /// Waits for up to so many milliseconds, unless everybody leaves.
    async fn pause(&mut self, millis: u64) {
        let time = Duration::from_millis(fastrand::u64(..millis));
        let _ = timeout(time, self.left.wait_for(|left| *left)).await;
    }

    async fn open(&mut self) -> Option<Stream> {
        let (messages, receiver) = mpsc::channel(64);
        let hello = self.says(Payload::Heartbeat(Heartbeat::default()));
        messages.try_send(hello).ok()?;
        let mut request = Request::new(ReceiverStream::new(receiver));
        // Some have forgotten it.
        let key = self.key.take().filter(|_| fastrand::u8(..4) > 0);
        if let Some(key) = key {
            request.metadata_mut().insert(SESSION, key);
        }
        let mut client = TradingBotsClient::new(self.wires.any());
        let opened = timeout(Duration::from_secs(5), client.connect(request)).await;
        let response = opened.ok()?.ok()?;
        COUNTS.opened.fetch_add(1, Ordering::Relaxed);
        if response.metadata().get("streaming-resumed").is_some_and(|resumed| resumed == "true") {
            COUNTS.resumed.fetch_add(1, Ordering::Relaxed);
        }
        self.key = response.metadata().get(SESSION).cloned();
        Some(Stream { messages, commands: response.into_inner() })
    }

    fn says(&self, payload: Payload) -> BotMessage {
        COUNTS.sent.fetch_add(1, Ordering::Relaxed);
        BotMessage { client_id: self.id.clone(), payload: Some(payload) }
    }

    /// Talks for a while. Says whether the stream is still there.
    async fn talks(&mut self, stream: &mut Stream) -> bool {
        let while_it_lasts = Duration::from_millis(fastrand::u64(500..25_000));
        let mut left = self.left.clone();
        let talk = async {
            let mut silence = Box::pin(sleep(next_word()));
            loop {
                let payload = tokio::select! {
                    command = stream.commands.message() => match command {
                        Ok(Some(command)) => self.answer(command),
                        _ => return false,
                    },
                    () = &mut silence => {
                        silence = Box::pin(sleep(next_word()));
                        Some(word())
                    }
                    _ = left.wait_for(|left| *left) => return true,
                };
                if let Some(payload) = payload {
                    let message = self.says(payload);
                    // A client that is held back says nothing meanwhile.
                    let _ = stream.messages.try_send(message);
                }
            }
        };
        timeout(while_it_lasts, talk).await.unwrap_or(true)
    }

    fn answer(&mut self, command: BotCommand) -> Option<Payload> {
        COUNTS.read.fetch_add(1, Ordering::Relaxed);
        let command_id = command.command_id;
        if command_id.starts_with("c-") {
            if self.requests.contains(&command_id) {
                COUNTS.twice.fetch_add(1, Ordering::Relaxed);
            }
            if self.requests.len() == REMEMBERED {
                self.requests.pop_front();
            }
            self.requests.push_back(command_id.clone());
        }
        let how = fastrand::u8(..40);
        match command.payload? {
            bot_command::Payload::Ping(ping) => {
                Some(Payload::Pong(Pong { sequence: ping.sequence }))
            }
            _ if how == 0 || command_id.is_empty() => None,
            bot_command::Payload::RequestConfigSchema(_) if how > 1 => {
                Some(Payload::ConfigSchema(ConfigSchema { json: command_id.clone(), command_id }))
            }
            _ => {
                let ack =
                    CommandAck { message: command_id.clone(), command_id, ..CommandAck::default() };
                let success = how > 1;
                let error = if success { String::new() } else { "no".to_owned() };
                Some(Payload::CommandAck(CommandAck { success, error, ..ack }))
            }
        }
    }

    /// Leaves, or stays and stalls, and says how. `before` keeps a stream that is open when the next one comes.
    async fn leaves(&mut self, stream: Stream, before: &mut Option<Stream>) -> &'static str {
        let Stream { messages, mut commands } = stream;
        let everybody = *self.left.borrow();
        match fastrand::u8(..if everybody { 2 } else { 5 }) {
            0 => {
                drop(messages);
                let rest = async { while let Ok(Some(_)) = commands.message().await {} };
                let _ = timeout(Duration::from_secs(3), rest).await;
                "half-closed"
            }
            1 => "dropped",
            2 => {
                self.pause(8000).await;
                "silent"
            }
            3 => {
                for _ in 0..8 {
                    // It goes on talking, and takes nothing.
                    for symbol in ["flood", "echo"] {
                        let _ = messages.try_send(self.says(trade(symbol)));
                    }
                    self.pause(2000).await;
                }
                "not reading"
            }
            _ => {
                if fastrand::bool() {
                    // As another process with the same name.
                    self.key = None;
                }
                *before = Some(Stream { messages, commands });
                "two streams"
            }
        }
    }
}

fn next_word() -> Duration {
    Duration::from_millis(fastrand::u64(200..2500))
}

/// What a client has to say.
fn word() -> Payload {
    match fastrand::u8(..100) {
        0 => trade("close"),
        1 => trade("nonsense"),
        2..5 => trade("ask"),
        5..8 => trade("rest"),
        8..50 => trade("echo"),
        _ => Payload::Heartbeat(Heartbeat { cpu: 0.5, memory_bytes: 1 << 30 }),
    }
}

fn trade(symbol: &str) -> Payload {
    Payload::Trade(Trade { symbol: symbol.to_owned(), ..Trade::default() })
}
