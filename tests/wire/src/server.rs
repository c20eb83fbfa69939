//! A hub behind tonic, to which every connection is a pipe in memory.

use std::convert::Infallible;

use streaming_runtime::{
    Client, Hub, HubConfig, MemoryPublisher, bidi_streaming, server as tonic_server,
};
use tokio::{
    io::{DuplexStream, duplex},
    sync::mpsc::{UnboundedSender, unbounded_channel},
    time::timeout,
};
use tokio_stream::{StreamExt as _, wrappers::UnboundedReceiverStream};

use crate::{
    LONG,
    client::Rpc,
    pb::{
        self, BotMessage, CommandAck, ConfigSchema, Heartbeat, bot_command, bot_message,
        trading_bots::{Connect, ConnectCommands as _, Service},
    },
    until,
};

/// What a socket's buffers hold.
const BUFFER: usize = 64 * 1024;
/// The client that behaves.
const KIND: &str = "well-behaved";

/// Asks whoever shows a sign of life, so that a request is open while the next bytes come.
struct Bots;

#[bidi_streaming(Connect)]
impl Bots {
    #[on(heartbeat)]
    async fn heartbeat(&self, bot: &Client<Connect>, _heartbeat: Heartbeat) {
        // Whatever becomes of it.
        let _ = bot.request_config_schema(pb::RequestConfigSchema {}).reply().await;
    }

    #[on_other]
    async fn other(&self, _message: BotMessage) {}
}

pub(crate) struct Server {
    hub: Hub<Connect>,
    published: MemoryPublisher,
    connections: UnboundedSender<DuplexStream>,
}

impl Server {
    pub(crate) fn start() -> Self {
        let config = HubConfig::testing().with(|config| {
            config.publish.messages = true;
            config.publish.commands = true;
        });
        let published = MemoryPublisher::new();
        let hub = Hub::builder().config(config).publisher(published.clone()).build();
        let hub = hub.expect("valid settings");
        let (connections, incoming) = unbounded_channel();
        let incoming = UnboundedReceiverStream::new(incoming).map(Ok::<_, Infallible>);
        let service = Service::new(Bots, hub.clone());
        tokio::spawn(tonic_server().add_service(service).serve_with_incoming(incoming));
        Self { hub, published, connections }
    }

    /// A new connection.
    pub(crate) fn connect(&self) -> DuplexStream {
        let (ours, theirs) = duplex(BUFFER);
        self.connections.send(theirs).expect("the server serves");
        ours
    }

    /// Another client is asked and answers, on a connection of its own.
    pub(crate) async fn serves_others(&self) {
        timeout(LONG, self.serves_another()).await.expect("a client that behaves is served");
    }

    async fn serves_another(&self) {
        let say = |payload| BotMessage { client_id: KIND.to_owned(), payload: Some(payload) };
        let mut bot = Rpc::open(self.connect()).await;
        bot.say(&say(bot_message::Payload::Heartbeat(Heartbeat::default())));
        let asked = bot.hears().await;
        assert!(matches!(asked.payload, Some(bot_command::Payload::RequestConfigSchema(_))));
        let command_id = asked.command_id;
        let schema = ConfigSchema { command_id, json: "{}".to_owned() };
        bot.say(&say(bot_message::Payload::ConfigSchema(schema)));

        let start = self.hub.client(KIND).start(pb::Start::default()).reply();
        let (started, ()) = tokio::join!(start, async {
            let command_id = bot.hears().await.command_id;
            let ack = CommandAck { command_id, success: true, ..CommandAck::default() };
            bot.say(&say(bot_message::Payload::CommandAck(ack)));
        });
        assert!(started.expect("an answer").success);
    }

    /// Nothing is left of anybody, and what was published is JSON.
    pub(crate) async fn is_left_alone(&self) {
        let gone = until(|| self.hub.is_empty()).await;
        assert!(gone, "sessions are left: {:?}", self.hub.clients());
        let requests = self.hub.pending_requests();
        assert!(requests.is_empty(), "requests are open: {requests:?}");
        for publication in self.published.take() {
            let data = publication.data();
            if let Err(error) = serde_json::from_slice::<serde_json::Value>(data) {
                panic!("{error}: {}", String::from_utf8_lossy(data));
            }
        }
    }
}
