//! The handler is reached, although this crate has no build script.

use protos::trading::v1::{
    BotMessage, Trade, bot_command, bot_message, trading_bots::Service,
    trading_bots_client::TradingBotsClient,
};
use split_server::Mirror;
use streaming_runtime::{Hub, HubConfig, incoming, server};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

#[tokio::test]
async fn a_contract_from_another_crate_dispatches() {
    let hub = Hub::new(HubConfig::testing()).expect("valid settings");
    let incoming = incoming("127.0.0.1:0").expect("a free port");
    let addr = incoming.local_addr().expect("a bound socket");
    let service = Service::new(Mirror, hub);
    tokio::spawn(server().add_service(service).serve_with_incoming(incoming));

    let (messages, receiver) = mpsc::channel(1);
    let trade = Trade { symbol: "BTC-EUR".to_owned(), ..Trade::default() };
    let message = BotMessage {
        client_id: "bot".to_owned(),
        payload: Some(bot_message::Payload::Trade(trade)),
    };
    messages.send(message).await.expect("the receiver lives");
    let mut client =
        TradingBotsClient::connect_to(format!("http://{addr}")).await.expect("a server");
    let response = client.connect(ReceiverStream::new(receiver)).await.expect("headers");
    let command = response.into_inner().message().await.expect("no error").expect("a command");
    let Some(bot_command::Payload::Start(start)) = command.payload else {
        panic!("{command:?}");
    };
    assert_eq!(start.strategy, "BTC-EUR");
}
