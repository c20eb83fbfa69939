//! etcd's own client watches keys and keeps a lease alive on our hubs.

use std::sync::atomic::{AtomicI64, Ordering};

use e2e::process;
use streaming_runtime::{Client, SendError, bidi_streaming, server};
use tokio::process::Command;
use tonic::{Request, Response, Status};

use super::pb::{
    etcdserverpb::{
        LeaseGrantRequest, LeaseGrantResponse, LeaseKeepAliveRequest, LeaseKeepAliveResponse,
        LeaseLeasesRequest, LeaseLeasesResponse, LeaseRevokeRequest, LeaseRevokeResponse,
        LeaseTimeToLiveRequest, LeaseTimeToLiveResponse, ResponseHeader, WatchCancelRequest,
        WatchCreateRequest, WatchResponse,
        lease::{self, LeaseKeepAlive},
        watch::{self, Watch},
    },
    mvccpb::{Event, KeyValue},
};
use crate::stage::{Server, Teller, assert_published, hub, telling};

const HEADER: ResponseHeader =
    ResponseHeader { cluster_id: 1, member_id: 1, revision: 7, raft_term: 1 };

struct Watches {
    teller: Teller,
    created: AtomicI64,
}

fn event(watch_id: i64, key: &[u8], value: &str) -> WatchResponse {
    let kv = KeyValue { key: key.to_vec(), value: value.into(), ..KeyValue::default() };
    let events = vec![Event { kv: Some(kv), ..Event::default() }];
    WatchResponse { header: Some(HEADER), watch_id, events, ..WatchResponse::default() }
}

#[bidi_streaming(watch::Watch)]
impl Watches {
    #[on(create_request)]
    async fn create(
        &self,
        client: &Client<Watch>,
        create: WatchCreateRequest,
    ) -> Result<(), SendError> {
        let key = String::from_utf8_lossy(&create.key);
        self.teller.tell(format!("create {key}"));
        let watch_id = self.created.fetch_add(1, Ordering::Relaxed);
        let header = Some(HEADER);
        let created = WatchResponse { header, watch_id, created: true, ..WatchResponse::default() };
        client.send(created).await?;
        if key == "one" {
            client.send(event(watch_id, b"one", "1")).await?;
        }
        Ok(())
    }

    #[on(progress_request)]
    async fn progress(&self, client: &Client<Watch>) -> Result<(), SendError> {
        self.teller.tell("progress");
        let header = Some(HEADER);
        client.send(WatchResponse { header, watch_id: -1, ..WatchResponse::default() }).await
    }

    #[on(cancel_request)]
    async fn cancel(
        &self,
        client: &Client<Watch>,
        cancel: WatchCancelRequest,
    ) -> Result<(), SendError> {
        let WatchCancelRequest { watch_id } = cancel;
        self.teller.tell(format!("cancel {watch_id}"));
        let header = Some(HEADER);
        let response =
            WatchResponse { header, watch_id, canceled: true, ..WatchResponse::default() };
        client.send(response).await?;
        client.send(event(1, b"two", "alone")).await
    }
}

struct Leases(Teller);

#[bidi_streaming(lease::LeaseKeepAlive)]
impl Leases {
    #[on_message]
    async fn keep(
        &self,
        client: &Client<LeaseKeepAlive>,
        keep: LeaseKeepAliveRequest,
    ) -> Result<(), SendError> {
        self.0.tell(format!("keep {:x}", keep.id));
        let alive = LeaseKeepAliveResponse { header: Some(HEADER), id: keep.id, ttl: 60 };
        client.send(alive).await
    }
}

/// The rpcs beside the stream.
struct Granting;

#[tonic::async_trait]
impl lease::Rpcs for Granting {
    async fn lease_grant(
        &self,
        request: Request<LeaseGrantRequest>,
    ) -> Result<Response<LeaseGrantResponse>, Status> {
        let ttl = request.get_ref().ttl;
        let header = Some(HEADER);
        Ok(Response::new(LeaseGrantResponse { header, id: 0xbee, ttl, error: String::new() }))
    }

    async fn lease_revoke(
        &self,
        _: Request<LeaseRevokeRequest>,
    ) -> Result<Response<LeaseRevokeResponse>, Status> {
        Err(Status::unimplemented("leases last"))
    }

    async fn lease_time_to_live(
        &self,
        _: Request<LeaseTimeToLiveRequest>,
    ) -> Result<Response<LeaseTimeToLiveResponse>, Status> {
        Err(Status::unimplemented("leases last"))
    }

    async fn lease_leases(
        &self,
        _: Request<LeaseLeasesRequest>,
    ) -> Result<Response<LeaseLeasesResponse>, Status> {
        Err(Status::unimplemented("leases last"))
    }
}

#[tokio::test]
async fn etcds_client_watches_and_keeps_a_lease() {
    let (teller, mut told) = telling();
    let (watches, publisher) = hub();
    let (leases, _) = hub();
    let handler = Watches { teller: teller.clone(), created: AtomicI64::new(0) };
    let lease =
        lease::Service::builder().lease_keep_alive(Leases(teller), leases).rpcs(Granting).build();
    let router = server().add_service(watch::Service::new(handler, watches)).add_service(lease);
    let server = Server::start(router);

    let mut client = Command::new(xtask::services::peers().expect("Go").join("etcd"));
    client.arg(&server.addr);
    let output = process::run(client).await;

    let said = [
        "one: created true, progress false",
        "two: created true, progress false",
        "one: created false, progress false, PUT one=1",
        "two: created false, progress true",
        "two: created false, progress false, PUT two=alone",
        "lease bee lives for 60 s",
    ];
    assert_eq!(output.lines, said);
    for dispatched in ["create one", "create two", "progress", "cancel 0", "keep bee"] {
        assert_eq!(told.next().await, dispatched);
    }
    assert_published(&publisher, ["create_request", "cancel_request", "command_header"]);
}
