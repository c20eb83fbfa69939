//! Clients by hand, many streams to a connection: each acknowledges what is a request, and answers pings.

use std::net::SocketAddr;

use tokio::{sync::mpsc, task::JoinSet};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{
    Streaming,
    transport::{Channel, Endpoint},
};

use super::bare;
use crate::pb::{
    BotCommand, BotMessage, CommandAck, Heartbeat, Pong, bot_command, bot_message,
    bots_client::BotsClient,
};

/// So many streams share a connection.
const STREAMS: usize = 1_000;
/// So many streams are opened at once.
const OPENING: usize = 64;

/// Prints `ready` once all are connected; then answers until it is killed.
pub(crate) fn answer(addr: SocketAddr, count: usize) -> anyhow::Result<()> {
    bare::runtime()?.block_on(async {
        let mut channels = Vec::new();
        for _ in 0..count.div_ceil(STREAMS) {
            channels.push(Endpoint::from_shared(format!("http://{addr}"))?.connect().await?);
        }
        let mut opening = JoinSet::new();
        for first in 0..OPENING {
            let channels = channels.clone();
            opening.spawn(async move {
                for number in (first..count).step_by(OPENING) {
                    open(channels[number / STREAMS].clone(), format!("bot-{number}")).await?;
                }
                anyhow::Ok(())
            });
        }
        for opened in opening.join_all().await {
            opened?;
        }
        println!("ready");
        std::future::pending::<()>().await;
        Ok(())
    })
}

async fn open(channel: Channel, id: String) -> anyhow::Result<()> {
    let (messages, receiver) = mpsc::channel(8);
    let beat = bot_message::Payload::Heartbeat(Heartbeat::default());
    messages.try_send(message(&id, beat))?;
    let response = BotsClient::new(channel).connect(ReceiverStream::new(receiver)).await?;
    tokio::spawn(obey(id, messages, response.into_inner()));
    Ok(())
}

async fn obey(
    id: String,
    messages: mpsc::Sender<BotMessage>,
    mut commands: Streaming<BotCommand>,
) -> anyhow::Result<()> {
    while let Some(command) = commands.message().await? {
        let answer = match command.payload {
            Some(bot_command::Payload::Ping(ping)) => {
                bot_message::Payload::Pong(Pong { sequence: ping.sequence })
            }
            _ if command.command_id.is_empty() => continue,
            _ => bot_message::Payload::CommandAck(CommandAck {
                command_id: command.command_id,
                success: true,
                ..CommandAck::default()
            }),
        };
        messages.send(message(&id, answer)).await?;
    }
    Ok(())
}

fn message(id: &str, payload: bot_message::Payload) -> BotMessage {
    BotMessage { client_id: id.to_owned(), payload: Some(payload) }
}
