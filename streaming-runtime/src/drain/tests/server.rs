//! A whole shutdown over real connections, with peers that do not play along.

use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use tokio::{net::TcpStream, sync::oneshot};
use tonic::metadata::MetadataMap;

use super::{Stage, reset};
use crate::{
    DrainReport,
    sample::{
        Command, GOODBYE, Polite,
        service::{Sensors, channel, connect},
    },
    serve_until,
};

#[tokio::test]
async fn a_shutdown_ends_in_time_whatever_its_peers_do() {
    let Stage { hub, host, mut lines } = Stage::<Polite>::new();
    let incoming = crate::incoming("127.0.0.1:0").expect("a free port");
    let addr = incoming.local_addr().expect("bound");
    let (stop, stopped) = oneshot::channel::<()>();
    let router = crate::server().add_service(Sensors { hub: hub.clone(), handler: host });
    let drained = hub.clone();
    let server = tokio::spawn(serve_until(
        async { stopped.await.expect("it is told") },
        |stopped| router.serve_with_incoming_shutdown(incoming, stopped),
        async move { drained.drain(Duration::from_secs(2)).await },
    ));
    let channel = channel(addr).await;
    let (polite, input) = connect(channel.clone(), "polite", MetadataMap::new()).await;
    let (_deaf, _input) = connect(channel, "deaf", MetadataMap::new()).await;
    let _silent = TcpStream::connect(addr).await.expect("the server is there");
    while hub.len() < 2 {
        tokio::task::yield_now().await;
    }
    // More than fits into the windows of a stream that nobody reads, and then some.
    let large = Command { text: "x".repeat(64 * 1024), ..reset() };
    while hub.info("deaf").expect("connected").queued < 2 {
        hub.client("deaf").send(large.clone()).await.expect("room");
        tokio::task::yield_now().await;
    }

    let start = Instant::now();
    stop.send(()).expect("it listens");
    let mut polite = polite.into_inner();
    let goodbye = polite.next().await.expect("a goodbye").expect("no error");
    assert_eq!(goodbye.kind, GOODBYE);
    drop(input);
    assert!(polite.next().await.is_none(), "the status is not `OK`");
    assert_eq!(lines.recv().await.as_deref(), Some("0 polite drained 0"));
    let report = server.await.expect("no panic").expect("no error");
    let expected = DrainReport { clients: 2, left: 1, unread: 1, ..DrainReport::default() };
    assert_eq!(report, Some(expected));
    assert!(start.elapsed() < Duration::from_secs(4), "it took {:?}", start.elapsed());
    assert!(lines.recv().await.is_some_and(|line| line.contains("deaf drained")));
}
