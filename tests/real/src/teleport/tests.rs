//! An instance greets, tells what it is, is pinged, and takes its leave.

use e2e::until;
use streaming_runtime::{Client, SendError, bidi_streaming, server};

use super::pb::{
    proto::{
        DownstreamInventoryHello, DownstreamInventoryOneOf, DownstreamInventoryPing,
        DownstreamInventoryUpdateLabels, InventoryHeartbeat, UpstreamInventoryAgentMetadata,
        UpstreamInventoryGoodbye, UpstreamInventoryHello, UpstreamInventoryOneOf,
        UpstreamInventoryPong,
        auth_service::{self, InventoryControlStream, InventoryControlStreamCommands as _},
        auth_service_client::AuthServiceClient,
        downstream_inventory_one_of::Msg as Down,
        upstream_inventory_one_of::Msg as Up,
    },
    types::ServerV2,
};
use crate::stage::{Peer, Server, Teller, assert_published, hub, telling};

struct Auth(Teller);

#[bidi_streaming(auth_service::InventoryControlStream)]
impl Auth {
    #[on(Hello)]
    async fn hello(
        &self,
        instance: &Client<InventoryControlStream>,
        hello: UpstreamInventoryHello,
    ) -> Result<(), SendError> {
        self.0.tell(format!("{} on {}", instance.id(), hello.hostname));
        let ours = DownstreamInventoryHello { version: "17".to_owned(), ..Default::default() };
        instance.hello(ours).await
    }

    #[on(AgentMetadata)]
    async fn metadata(
        &self,
        instance: &Client<InventoryControlStream>,
        metadata: UpstreamInventoryAgentMetadata,
    ) -> Result<(), SendError> {
        self.0.tell(format!("OS {}", metadata.os));
        instance.ping(DownstreamInventoryPing { id: 7 }).await
    }

    #[on(Pong)]
    async fn pong(&self, pong: UpstreamInventoryPong) {
        self.0.tell(format!("Pong {}", pong.id));
    }

    #[on(Heartbeat)]
    async fn heartbeat(&self, heartbeat: InventoryHeartbeat) {
        let server = heartbeat.ssh_server.unwrap_or_default();
        self.0.tell(format!("Heartbeat of a {}", server.kind));
    }

    #[on(Goodbye)]
    async fn goodbye(&self, goodbye: UpstreamInventoryGoodbye) {
        self.0.tell(format!("Goodbye, delete {}", goodbye.delete_resources));
    }
}

#[tokio::test]
async fn an_instance_comes_and_goes() {
    let (teller, mut told) = telling();
    let (hub, publisher) = hub();
    let service = auth_service::Service::builder()
        .inventory_control_stream(Auth(teller), hub.clone())
        .unimplemented_rpcs()
        .build();
    let server = Server::start(server().add_service(service));
    let client = AuthServiceClient::connect(server.uri()).await;
    let mut client = client.expect("the server is there");
    let mut instance =
        Peer::open(async |messages| client.inventory_control_stream(messages).await).await;

    let hello = UpstreamInventoryHello {
        server_id: "i-1".to_owned(),
        hostname: "host".to_owned(),
        ..Default::default()
    };
    instance.send(UpstreamInventoryOneOf { msg: Some(Up::Hello(hello)) });
    assert_eq!(told.next().await, "i-1 on host");
    until("the instance", || hub.is_connected("i-1")).await;
    let DownstreamInventoryOneOf { msg: Some(Down::Hello(hello)) } = instance.next().await else {
        panic!("no hello");
    };
    assert_eq!(hello.version, "17");

    let metadata = UpstreamInventoryAgentMetadata { os: "linux".to_owned(), ..Default::default() };
    instance.send(UpstreamInventoryOneOf { msg: Some(Up::AgentMetadata(metadata)) });
    assert_eq!(told.next().await, "OS linux");
    let ping = DownstreamInventoryPing { id: 7 };
    assert_eq!(instance.next().await.msg, Some(Down::Ping(ping)));
    let pong = UpstreamInventoryPong { id: 7, system_clock: None };
    instance.send(UpstreamInventoryOneOf { msg: Some(Up::Pong(pong)) });
    assert_eq!(told.next().await, "Pong 7");

    let labels = DownstreamInventoryUpdateLabels::default();
    hub.client("i-1").update_labels(labels.clone()).await.expect("the instance is there");
    assert_eq!(instance.next().await.msg, Some(Down::UpdateLabels(labels)));

    let server = ServerV2 { kind: "node".to_owned(), ..Default::default() };
    let heartbeat = InventoryHeartbeat { ssh_server: Some(server), ..Default::default() };
    instance.send(UpstreamInventoryOneOf { msg: Some(Up::Heartbeat(heartbeat)) });
    assert_eq!(told.next().await, "Heartbeat of a node");

    let goodbye = UpstreamInventoryGoodbye { delete_resources: true };
    instance.send(UpstreamInventoryOneOf { msg: Some(Up::Goodbye(goodbye)) });
    assert_eq!(told.next().await, "Goodbye, delete true");
    // The instance has not closed its side: the goodbye is what ends the stream.
    instance.end().await;
    assert_published(&publisher, ["Hello", "command_Ping", "AgentMetadata", "Goodbye"]);
}
