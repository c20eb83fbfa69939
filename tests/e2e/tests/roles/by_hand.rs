//! A contract written by hand: the id of a client is computed, of its account and its name.

use std::sync::Arc;

use e2e::{
    Bot, end_reason,
    pb::{
        BotCommand, BotMessage, Stop, Trade, bot_command, bot_message,
        trading_bots::{Connect, ConnectLink},
        trading_bots_server::{TradingBots, TradingBotsServer},
    },
    until,
};
use streaming_runtime::{
    Client, ClientId, CommandStream, Hub, Link,
    contract::{ClientIdSource, Contract, Linked, Ping, PingRole, ReplyRef, Variant},
    error::Failure,
    id::{IdKind, IdRef, OwnedId},
    incoming,
    publish::json::Object,
    server,
    session::Handler,
};
use tokio::{sync::mpsc, task::JoinHandle};
use tonic::{Code, Request, Response, Status, Streaming};

use crate::calm;

/// The contract of the trading bots, whose clients are known as `{account}:{bot}`: the account is the symbol of the first
/// trade.
struct Accounts;

impl Contract for Accounts {
    type Message = BotMessage;
    type Command = BotCommand;

    const NAME: &'static str = Connect::NAME;
    const MESSAGES: &'static [Variant] = Connect::MESSAGES;
    const COMMANDS: &'static [Variant] = Connect::COMMANDS;
    const CLIENT_ID: ClientIdSource = ClientIdSource::Computed;
    const COMMAND_ID: Option<IdKind> = Connect::COMMAND_ID;
    const PING: PingRole = Connect::PING;

    fn compute_client_id(message: &BotMessage) -> Option<ClientId> {
        let Some(bot_message::Payload::Trade(trade)) = &message.payload else {
            return None;
        };
        Some(format!("{}:{}", trade.symbol, message.client_id).into())
    }

    fn message_variant(message: &BotMessage) -> Option<u16> {
        Connect::message_variant(message)
    }

    fn command_variant(command: &BotCommand) -> Option<u16> {
        Connect::command_variant(command)
    }

    fn command_id(command: &BotCommand) -> Option<IdRef<'_>> {
        Connect::command_id(command)
    }

    fn set_command_id(command: &mut BotCommand, id: OwnedId) {
        Connect::set_command_id(command, id);
    }

    fn reply(message: &BotMessage) -> Option<ReplyRef<'_>> {
        Connect::reply(message)
    }

    fn ping(ping: &Ping) -> Option<BotCommand> {
        Connect::ping(ping)
    }

    fn pong(message: &BotMessage) -> Option<u64> {
        Connect::pong(message)
    }

    fn message_json(message: &BotMessage, object: &mut Object<'_>) {
        Connect::message_json(message, object);
    }

    fn command_json(command: &BotCommand, object: &mut Object<'_>) {
        Connect::command_json(command, object);
    }
}

/// Ends the streams of clients that trade: enough to see messages arrive.
struct Bots;

impl Handler<Accounts> for Bots {
    async fn dispatch(&self, bot: &Client<Accounts>, message: BotMessage) -> Result<(), Failure> {
        let stop = bot_command::Payload::Stop(Stop { reason: bot.id().to_string() });
        let command = BotCommand { payload: Some(stop), ..BotCommand::default() };
        drop(message);
        bot.send(command).await.map_err(Failure::new)
    }
}

struct Servicer(Arc<Bots>, Hub<Accounts>);

#[tonic::async_trait]
impl TradingBots for Servicer {
    type ConnectStream = CommandStream<Accounts>;

    async fn connect(
        &self,
        request: Request<Streaming<BotMessage>>,
    ) -> Result<Response<Self::ConnectStream>, Status> {
        self.1.serve(&self.0, request).await
    }
}

/// Its other end is that of the generated contract: the id alone is not as it is there.
impl Linked for Accounts {
    type Turned = ConnectLink;
}

/// Passes on what it is told.
struct Trader(mpsc::UnboundedSender<BotCommand>);

impl Handler<ConnectLink> for Trader {
    async fn dispatch(&self, _: &Client<ConnectLink>, command: BotCommand) -> Result<(), Failure> {
        self.0.send(command).map_err(Failure::new)
    }
}

fn serve(hub: Hub<Accounts>) -> (std::net::SocketAddr, JoinHandle<()>) {
    let incoming = incoming("127.0.0.1:0").expect("a free port");
    let addr = incoming.local_addr().expect("a bound socket");
    let service = TradingBotsServer::new(Servicer(Arc::new(Bots), hub));
    let serving = server().add_service(service).serve_with_incoming(incoming);
    (addr, tokio::spawn(async { serving.await.expect("it serves") }))
}

#[tokio::test]
async fn a_client_says_who_it_is_in_its_first_message() {
    let (addr, serving) = serve(calm());
    let hello = || {
        let trade = Trade { symbol: "acme".to_owned(), ..Trade::default() };
        let payload = Some(bot_message::Payload::Trade(trade));
        BotMessage { payload, ..BotMessage::default() }
    };
    let link = Link::<Accounts>::builder(format!("http://{addr}")).client_id("7").hello(hello);
    let link = link.build().expect("valid settings");
    let (told, mut commands) = mpsc::unbounded_channel();
    let running = tokio::spawn({
        let link = link.clone();
        async move { link.run(Trader(told)).await }
    });
    // The name is filled in; the account is of the trade.
    let command = commands.recv().await.and_then(|command| command.payload);
    assert_eq!(command, Some(bot_command::Payload::Stop(Stop { reason: "acme:7".to_owned() })));
    link.close("done");
    running.await.expect("no panic").expect("it was closed here");
    serving.abort();
}

#[tokio::test]
async fn ids_are_computed_and_held_against_later_messages() {
    let hub: Hub<Accounts> = calm();
    let (addr, serving) = serve(hub.clone());
    let mut bot = Bot::open(addr, "7").await;
    bot.trade("acme").await;
    let (_, command) = bot.command().await;
    assert_eq!(command, bot_command::Payload::Stop(Stop { reason: "acme:7".to_owned() }));
    until("it is known by that id", || hub.is_connected("acme:7")).await;
    // A message that does not tell is the same client's.
    bot.beat().await;
    bot.command().await;
    bot.trade("other").await;
    let end = bot.end().await;
    assert_eq!((end.code(), end_reason(&end)), (Code::InvalidArgument, "id-changed"));
    serving.abort();
}
