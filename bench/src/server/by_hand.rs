//! What an expert writes by hand for the same proto: tonic's own codec, a map of the clients, a queue of 128 and one task
//! that reads per stream, a map of those who wait for an answer per client. No pings unless told so, no bounds on time
//! but on requests, no counters.

use std::{
    collections::HashMap,
    hint::black_box,
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::Duration,
};

use tokio::{
    sync::{mpsc, oneshot},
    time::{MissedTickBehavior, interval, timeout},
};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};
use uuid::Uuid;

use super::duty::Clients;
use crate::{
    json,
    pb::{
        BotCommand, BotMessage, CommandAck, Ping, Plan, Start, bot_command, bot_message,
        plain::bots_server::{Bots, BotsServer},
    },
    settings::{Kind, ServerSettings},
};

type Commands = mpsc::Sender<Result<BotCommand, Status>>;

#[derive(Clone)]
pub(crate) struct ByHand {
    clients: ByHandClients,
    /// Whether it makes the data of the publications that the hub would make, and drops it.
    json: bool,
    pings: Option<Duration>,
    /// Whether it sends trades back.
    echoes: bool,
}

#[derive(Clone, Default)]
pub(crate) struct ByHandClients(Arc<RwLock<HashMap<String, Arc<Client>>>>);

struct Client {
    commands: Commands,
    pending: Mutex<HashMap<String, oneshot::Sender<CommandAck>>>,
}

impl ByHand {
    pub(crate) fn new(settings: &ServerSettings) -> Self {
        Self {
            clients: ByHandClients::default(),
            json: settings.kind == Kind::TonicJson,
            pings: settings.ping_seconds.map(Duration::from_secs),
            echoes: !matches!(settings.duty, crate::settings::Duty::Requests { .. }),
        }
    }

    pub(crate) fn clients(&self) -> ByHandClients {
        self.clients.clone()
    }

    pub(crate) fn server(self) -> BotsServer<Self> {
        BotsServer::new(self)
    }
}

#[tonic::async_trait]
impl Bots for ByHand {
    type ConnectStream = ReceiverStream<Result<BotCommand, Status>>;

    async fn connect(
        &self,
        request: Request<Streaming<BotMessage>>,
    ) -> Result<Response<Self::ConnectStream>, Status> {
        let (commands, receiver) = mpsc::channel(128);
        let server = self.clone();
        tokio::spawn(async move { server.serve(request.into_inner(), commands).await });
        Ok(Response::new(ReceiverStream::new(receiver)))
    }
}

impl ByHand {
    async fn serve(&self, mut messages: Streaming<BotMessage>, commands: Commands) {
        let Ok(Some(first)) = messages.message().await else {
            return;
        };
        if first.client_id.is_empty() {
            // It may be gone.
            let _ = commands.send(Err(Status::invalid_argument("no client id"))).await;
            return;
        }
        let id = first.client_id.clone();
        let client = Arc::new(Client { commands, pending: Mutex::default() });
        self.clients.insert(id.clone(), client.clone());
        self.read(first, messages, &client).await;
        self.clients.remove(&id, &client);
    }

    async fn read(
        &self,
        first: BotMessage,
        mut messages: Streaming<BotMessage>,
        client: &Arc<Client>,
    ) {
        if !self.handle(first, client).await {
            return;
        }
        let Some(every) = self.pings else {
            while let Ok(Some(message)) = messages.message().await {
                if !self.handle(message, client).await {
                    return;
                }
            }
            return;
        };
        let mut pings = interval(every);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // The first is there at once.
        pings.tick().await;
        let mut sequence = 0;
        loop {
            tokio::select! {
                message = messages.message() => {
                    let Ok(Some(message)) = message else {
                        return;
                    };
                    if !self.handle(message, client).await {
                        return;
                    }
                }
                _ = pings.tick() => {
                    sequence += 1;
                    let ping = bot_command::Payload::Ping(Ping { sequence });
                    // A full queue needs none.
                    let _ = client.commands.try_send(Ok(command(String::new(), ping)));
                }
            }
        }
    }

    /// Whether the stream goes on.
    async fn handle(&self, message: BotMessage, client: &Client) -> bool {
        if self.json {
            black_box(json::message(&message));
        }
        match message.payload {
            Some(bot_message::Payload::Trade(trade)) if self.echoes => {
                let start = bot_command::Payload::Start(Start { strategy: trade.symbol });
                let command = command(String::new(), start);
                if self.json {
                    black_box(json::command(&command));
                }
                client.commands.send(Ok(command)).await.is_ok()
            }
            Some(bot_message::Payload::CommandAck(ack)) => {
                if let Some(waiting) = client.pending().remove(&ack.command_id) {
                    // It may have given up.
                    let _ = waiting.send(ack);
                }
                true
            }
            _ => true,
        }
    }
}

impl Client {
    fn pending(&self) -> std::sync::MutexGuard<'_, HashMap<String, oneshot::Sender<CommandAck>>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ByHandClients {
    fn insert(&self, id: String, client: Arc<Client>) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(id, client);
    }

    /// Unless somebody else has the id by now.
    fn remove(&self, id: &str, client: &Arc<Client>) {
        let mut clients = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if clients.get(id).is_some_and(|there| Arc::ptr_eq(there, client)) {
            clients.remove(id);
        }
    }

    fn get(&self, id: &str) -> Option<Arc<Client>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }
}

impl Clients for ByHandClients {
    fn connected(&self) -> usize {
        self.0.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn is_connected(&self, id: &str) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).contains_key(id)
    }

    async fn broadcast(&self, plan: Plan) {
        let command = command(String::new(), bot_command::Payload::Plan(plan));
        for client in self.0.read().unwrap_or_else(PoisonError::into_inner).values() {
            // Nobody waits for one whose queue is full.
            let _ = client.commands.try_send(Ok(command.clone()));
        }
    }

    async fn request(&self, id: &str, start: Start) -> bool {
        let Some(client) = self.get(id) else {
            return false;
        };
        let command_id = Uuid::now_v7().to_string();
        let (sender, answer) = oneshot::channel();
        client.pending().insert(command_id.clone(), sender);
        let command = command(command_id.clone(), bot_command::Payload::Start(start));
        let answered = timeout(Duration::from_secs(30), async {
            client.commands.send(Ok(command)).await.is_ok()
                && answer.await.is_ok_and(|ack| ack.success)
        });
        let answered = answered.await.unwrap_or(false);
        if !answered {
            client.pending().remove(&command_id);
        }
        answered
    }
}

fn command(command_id: String, payload: bot_command::Payload) -> BotCommand {
    BotCommand { command_id, payload: Some(payload) }
}
