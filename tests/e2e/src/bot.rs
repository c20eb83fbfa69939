//! A client that others wrote: tonic's own, with nothing of ours on its side.

use std::net::SocketAddr;

use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Request, Status, Streaming, transport::Endpoint};

use crate::{
    pb::{
        BotCommand, BotMessage, CommandAck, Heartbeat, Pong, Trade, bot_command, bot_message,
        trading_bots_client::TradingBotsClient,
    },
    within,
};

/// The header with a session's key.
const KEY: &str = "streaming-session";

/// One bot on a connection of its own.
#[derive(Debug)]
pub struct Bot {
    id: String,
    messages: Option<mpsc::Sender<BotMessage>>,
    commands: Streaming<BotCommand>,
    /// The key of its session.
    pub key: String,
    /// Whether the stream goes on with the session whose key it has shown.
    pub resumed: bool,
    /// Whether pings are answered.
    pub answers_pings: bool,
    /// The pings that came.
    pub pings: usize,
}

impl Bot {
    /// Opens a stream and sends nothing.
    ///
    /// # Panics
    /// Where the server is not there.
    pub async fn open(addr: SocketAddr, id: &str) -> Self {
        Self::try_open(addr, id).await.expect("the rpc is accepted")
    }

    /// Opens a stream and sends nothing.
    ///
    /// # Errors
    /// The status with which the rpc is refused before its headers.
    ///
    /// # Panics
    /// Where the server is not there.
    pub async fn try_open(addr: SocketAddr, id: &str) -> Result<Self, Status> {
        Self::opening_with(addr, id, Vec::new(), None).await
    }

    /// Opens a stream with these messages in its first packets.
    ///
    /// # Panics
    /// Where the server is not there.
    pub async fn with_first(addr: SocketAddr, id: &str, first: Vec<bot_message::Payload>) -> Self {
        Self::opening_with(addr, id, first, None).await.expect("the rpc is accepted")
    }

    async fn opening_with(
        addr: SocketAddr,
        id: &str,
        first: Vec<bot_message::Payload>,
        key: Option<&str>,
    ) -> Result<Self, Status> {
        let endpoint = Endpoint::from_shared(format!("http://{addr}")).expect("a valid address");
        let channel = within("connecting", endpoint.connect()).await.expect("a server");
        let (messages, receiver) = mpsc::channel(1024);
        for payload in first {
            let message = BotMessage { client_id: id.to_owned(), payload: Some(payload) };
            messages.try_send(message).expect("few messages");
        }
        let mut client = TradingBotsClient::new(channel);
        let mut request = Request::new(ReceiverStream::new(receiver));
        if let Some(key) = key {
            request.metadata_mut().insert(KEY, key.parse().expect("a key is ASCII"));
        }
        let response = within("the headers", client.connect(request)).await?;
        let header = |name| {
            let value = response.metadata().get(name).and_then(|value| value.to_str().ok());
            value.expect("the hub tells the key").to_owned()
        };
        Ok(Self {
            id: id.to_owned(),
            messages: Some(messages),
            key: header(KEY),
            resumed: header("streaming-resumed") == "true",
            commands: response.into_inner(),
            answers_pings: true,
            pings: 0,
        })
    }

    /// Opens a stream and identifies by a heartbeat.
    ///
    /// # Panics
    /// Where the server is not there.
    pub async fn connect(addr: SocketAddr, id: &str) -> Self {
        let bot = Self::open(addr, id).await;
        bot.beat().await;
        bot
    }

    /// Opens a stream with the key of a session, and identifies by a heartbeat.
    ///
    /// # Panics
    /// Where the server is not there.
    pub async fn come_back(addr: SocketAddr, id: &str, key: &str) -> Self {
        let bot = Self::opening_with(addr, id, Vec::new(), Some(key)).await;
        let bot = bot.expect("the rpc is accepted");
        bot.beat().await;
        bot
    }

    /// Sends a message.
    ///
    /// # Panics
    /// After [`half_close`](Self::half_close).
    pub async fn send(&self, payload: bot_message::Payload) {
        self.send_as(&self.id, payload).await;
    }

