//! What an expert writes by hand for the same proto: a queue of 128 per stream, one task that reads.

use std::hint::black_box;

use streaming_runtime::Frame;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use crate::{
    json,
    pb::{
        self, BotCommand, BotMessage, bot_command, bot_message,
        trading_bots_server::{TradingBots, TradingBotsServer},
    },
};

pub(crate) struct ByHand {
    /// Whether it makes the data of the publications that the hub would make, and drops it.
    json: bool,
}

pub(crate) fn service(json: bool) -> TradingBotsServer<ByHand> {
    TradingBotsServer::new(ByHand { json })
}

#[tonic::async_trait]
impl TradingBots for ByHand {
    type ConnectStream = ReceiverStream<Result<Frame<BotCommand>, Status>>;

    async fn connect(
        &self,
        request: Request<Streaming<BotMessage>>,
    ) -> Result<Response<Self::ConnectStream>, Status> {
        let mut messages = request.into_inner();
        let (commands, receiver) = mpsc::channel(128);
        let json = self.json;
        tokio::spawn(async move {
            while let Ok(Some(message)) = messages.message().await {
                if json {
                    black_box(json::message(&message));
                }
                if let Some(bot_message::Payload::Trade(trade)) = message.payload {
                    let start = pb::Start { strategy: trade.symbol };
                    let command = BotCommand {
                        command_id: String::new(),
                        payload: Some(bot_command::Payload::Start(start)),
                    };
                    if json {
                        black_box(json::command(&command));
                    }
                    if commands.send(Ok(command.into())).await.is_err() {
                        break;
                    }
                }
            }
        });
        Ok(Response::new(ReceiverStream::new(receiver)))
    }
}
