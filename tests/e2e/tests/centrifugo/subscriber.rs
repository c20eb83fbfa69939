//! What a browser does: subscribes over a WebSocket, by hand.

use std::collections::VecDeque;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

use crate::Centrifugo;

/// A connection with its subscriptions.
#[derive(Debug)]
pub(crate) struct Subscriber {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// Of the last frame: it may hold several lines.
    lines: VecDeque<Value>,
}

impl Subscriber {
    /// Subscribes to these channels.
    pub(crate) async fn to<C: AsRef<str>>(server: &Centrifugo, channels: &[C]) -> Self {
        let mut subscriber = Self::connect(server).await;
        for channel in channels {
            let channel = channel.as_ref();
            let answer = subscriber.subscribe(channel).await;
            assert!(answer.get("error").is_none(), "{channel}: {answer}");
        }
        subscriber
    }

    pub(crate) async fn connect(server: &Centrifugo) -> Self {
        let url = format!("ws://127.0.0.1:{}/connection/websocket", server.port);
        let connected = e2e::within("the WebSocket", connect_async(url)).await;
        let (socket, _) = connected.expect("a WebSocket");
        let mut subscriber = Self { socket, lines: VecDeque::new() };
        let answer = subscriber.ask(json!({ "id": 1, "connect": {} })).await;
        assert!(answer.get("connect").is_some(), "{answer}");
        subscriber
    }

    /// Asks for a subscription, and gives the answer.
    pub(crate) async fn subscribe(&mut self, channel: &str) -> Value {
        self.ask(json!({ "id": 2, "subscribe": { "channel": channel } })).await
    }

    async fn ask(&mut self, question: Value) -> Value {
        self.send(&question).await;
        loop {
            let line = self.line().await;
            if line.get("id") == question.get("id") {
                return line;
            }
        }
    }

    async fn send(&mut self, line: &Value) {
        self.socket.send(Message::text(line.to_string())).await.expect("an open WebSocket");
    }

    /// The next publication: its channel and data.
    pub(crate) async fn next(&mut self) -> (String, Value) {
        loop {
            let mut line = self.line().await;
            let Some(push) = line.get_mut("push") else { continue };
            assert!(push.get("disconnect").is_none(), "disconnected: {push}");
            let channel = push["channel"].as_str().unwrap_or_default().to_owned();
            if let Some(publication) = push.get_mut("pub") {
                return (channel, publication["data"].take());
            }
        }
    }

    async fn line(&mut self) -> Value {
        loop {
            match self.lines.pop_front() {
                // A ping.
                Some(line) if line == json!({}) => self.send(&line).await,
                Some(line) => return line,
                None => {
                    let frame = e2e::within("a frame", self.socket.next()).await;
                    let frame = frame.expect("an open WebSocket").expect("a frame");
                    let text = match &frame {
                        Message::Text(text) => text.as_str(),
                        Message::Close(why) => panic!("the server closed: {why:?}"),
                        _ => continue,
                    };
                    let lines = text.lines().map(serde_json::from_str);
                    self.lines = lines.collect::<Result<_, _>>().expect("lines of JSON");
                }
            }
        }
    }
}
