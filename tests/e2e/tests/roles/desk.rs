//! The desk that answers, and a worker on tonic's own client.

use std::{collections::HashMap, net::SocketAddr, sync::Mutex};

use e2e::within;
use streaming_runtime::{Client, Disconnect, Hub, bidi_streaming, incoming, server};
use tokio::{sync::mpsc, task::JoinHandle};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Status, Streaming, transport::Endpoint};

use crate::{
    calm,
    pb::{
        self, Answer, Question, answer, desk,
        desk::{Ask, Enter, Visit},
        desk_client::DeskClient,
        question,
    },
};

/// Keeps what it is given. A key that holds `panic` is a bug, one that holds `denied` is forbidden.
pub(crate) struct Shelf {
    kept: Mutex<HashMap<String, String>>,
    /// Each `get` takes one turn.
    pub(crate) turns: tokio::sync::Semaphore,
    told: mpsc::UnboundedSender<String>,
}

#[bidi_streaming(pb::desk::Ask)]
impl Shelf {
    #[on(get, concurrent = 2)]
    async fn get(&self, get: pb::Get) -> Result<pb::GetResult, Status> {
        self.tell(format!("get {}", get.key));
        self.turns.acquire().await.expect("it is never closed").forget();
        let kept = self.kept.lock().expect("no panic").get(&get.key).cloned();
        let value = kept.ok_or_else(|| Status::not_found(format!("nothing at {}", get.key)))?;
        Ok(pb::GetResult { value, ..Default::default() })
    }

    #[on(put)]
    async fn put(&self, put: pb::Put) -> anyhow::Result<()> {
        self.tell(format!("put {}", put.key));
        assert!(put.key != "panic", "a bug");
        anyhow::ensure!(put.key != "secret", "the password is 1234");
        if put.key == "denied" {
            return Err(Status::permission_denied("not yours").into());
        }
        self.kept.lock().expect("no panic").insert(put.key, put.value);
        Ok(())
    }

    #[on_disconnect]
    async fn gone(&self, worker: &Client<Ask>, end: &Disconnect<Ask>) {
        self.tell(format!("{} {}", worker.id(), end.reason));
    }
}

impl Shelf {
    fn tell(&self, what: String) {
        // Nobody may listen any more.
        let _ = self.told.send(what);
    }
}

/// Repeats what visitors say, with the id that they were given.
struct Parrot;

#[bidi_streaming(pb::desk::Visit)]
impl Parrot {
    #[on_message]
    async fn word(&self, visitor: &Client<Visit>, word: pb::Word) {
        let text = format!("{} {}", visitor.id(), word.text);
        // Whoever has left hears nothing.
        let _ = visitor.send(pb::Word { text }).await;
    }
}

/// The whole service on a free loopback port. It ends with this.
pub(crate) struct Desk {
    pub(crate) addr: SocketAddr,
    pub(crate) workers: Hub<Ask>,
    pub(crate) visitors: Hub<Visit>,
    pub(crate) guests: Hub<Enter>,
    pub(crate) shelf: std::sync::Arc<Shelf>,
    pub(crate) told: mpsc::UnboundedReceiver<String>,
    task: JoinHandle<()>,
}

impl Desk {
    pub(crate) fn start() -> Self {
        let (told, hears) = mpsc::unbounded_channel();
        let shelf = std::sync::Arc::new(Shelf {
            kept: Mutex::default(),
            turns: tokio::sync::Semaphore::new(0),
            told,
        });
        let (workers, visitors, guests) = (calm(), calm(), calm());
        let service = desk::Service::builder()
            .ask(shelf.clone(), workers.clone())
            .enter(crate::identity::Door, guests.clone())
            .visit(Parrot, visitors.clone())
            .build();
        let incoming = incoming("127.0.0.1:0").expect("a free port");
        let addr = incoming.local_addr().expect("a bound socket");
        let serving = server().add_service(service).serve_with_incoming(incoming);
        let task = tokio::spawn(async move { serving.await.expect("the server runs") });
        Self { addr, workers, visitors, guests, shelf, told: hears, task }
    }

    /// The next things that the shelf tells.
    pub(crate) async fn hear(&mut self, expected: &[&str]) {
        for expected in expected {
            let told = within(expected, self.told.recv()).await.expect("the shelf is there");
            assert_eq!(told, *expected);
        }
    }

    pub(crate) async fn client(&self) -> DeskClient<tonic::transport::Channel> {
        let endpoint = Endpoint::from_shared(format!("http://{}", self.addr));
        let endpoint = endpoint.expect("a valid address");
        DeskClient::new(within("connecting", endpoint.connect()).await.expect("a server"))
    }

    /// Opens a worker's stream and says nothing.
    pub(crate) async fn worker(&self, id: &str) -> Worker {
        self.try_worker(Some(id)).await.expect("the rpc is accepted")
    }

    pub(crate) async fn try_worker(&self, id: Option<&str>) -> Result<Worker, Status> {
        let (questions, receiver) = mpsc::channel(64);
        let mut request = Request::new(ReceiverStream::new(receiver));
        if let Some(id) = id {
            request.metadata_mut().insert("worker-id", id.parse().expect("ascii"));
        }
        let mut client = self.client().await;
        let answers = within("the headers", client.ask(request)).await?.into_inner();
        Ok(Worker { questions, answers })
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A worker's end of its stream.
pub(crate) struct Worker {
    questions: mpsc::Sender<Question>,
    pub(crate) answers: Streaming<Answer>,
}

impl Worker {
    pub(crate) async fn ask(&self, id: &str, payload: question::Payload) {
        let question = Question { request_id: id.to_owned(), payload: Some(payload) };
        self.questions.send(question).await.expect("the stream is open");
    }

    pub(crate) async fn get(&self, id: &str, key: &str) {
        self.ask(id, question::Payload::Get(pb::Get { key: key.to_owned() })).await;
    }

    pub(crate) async fn put(&self, id: &str, key: &str, value: &str) {
        let (key, value) = (key.to_owned(), value.to_owned());
        self.ask(id, question::Payload::Put(pb::Put { key, value })).await;
    }

    /// The next answer: its id and what it says.
    pub(crate) async fn answer(&mut self) -> (String, answer::Payload) {
        let next = within("an answer", self.answers.message()).await;
        let answer = next.expect("the stream goes on").expect("the stream is open");
        (answer.request_id, answer.payload.expect("a known answer"))
    }

    /// How the stream ends: its reason, after nothing more was sent.
    pub(crate) async fn end(&mut self) -> String {
        let next = within("the end", self.answers.message()).await.expect("status OK");
        assert_eq!(next, None, "something was sent");
        let trailers = within("trailers", self.answers.trailers()).await.expect("trailers");
        let reason = trailers.as_ref().and_then(|trailers| trailers.get("streaming-end"));
        reason.and_then(|reason| reason.to_str().ok()).unwrap_or_default().to_owned()
    }
}
