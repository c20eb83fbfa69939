//! What an expert writes by hand: one task that reads, and a queue of 128 that tonic sends from.

use std::{
    collections::{HashMap, VecDeque},
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Streaming, transport::Endpoint};

use super::trade;
use crate::pb::{
    BotCommand, BotMessage, CommandAck, Heartbeat, Pong, bot_command, bot_message,
    bots_client::BotsClient,
};

pub(crate) struct Bot {
    id: String,
    messages: mpsc::Sender<BotMessage>,
    commands: Streaming<BotCommand>,
    memory: Option<Memory>,
}

impl Bot {
    /// With a memory it executes no command twice, as a link does.
    pub(crate) async fn open(addr: SocketAddr, id: String, memory: bool) -> anyhow::Result<Self> {
        let channel = endpoint(addr)?.connect().await?;
        let (messages, receiver) = mpsc::channel(128);
        let payload = Some(bot_message::Payload::Heartbeat(Heartbeat::default()));
        messages.try_send(BotMessage { client_id: id.clone(), payload })?;
        let response = BotsClient::new(channel).connect(ReceiverStream::new(receiver)).await?;
        let memory = memory.then(Memory::default);
        Ok(Self { id, messages, commands: response.into_inner(), memory })
    }

    pub(crate) async fn run(mut self, done: Arc<AtomicU64>) -> anyhow::Result<()> {
        while let Some(command) = self.commands.message().await? {
            match command.payload {
                Some(bot_command::Payload::Start(start)) => {
                    let known = self.memory.as_ref().and_then(|it| it.get(&command.command_id));
                    if let Some(ack) = known {
                        self.send(bot_message::Payload::CommandAck(ack)).await?;
                        continue;
                    }
                    self.send(bot_message::Payload::Trade(trade(start))).await?;
                    let ack = CommandAck {
                        command_id: command.command_id,
                        success: true,
                        ..CommandAck::default()
                    };
                    if let Some(memory) = &mut self.memory {
                        memory.keep(&ack);
                    }
                    self.send(bot_message::Payload::CommandAck(ack)).await?;
                    done.fetch_add(1, Ordering::Relaxed);
                }
                Some(bot_command::Payload::Ping(ping)) => {
                    let pong = Pong { sequence: ping.sequence };
                    self.send(bot_message::Payload::Pong(pong)).await?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    async fn send(&self, payload: bot_message::Payload) -> anyhow::Result<()> {
        let message = BotMessage { client_id: self.id.clone(), payload: Some(payload) };
        Ok(self.messages.send(message).await?)
    }
}

/// What a link sets by itself: a hub that is gone is noticed, and a burst that nobody reads is held back.
fn endpoint(addr: SocketAddr) -> anyhow::Result<Endpoint> {
    let endpoint = Endpoint::from_shared(format!("http://{addr}"))?
        .tcp_nodelay(true)
        .tcp_keepalive(Some(Duration::from_mins(1)))
        .initial_stream_window_size(64 * 1024)
        .initial_connection_window_size(16 * 1024 * 1024)
        .http2_keep_alive_interval(Duration::from_secs(30))
        .keep_alive_timeout(Duration::from_secs(20));
    Ok(endpoint)
}

/// The answers to the last 10,000 commands.
#[derive(Default)]
struct Memory {
    acks: HashMap<String, CommandAck>,
    order: VecDeque<String>,
}

impl Memory {
    fn get(&self, id: &str) -> Option<CommandAck> {
        self.acks.get(id).cloned()
    }

    fn keep(&mut self, ack: &CommandAck) {
        if self.order.len() == 10_000
            && let Some(oldest) = self.order.pop_front()
        {
            self.acks.remove(&oldest);
        }
        self.order.push_back(ack.command_id.clone());
        self.acks.insert(ack.command_id.clone(), ack.clone());
    }
}
