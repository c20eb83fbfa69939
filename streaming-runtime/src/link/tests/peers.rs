//! Servers that answer streams as they are told, and what links do then.

use std::{
    convert::Infallible,
    future::pending,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::Duration,
};

use futures_util::{StreamExt as _, stream};
use http_body::Body as HttpBody;
use tokio::{
    sync::{Notify, watch},
    task::JoinHandle,
    time::{sleep, timeout},
};
use tonic::{
    Request, Response, Status, Streaming,
    body::Body,
    codegen::{BoxFuture, Service, StdError, http},
    metadata::MetadataMap,
    server::{Grpc, NamedService, StreamingService},
};

use super::{Link, LinkState, Lost, Noting};
use crate::{
    link::LinkBuilder,
    outbox::{Frame, FrameCodec},
    sample::{Command, GOODBYE, Message, Polite},
};

/// Long enough for any machine.
pub(super) const LONG: Duration = Duration::from_mins(1);

/// How a stream is answered.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    /// Without headers.
    Refuse(Status),
    /// With headers and these commands; then, after a while, with this end, if any.
    Say(Vec<Command>, Option<(Duration, Status)>),
    /// Not at all.
    Silence,
}

impl Answer {
    /// Headers, and then this end.
    pub(super) fn end(status: Status) -> Self {
        Self::Say(Vec::new(), Some((Duration::ZERO, status)))
    }

    /// Headers, and nothing more.
    pub(super) fn hold() -> Self {
        Self::Say(Vec::new(), None)
    }
}

/// What a stream was opened with, and what came on it.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub(super) metadata: MetadataMap,
    pub(super) messages: Vec<Message>,
    /// Whether the link has ended its side.
    pub(super) ended: bool,
}

#[derive(Default)]
struct State {
    /// In turn; the last one for good.
    answers: Mutex<Vec<Answer>>,
    asked: Mutex<Vec<Asked>>,
    changed: Notify,
}

/// A server that answers streams as it is told, in turn.
#[derive(Clone)]
struct Scripted(Arc<State>);

impl NamedService for Scripted {
    const NAME: &'static str = "sample.v1.Sensors";
}

impl<B> Service<http::Request<B>> for Scripted
where
    B: HttpBody + Send + 'static,
    B::Error: Into<StdError> + Send + 'static,
{
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        let service = self.clone();
        Box::pin(async move {
            let mut grpc = Grpc::new(FrameCodec::<Command, Message>::default());
            Ok(grpc.streaming(service, request).await)
        })
    }
}

type Commands = Pin<Box<dyn stream::Stream<Item = Result<Frame<Command>, Status>> + Send>>;

impl StreamingService<Message> for Scripted {
    type Response = Frame<Command>;
    type ResponseStream = Commands;
    type Future = BoxFuture<Response<Commands>, Status>;

    fn call(&mut self, request: Request<Streaming<Message>>) -> Self::Future {
        let state = self.0.clone();
        Box::pin(async move {
            let answer = {
                let mut answers = state.answers.lock().expect("no panic");
                if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() }
            };
            let (metadata, _, mut messages) = request.into_parts();
            let stream = {
                let mut asked = state.asked.lock().expect("no panic");
                asked.push(Asked { metadata, ..Asked::default() });
                asked.len() - 1
            };
            state.changed.notify_waiters();
            tokio::spawn(async move {
                let note = |see: &dyn Fn(&mut Asked)| {
                    see(&mut state.asked.lock().expect("no panic")[stream]);
                    state.changed.notify_waiters();
                };
                while let Ok(Some(message)) = messages.message().await {
                    note(&|asked| asked.messages.push(message.clone()));
                }
                note(&|asked| asked.ended = true);
            });
            match answer {
                Answer::Refuse(status) => Err(status),
                Answer::Silence => pending().await,
                Answer::Say(commands, end) => {
                    let commands = stream::iter(commands.into_iter().map(|it| Ok(it.into())));
                    let end = stream::once(async move {
                        let Some((after, status)) = end else { return pending().await };
                        sleep(after).await;
                        Err(status)
                    });
                    Ok(Response::new(Box::pin(commands.chain(end)) as Commands))
                }
            }
        })
    }
}

