//! The whole publisher against a server that the test plays, under paused time.

mod breaker;
mod deliveries;
mod life;
mod queue;

use std::{sync::Arc, time::Duration};

use serde_json::Value;
use tokio::sync::{mpsc, oneshot};

use super::{
    CentrifugoConfig, CentrifugoPublisher, CentrifugoStats,
    answer::{Answer, Refusal},
    shared::Shared,
};
use crate::publish::{Publication, Publisher as _};

/// One request, which the test answers.
struct Request {
    body: Value,
    answer: oneshot::Sender<Answer>,
}

impl Request {
    fn commands(&self) -> &[Value] {
        self.body["commands"].as_array().expect("commands")
    }

    /// The numbers that were published.
    fn numbers(&self) -> Vec<u64> {
        self.commands().iter().filter_map(|one| one["publish"]["data"]["n"].as_u64()).collect()
    }

    fn give(self, answer: Answer) {
        assert!(self.answer.send(answer).is_ok(), "nobody waits for the answer");
    }

    fn publish(self) {
        self.refuse(0, 0);
    }

    /// Refuses so many of its publications.
    fn refuse(self, count: usize, code: u32) {
        let refused = vec![Refusal { code, message: String::new() }; count];
        let asked = self.commands().len();
        self.give(Answer::Read { asked, refused });
    }

    fn no_answer(self) {
        self.give(Answer::None("timed out".into()));
    }

    fn not_executed(self) {
        self.give(Answer::NotExecuted("refused".into()));
    }
}

struct Server(mpsc::UnboundedReceiver<Request>);

impl Server {
    async fn request(&mut self) -> Request {
        let request = tokio::time::timeout(Duration::from_hours(1), self.0.recv()).await;
        request.expect("a request within an hour").expect("the publisher lives")
    }

    /// Lets the workers do what they can do now, and says that this is no request.
    async fn quiet(&mut self, how_long: Duration) {
        let request = tokio::time::timeout(how_long, self.0.recv()).await;
        assert!(request.is_err(), "a request came that should not");
    }
}

fn start(change: impl FnOnce(&mut CentrifugoConfig)) -> (CentrifugoPublisher, Server) {
    let config = CentrifugoConfig::new("http://server", "key").with(change);
    config.validate().expect("valid settings");
    let (sender, receiver) = mpsc::unbounded_channel();
    let transport = move |body: bytes::Bytes, _| {
        let body = serde_json::from_slice(&body).expect("JSON");
        let (answer, answered) = oneshot::channel();
        let _ = sender.send(Request { body, answer });
        let answer = async { answered.await.unwrap_or_else(|_| Answer::None("dropped".into())) };
        Box::pin(answer) as _
    };
    let shared = Arc::new(Shared::new(config, Box::new(transport)));
    (CentrifugoPublisher::over(shared), Server(receiver))
}

fn publication(client: &str, number: u64) -> Publication {
    let channel = format!("grpc#{client}#trade");
    Publication::new(client.into(), channel, "grpc_message_trade", format!(r#"{{"n":{number}}}"#))
}

fn publish(publisher: &CentrifugoPublisher, client: &str, numbers: impl IntoIterator<Item = u64>) {
    for number in numbers {
        publisher.publish(publication(client, number));
    }
}

/// The figures, which must add up whenever one looks.
fn figures(publisher: &CentrifugoPublisher) -> CentrifugoStats {
    let stats = publisher.stats();
    let known = stats.published + stats.dropped.total() + stats.unconfirmed;
    assert_eq!(stats.offered, known + stats.queued + stats.in_flight, "{stats:?}");
    stats
}

/// The figures after everything has come to an end.
async fn at_rest(publisher: &CentrifugoPublisher) -> CentrifugoStats {
    publisher.flush().await;
    let stats = figures(publisher);
    assert_eq!((stats.queued, stats.in_flight), (0, 0), "{stats:?}");
    stats
}

const MS: Duration = Duration::from_millis(1);
