//! A client that loses its connection and comes back on another.

use futures_util::StreamExt as _;
use tonic::metadata::MetadataMap;

use super::{Stage, reset};
use crate::sample::{
    ACK, Message, RESET, note,
    service::{Sensors, channel, connect},
};

#[tokio::test]
async fn a_client_that_loses_its_connection_goes_on_with_its_session() {
    let mut stage = Stage::new();
    let incoming = crate::incoming("127.0.0.1:0").expect("a free port");
    let addr = incoming.local_addr().expect("bound");
    let sensors = Sensors { hub: stage.hub.clone(), handler: stage.host.clone() };
    tokio::spawn(crate::server().add_service(sensors).serve_with_incoming(incoming));

    let (response, input) = connect(channel(addr).await, "sensor", MetadataMap::new()).await;
    let said = |headers: &MetadataMap, resumed: &str| {
        assert_eq!(headers.get("streaming-resumed").expect("a header"), resumed);
        headers.get("streaming-session").expect("a key").clone()
    };
    let key = said(response.metadata(), "false");
    stage.expect(&["connect", "handle 0"]).await;
    let request = stage.request().await;
    let mut commands = response.into_inner();
    let asked = commands.next().await.expect("a command").expect("no error");
    // The connection goes with the last that uses it.
    drop((commands, input));
    stage.away().await;
    stage.hub.client("sensor").send(reset()).await.expect("room");

    let mut headers = MetadataMap::new();
    headers.insert("streaming-session", key.clone());
    let (response, input) = connect(channel(addr).await, "sensor", headers).await;
    assert_ne!(said(response.metadata(), "true"), key);
    stage.expect(&["resume", "handle 0"]).await;
    let queued = response.into_inner().next().await.expect("a command").expect("no error");
    assert_eq!(queued.kind, RESET);
    input.send(Message { kind: ACK, command_id: asked.id, ..note(0) });
    request.await.expect("no panic").expect("an answer");
}
