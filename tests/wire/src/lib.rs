//! Raw bytes into a hub: what arrives on the wire must do no harm, whatever it is.
//!
//! [`frames`] sends bytes as the data of one rpc, [`connection`] as all that ever comes on one connection. Each panics
//! where the hub comes to harm: a handler, a callback or a task panics, another client is not served, or something is left
//! when the connection is gone.

mod client;
mod harm;
mod server;

use std::time::Duration;

use tokio::{
    io::AsyncWriteExt as _,
    runtime::{Builder, Handle},
    time::timeout,
};

use crate::{client::Rpc, server::Server};

/// The contract of the trading bots.
pub mod pb {
    streaming_runtime::include_proto!("trading.v1");
}

/// A hub's timeouts are all shorter.
const LONG: Duration = Duration::from_mins(5);

/// `data` is what a client sends in an rpc: messages as gRPC frames them, if it is so kind.
///
/// # Panics
/// Where that does harm.
pub fn frames(data: &[u8]) {
    does_no_harm(async |server: &Server| {
        let mut rpc = Rpc::open(server.connect()).await;
        rpc.send(data);
        settle().await;
        server.serves_others().await;
    });
}

/// `bytes` is what a client sends on a connection: HTTP/2, if it is so kind.
///
/// # Panics
/// Where that does harm.
pub fn connection(bytes: &[u8]) {
    does_no_harm(async |server: &Server| {
        let (mut from_hub, mut to_hub) = tokio::io::split(server.connect());
        let reading = tokio::spawn(async move {
            // It reads as long as there is something, so that the hub can answer.
            let _ = tokio::io::copy(&mut from_hub, &mut tokio::io::sink()).await;
        });
        // The hub may have closed it, or read no more.
        let _ = timeout(LONG, to_hub.write_all(bytes)).await;
        settle().await;
        server.serves_others().await;
        let _ = to_hub.shutdown().await;
        reading.abort();
    });
}

/// Lets everything run that can. Under paused time it returns when every task waits.
async fn settle() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}

/// Whether `condition` comes to hold.
async fn until(condition: impl Fn() -> bool) -> bool {
    let holds = async {
        while !condition() {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    timeout(LONG, holds).await.is_ok()
}

fn does_no_harm(attack: impl AsyncFnOnce(&Server)) {
    let panics = harm::panics();
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = runtime.expect("a runtime without drivers needs nothing");
    runtime.block_on(async {
        let tasks = Handle::current().metrics();
        let server = Server::start();
        settle().await;
        let before = tasks.num_alive_tasks();
        attack(&server).await;
        server.is_left_alone().await;
        let gone = until(|| tasks.num_alive_tasks() <= before).await;
        assert!(gone, "{} tasks are left, not {before}", tasks.num_alive_tasks());
    });
    assert_eq!(harm::panics(), panics, "something panicked");
}
