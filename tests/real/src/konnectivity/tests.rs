//! konnectivity's own client opens connections through our hub; an agent is known by a header.

use e2e::{process, until};
use streaming_runtime::{Client, SendError, bidi_streaming, server};
use tokio::process::Command;
use tonic::Request;

use super::pb::{
    CloseDial, CloseRequest, CloseResponse, Data, DialRequest, DialResponse, Drain, Packet,
    PacketType,
    agent_service::{self, Connect, ConnectCommands as _},
    agent_service_client::AgentServiceClient,
    packet::Payload,
    proxy_service::{self, Proxy, ProxyCommands as _},
};
use crate::stage::{Messages, Peer, Server, Teller, assert_published, hub, telling};

/// Echoes whatever comes through a connection.
struct Echo(Teller);

#[bidi_streaming(proxy_service::Proxy)]
impl Echo {
    #[on(dialRequest)]
    async fn dial(&self, client: &Client<Proxy>, dial: DialRequest) -> Result<(), SendError> {
        self.0.tell(format!("dial {}", dial.address));
        let mut response =
            DialResponse { connect_id: 5, random: dial.random, ..Default::default() };
        match dial.address.as_str() {
            "slow:7" => return Ok(()),
            "nowhere:7" => response.error = "no such host".to_owned(),
            _ => {}
        }
        client.dial_response(response).with(|it| it.set_type(PacketType::DialRsp)).await
    }

    #[on(data)]
    async fn data(&self, client: &Client<Proxy>, data: Data) -> Result<(), SendError> {
        self.0.tell(format!("data {}", String::from_utf8_lossy(&data.data)));
        client.data(data).with(|it| it.set_type(PacketType::Data)).await
    }

    #[on(closeRequest)]
    async fn close(&self, client: &Client<Proxy>, close: CloseRequest) -> Result<(), SendError> {
        self.0.tell(format!("close {}", close.connect_id));
        let closed = CloseResponse { connect_id: close.connect_id, error: String::new() };
        client.close_response(closed).with(|it| it.set_type(PacketType::CloseRsp)).await
    }

    #[on(closeDial)]
    async fn give_up(&self, _dial: CloseDial) {
        self.0.tell("close dial");
    }

    #[on_other]
    async fn other(&self, packet: Packet) {
        self.0.tell(format!("{:?}", packet.r#type()));
    }
}

#[tokio::test]
async fn konnectivitys_client_opens_connections() {
    let (teller, mut told) = telling();
    let (hub, publisher) = hub();
    let service = proxy_service::Service::new(Echo(teller), hub);
    let server = Server::start(server().add_service(service));

    let mut client = Command::new(xtask::services::peers().expect("Go").join("konnectivity"));
    client.arg(&server.addr);
    let output = process::run(client).await;

    let said = ["echo hello", "closed", "refused: no such host", "gave up: dial timeout, context"];
    assert_eq!(output.lines, said);
    for dispatched in ["dial echo:7", "data hello", "close 5", "dial nowhere:7", "dial slow:7"] {
        assert_eq!(told.next().await, dispatched);
    }
    assert_published(&publisher, ["dialRequest", "command_dialResponse", "closeRequest"]);
}

struct Agents(Teller);

#[bidi_streaming(agent_service::Connect)]
impl Agents {
    #[on(dialResponse)]
    async fn dialed(&self, agent: &Client<Connect>, dialed: DialResponse) {
        self.0.tell(format!("{} dialed {}", agent.id(), dialed.random));
    }

    #[on(data)]
    async fn data(&self, data: Data) {
        self.0.tell(format!("data of {}", data.connect_id));
    }

    #[on(closeResponse)]
    async fn closed(&self, closed: CloseResponse) {
        self.0.tell(format!("closed {}", closed.connect_id));
    }

    #[on(drain)]
    async fn drain(&self) {
        self.0.tell("drain");
    }

    #[on_other]
    async fn other(&self, packet: Packet) {
        self.0.tell(format!("{:?}", packet.r#type()));
    }
}

/// Packets of an agent and one that it should not send.
fn packets() -> [Packet; 5] {
    let packet =
        |r#type: PacketType, payload| Packet { r#type: r#type.into(), payload: Some(payload) };
    let dialed = DialResponse { connect_id: 5, random: 9, ..Default::default() };
    [
        packet(PacketType::DialRsp, Payload::DialResponse(dialed)),
        packet(PacketType::Data, Payload::Data(Data { connect_id: 5, ..Default::default() })),
        packet(
            PacketType::CloseRsp,
            Payload::CloseResponse(CloseResponse { connect_id: 5, ..Default::default() }),
        ),
        packet(PacketType::Drain, Payload::Drain(Drain {})),
        packet(PacketType::DialCls, Payload::CloseDial(CloseDial { random: 9 })),
    ]
}

#[tokio::test]
async fn an_agent_that_has_said_nothing_is_asked_to_dial() {
    let (teller, mut told) = telling();
    let (hub, _) = hub();
    let service = agent_service::Service::new(Agents(teller), hub.clone());
    let server = Server::start(server().add_service(service));
    let client = AgentServiceClient::connect_to(server.uri()).await;
    let mut client = client.expect("the server is there");
    let mut agent = Peer::open(async |packets: Messages<Packet>| {
        let mut request = Request::new(packets);
        request.metadata_mut().insert("agentid", "agent-1".parse().expect("a value"));
        client.connect(request).await
    })
    .await;

    until("the agent", || hub.is_connected("agent-1")).await;
    let dial = DialRequest { address: "pod:80".to_owned(), random: 9, ..Default::default() };
    let dial = hub.client("agent-1").dial_request(dial);
    dial.with(|it| it.set_type(PacketType::DialReq)).await.expect("the agent is there");
    let Packet { payload: Some(Payload::DialRequest(dial)), .. } = agent.next().await else {
        panic!("no request");
    };
    assert_eq!((dial.address.as_str(), dial.random), ("pod:80", 9));

    for packet in packets() {
        agent.send(packet);
    }
    for dispatched in ["agent-1 dialed 9", "data of 5", "closed 5", "drain", "DialCls"] {
        assert_eq!(told.next().await, dispatched);
    }
}
