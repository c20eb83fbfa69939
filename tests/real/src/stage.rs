//! What the tests share: a hub that publishes into memory, a server on a free loopback port, a client on tonic's own,
//! and what handlers tell.

use std::fmt::Debug;

use e2e::within;
use streaming_runtime::{
    Hub, HubConfig, MemoryPublisher, config::PingStrategy, contract::Contract, incoming,
};
use tokio::{
    sync::mpsc::{self, UnboundedReceiver, UnboundedSender},
    task::JoinHandle,
};
use tokio_stream::wrappers::UnboundedReceiverStream;
use tonic::{Response, Status, Streaming, transport::server::Router};

/// A hub of a contract, none of which has pings.
pub(crate) fn hub<C: Contract>() -> (Hub<C>, MemoryPublisher) {
    let publisher = MemoryPublisher::new();
    let config = HubConfig::production().with(|config| {
        config.ping.strategy = PingStrategy::Disabled;
    });
    let hub = Hub::builder().config(config).publisher(publisher.clone()).build();
    (hub.expect("valid settings"), publisher)
}

/// Asserts that something was published on channels that end so.
#[track_caller]
pub(crate) fn assert_published<const N: usize>(publisher: &MemoryPublisher, names: [&str; N]) {
    let publications = publisher.publications();
    let last = |channel: &str| channel.rsplit('#').next().unwrap_or_default().to_owned();
    let published: Vec<_> = publications.iter().map(|it| last(it.channel())).collect();
    for name in names {
        assert!(published.iter().any(|it| it == name), "no `{name}` in {published:?}");
    }
}

/// A server that ends with this.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) addr: String,
    task: JoinHandle<()>,
}

impl Server {
    pub(crate) fn start(router: Router) -> Self {
        let incoming = incoming("127.0.0.1:0").expect("a free port");
        let addr = incoming.local_addr().expect("a bound socket").to_string();
        let serving = router.serve_with_incoming(incoming);
        let task = tokio::spawn(async move { serving.await.expect("the server runs") });
        Self { addr, task }
    }

    pub(crate) fn uri(&self) -> String {
        format!("http://{}", self.addr)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The client's side of a stream.
#[derive(Debug)]
pub(crate) struct Peer<M, C> {
    messages: UnboundedSender<M>,
    commands: Streaming<C>,
}

/// What a generated client's method takes.
pub(crate) type Messages<M> = UnboundedReceiverStream<M>;

impl<M, C> Peer<M, C> {
    pub(crate) async fn open(
        call: impl AsyncFnOnce(Messages<M>) -> Result<Response<Streaming<C>>, Status>,
    ) -> Self {
        let (messages, receiver) = mpsc::unbounded_channel();
        let call = within("the headers", call(UnboundedReceiverStream::new(receiver)));
        let commands = call.await.expect("the rpc is accepted").into_inner();
        Self { messages, commands }
    }

    pub(crate) fn send(&self, message: M) {
        assert!(self.messages.send(message).is_ok(), "the stream has ended");
    }

    pub(crate) async fn next(&mut self) -> C {
        let command = within("a command", self.commands.message()).await;
        command.expect("no error").expect("the stream goes on")
    }

    pub(crate) async fn end(&mut self)
    where
        C: Debug,
    {
        let end = within("the end", self.commands.message()).await.expect("no error");
        assert!(end.is_none(), "the hub goes on: {end:?}");
    }
}

/// What handlers tell, in order.
pub(crate) struct Told(UnboundedReceiver<String>);

/// Tells what was dispatched.
#[derive(Clone, Debug)]
pub(crate) struct Teller(UnboundedSender<String>);

pub(crate) fn telling() -> (Teller, Told) {
    let (sender, receiver) = mpsc::unbounded_channel();
    (Teller(sender), Told(receiver))
}

impl Teller {
    pub(crate) fn tell(&self, what: impl Into<String>) {
        // A test that has seen enough does not listen any more.
        let _ = self.0.send(what.into());
    }
}

impl Told {
    pub(crate) async fn next(&mut self) -> String {
        within("a message's handler", self.0.recv()).await.expect("the handler is there")
    }
}
