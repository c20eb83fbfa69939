//! A sidecar says who it is, gets a job, and answers it by its number.

use e2e::until;
use streaming_runtime::{Client, bidi_streaming, server};

use super::pb::dapr::proto::scheduler::v1::{
    WatchJobsRequest, WatchJobsRequestInitial, WatchJobsRequestResult,
    WatchJobsRequestResultStatus, WatchJobsResponse,
    scheduler::{self, WatchJobs},
    scheduler_client::SchedulerClient,
    watch_jobs_request::WatchJobRequestType,
};
use crate::stage::{Peer, Server, Teller, assert_published, hub, telling};

struct Jobs(Teller);

#[bidi_streaming(scheduler::WatchJobs)]
impl Jobs {
    #[on(initial)]
    async fn initial(&self, sidecar: &Client<WatchJobs>, initial: WatchJobsRequestInitial) {
        self.0.tell(format!("{} in {}", sidecar.id(), initial.namespace));
    }

    /// The results of jobs that nobody waits for.
    #[on(result)]
    async fn result(&self, result: WatchJobsRequestResult) {
        self.0.tell(format!("{} {:?}", result.id, result.status()));
    }
}

fn result(id: u64, status: WatchJobsRequestResultStatus) -> WatchJobsRequest {
    let result = WatchJobsRequestResult { id, status: status.into() };
    WatchJobsRequest { watch_job_request_type: Some(WatchJobRequestType::Result(result)) }
}

#[tokio::test]
async fn a_job_is_answered_by_its_number() {
    let (teller, mut told) = telling();
    let (hub, publisher) = hub();
    let service = scheduler::Service::builder()
        .watch_jobs(Jobs(teller), hub.clone())
        .unimplemented_rpcs()
        .build();
    let server = Server::start(server().add_service(service));
    let client = SchedulerClient::connect(server.uri()).await;
    let mut client = client.expect("the server is there");
    let mut sidecar = Peer::open(async |messages| client.watch_jobs(messages).await).await;

    let initial = WatchJobsRequestInitial {
        app_id: "shop".to_owned(),
        namespace: "default".to_owned(),
        ..Default::default()
    };
    let initial = WatchJobRequestType::Initial(initial);
    sidecar.send(WatchJobsRequest { watch_job_request_type: Some(initial) });
    assert_eq!(told.next().await, "shop in default");
    until("the sidecar", || hub.is_connected("shop")).await;

    let job = WatchJobsResponse { name: "clean".to_owned(), ..Default::default() };
    let asked = tokio::spawn({
        let (hub, job) = (hub.clone(), job.clone());
        async move { hub.client("shop").send(job).ack().await }
    });
    let got = sidecar.next().await;
    assert_eq!(got.name, "clean");
    assert_ne!(got.id, 0, "the hub numbers what waits for an answer");
    sidecar.send(result(got.id, WatchJobsRequestResultStatus::Failed));
    let answered = asked.await.expect("no panic").expect("an answer");
    assert_eq!(answered.status(), WatchJobsRequestResultStatus::Failed);

    // A number of our own, and nobody waits.
    hub.client("shop").send(WatchJobsResponse { id: 7, ..job }).await.expect("it is there");
    assert_eq!(sidecar.next().await.id, 7);
    sidecar.send(result(7, WatchJobsRequestResultStatus::Success));
    assert_eq!(told.next().await, "7 Success");
    assert_published(&publisher, ["initial", "command_name", "result"]);
}