/// A server with its script.
pub(super) struct Peer {
    pub(super) addr: SocketAddr,
    state: Arc<State>,
    task: JoinHandle<()>,
}

impl Peer {
    pub(super) fn start(answers: impl IntoIterator<Item = Answer>) -> Self {
        let state =
            Arc::new(State { answers: Mutex::new(Vec::from_iter(answers)), ..State::default() });
        let incoming = crate::incoming("127.0.0.1:0").expect("a port");
        let addr = incoming.local_addr().expect("an address");
        let service = Scripted(state.clone());
        let server = crate::server().add_service(service).serve_with_incoming(incoming);
        let task = tokio::spawn(async move { server.await.expect("it serves") });
        Self { addr, state, task }
    }

    /// How many streams it was asked for.
    pub(super) fn count(&self) -> usize {
        self.state.asked.lock().expect("no panic").len()
    }

    /// Waits until what it was asked is so, and looks at it.
    pub(super) async fn asked<T>(&self, what: &str, see: impl Fn(&[Asked]) -> Option<T>) -> T {
        let seen = async {
            loop {
                let changed = self.state.changed.notified();
                tokio::pin!(changed);
                changed.as_mut().enable();
                if let Some(seen) = see(&self.state.asked.lock().expect("no panic")) {
                    return seen;
                }
                changed.await;
            }
        };
        let Ok(seen) = timeout(LONG, seen).await else {
            panic!("{what} never came: {:?}", self.state.asked.lock());
        };
        seen
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A link that runs.
pub(super) struct Running {
    pub(super) link: Link<Polite>,
    pub(super) bot: Arc<Noting>,
    pub(super) run: JoinHandle<Result<(), Lost>>,
    states: watch::Receiver<LinkState>,
}

impl Running {
    pub(super) fn start(builder: LinkBuilder<Polite>) -> Self {
        let link = builder.client_id("bot-1").build().expect("valid settings");
        let bot = Arc::new(Noting::default());
        let run = super::started(&link, &bot);
        Self { states: link.watch(), link, bot, run }
    }

    /// With the default settings.
    pub(super) fn to(peer: &Peer) -> Self {
        Self::start(Link::builder(uri(peer.addr)))
    }

    async fn state<T>(&mut self, what: &str, see: impl Fn(&LinkState) -> Option<T>) -> T {
        let seen = self.states.wait_for(|state| see(state).is_some());
        let Ok(Ok(seen)) = timeout(LONG, seen).await else {
            panic!("it is never {what}, it is {:?}", self.link.state());
        };
        see(&seen).expect("looked at before")
    }

    /// Waits until it waits, and says until when.
    pub(super) async fn waits(&mut self) -> tokio::time::Instant {
        let until = |state: &LinkState| match state {
            LinkState::Waiting { until } => Some(*until),
            LinkState::Ended(lost) => panic!("it has ended: {lost:?}"),
            _ => None,
        };
        self.state("waiting", until).await
    }

    pub(super) async fn is_online(&mut self) {
        self.state("online", |state| matches!(state, LinkState::Online).then_some(())).await;
    }

    /// Waits until it has ended for good, and says how.
    pub(super) async fn ends(mut self) -> Lost {
        let ended = timeout(LONG, &mut self.run).await.expect("it ends").expect("no panic");
        let lost = ended.expect_err("it was not closed");
        assert_eq!(lost.retry_at, None, "{lost:?}");
        assert!(matches!(self.link.state(), LinkState::Ended(Some(_))), "{:?}", self.link);
        lost
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.run.abort();
    }
}

pub(super) fn uri(addr: SocketAddr) -> String {
    format!("http://{addr}")
}

/// A goodbye that tells to stay away for so many milliseconds.
pub(super) fn goodbye(reason: &str, millis: i64) -> Command {
    let value = millis.cast_unsigned();
    Command { kind: GOODBYE, text: reason.to_owned(), value, ..Command::default() }
}