    /// Sends a message with another client id.
    ///
    /// # Panics
    /// After [`half_close`](Self::half_close).
    pub async fn send_as(&self, id: &str, payload: bot_message::Payload) {
        self.send_whole(BotMessage { client_id: id.to_owned(), payload: Some(payload) }).await;
    }

    /// Sends a message in which no variant is set.
    ///
    /// # Panics
    /// After [`half_close`](Self::half_close).
    pub async fn send_nothing(&self) {
        self.send_whole(BotMessage { client_id: self.id.clone(), payload: None }).await;
    }

    async fn send_whole(&self, message: BotMessage) {
        let messages = self.messages.as_ref().expect("the stream is open for messages");
        // Where the server has ended the stream nobody takes it, which is the test's matter.
        let _ = messages.send(message).await;
    }

    /// Sends a heartbeat.
    pub async fn beat(&self) {
        self.send(bot_message::Payload::Heartbeat(Heartbeat::default())).await;
    }

    /// Sends a trade, whose symbol tells the [`Probe`](crate::Probe) what to do.
    pub async fn trade(&self, symbol: &str) {
        let trade = Trade { symbol: symbol.to_owned(), ..Trade::default() };
        self.send(bot_message::Payload::Trade(trade)).await;
    }

    /// Acknowledges a command.
    pub async fn ack(&self, command_id: &str, success: bool) {
        let ack = CommandAck {
            command_id: command_id.to_owned(),
            success,
            message: "the bot's words".to_owned(),
            error: if success { String::new() } else { "refused".to_owned() },
        };
        self.send(bot_message::Payload::CommandAck(ack)).await;
    }

    /// The next command that is no ping: its id and what it says.
    ///
    /// # Panics
    /// Where the stream ends first.
    pub async fn command(&mut self) -> (String, bot_command::Payload) {
        match within("a command", self.next()).await {
            Ok(command) => command,
            Err(status) => panic!("{}: the stream ended: {status}", self.id),
        }
    }

    /// The sequence of the next command, which must be a ping.
    ///
    /// # Panics
    /// Where something else comes.
    pub async fn ping(&mut self) -> u64 {
        let command = within("a ping", self.commands.message()).await.expect("no error");
        match command.and_then(|command| command.payload) {
            Some(bot_command::Payload::Ping(ping)) => ping.sequence,
            other => panic!("no ping, but {other:?}"),
        }
    }

    /// Reads until the stream ends, and gives the status (`OK` as well) with its trailers.
    pub async fn end(&mut self) -> Status {
        let end = async {
            loop {
                if let Err(status) = self.next().await {
                    return status;
                }
            }
        };
        within("the end of the stream", end).await
    }

    async fn next(&mut self) -> Result<(String, bot_command::Payload), Status> {
        loop {
            let Some(command) = self.commands.message().await? else {
                let trailers = self.commands.trailers().await?.unwrap_or_default();
                return Err(Status::with_metadata(Code::Ok, "", trailers));
            };
            match command.payload {
                Some(bot_command::Payload::Ping(ping)) => {
                    self.pings += 1;
                    if self.answers_pings {
                        let answer = Pong { sequence: ping.sequence };
                        self.send(bot_message::Payload::Pong(answer)).await;
                    }
                }
                Some(payload) => return Ok((command.command_id, payload)),
                None => {}
            }
        }
    }

    /// Drops the stream of commands alone; what is returned keeps the stream of messages open.
    #[must_use = "the stream of messages ends when it is dropped"]
    pub fn deaf(self) -> Option<mpsc::Sender<BotMessage>> {
        self.messages
    }

    /// Ends the bot's side of the stream, and goes on reading.
    pub fn half_close(&mut self) {
        self.messages = None;
    }
}

/// What the trailer `streaming-end` says.
#[must_use]
pub fn end_reason(status: &Status) -> &str {
    status.metadata().get("streaming-end").and_then(|reason| reason.to_str().ok()).unwrap_or("")
}
