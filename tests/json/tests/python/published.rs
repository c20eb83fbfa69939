//! A hub behind a real server publishes what the Python system published of the same bytes, both ways.

use std::{
    net::SocketAddr,
    time::{SystemTime, UNIX_EPOCH},
};

use json::{
    Case, Type, edge_cases, pb,
    wire::{self, by_hand},
};
use serde_json::json;
use streaming_runtime::{
    Client, Contract, Hub, HubConfig, MemoryPublisher,
    codegen::{Failure, prost::Message as _},
    config::PingStrategy,
    incoming, server,
    session::Handler,
};
use tokio::task::AbortHandle;

use crate::{compare, hex, raw};

const ID: &str = "bot-1";

/// Sends every message back as a command.
struct Echo;

impl<M: Send, C: Contract<Message = M, Command = M>> Handler<C> for Echo {
    async fn dispatch(&self, client: &Client<C>, message: M) -> Result<(), Failure> {
        client.send(message).await.map_err(Failure::new)
    }
}

/// Serves both contracts. It ends with this.
struct Server {
    addr: SocketAddr,
    serving: AbortHandle,
}

impl Server {
    fn start(publisher: &MemoryPublisher) -> Self {
        let kinds = pb::kinds::Service::new(Echo, hub(publisher));
        let legacies = pb::legacies::Service::new(Echo, hub(publisher));
        let incoming = incoming("127.0.0.1:0").unwrap();
        let addr = incoming.local_addr().unwrap();
        let server = server().add_service(kinds).add_service(legacies);
        let serving = tokio::spawn(server.serve_with_incoming(incoming)).abort_handle();
        Self { addr, serving }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn hub<C: Contract>(publisher: &MemoryPublisher) -> Hub<C> {
    let config = HubConfig::testing().with(|config| {
        config.ping.strategy = PingStrategy::Disabled;
        config.publish.messages = true;
        config.publish.commands = true;
    });
    Hub::builder().config(config).publisher(publisher.clone()).build().unwrap()
}

fn rpc(of: Type) -> &'static str {
    match of {
        Type::Kind => pb::kinds::Show::NAME,
        Type::Legacy => pb::legacies::Show::NAME,
    }
}

/// The case as its client sends it: with its id, and with a variant where it has none.
fn sent(case: &Case) -> Vec<u8> {
    // The last field of a number is what counts, and the last of a oneof.
    let variant = match case.of {
        Type::Kind => wire::varint(110, 1),
        Type::Legacy => wire::bytes(40, b"variant"),
    };
    [variant, case.wire.clone(), wire::bytes(1, ID.as_bytes())].concat()
}

/// Whether it has a variant to prost alone: to Python an enum of proto2 is not set where its number is none of the enum's.
fn is_none_to_python(case: &Case) -> bool {
    let payload = || pb::Legacy::decode(&*case.wire).unwrap().payload;
    case.of == Type::Legacy
        && matches!(payload(), Some(pb::legacy::Payload::SetColor(number))
            if pb::Color::try_from(number).is_err())
}

/// The system's clock, in microseconds: publications have no finer one.
fn micros() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    now.as_micros().try_into().unwrap()
}

#[tokio::test]
async fn each_kind_of_field_is_published_as_the_python_system_did() {
    let publisher = MemoryPublisher::new();
    let server = Server::start(&publisher);
    let mut lines = Vec::new();
    for of in Type::ALL {
        let mut client = raw::Client::open(server.addr, rpc(of)).await;
        let cases = edge_cases().into_iter().chain(by_hand());
        for case in cases.filter(|case| case.of == of && !is_none_to_python(case)) {
            let wire = sent(&case);
            let earliest = micros();
            client.exchange(&wire).await;
            let between = [earliest, micros()];
            let published = publisher.take();
            assert_eq!(published.len(), 2, "one of each side: {published:?}");
            lines.extend(["message", "command"].into_iter().zip(published).map(
                |(side, publication)| {
                    assert_eq!(publication.client().as_str(), ID);
                    json!({
                        "name": format!("{side} with {}", case.name),
                        "type": of.full_name(),
                        "wire": hex(&wire),
                        "side": side,
                        "client_id": ID,
                        "between": between,
                        "channel": publication.channel(),
                        "event_type": publication.event_type(),
                        "json": str::from_utf8(publication.data()).expect("text"),
                    })
                },
            ));
        }
    }
    compare(lines);
}
