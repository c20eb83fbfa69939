//! Plays a history on a hub, and compares with the model.

mod checks;
mod sends;

use std::{
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use tokio::{task::JoinHandle, time::sleep};
use tonic::{Status, metadata::MetadataMap};

use super::{
    host::{Host, number},
    model::{GRACE, IDS, Model, Outcome, REPLY_TIMEOUT, SEND_TIMEOUT, Session},
    step::{History, Setup, Step},
    transport::{Output, Transport},
};
use crate::{
    Hub,
    config::{Duplicates, HubConfig},
    contract::{Acks, Contract, Overflow},
    drain::DrainReport,
    sample::{ACK, Command, GOODBYE, Message, note},
    session::Client,
    testing::{Frames, Scripted, frame, settle},
};

const NAMES: [&str; IDS] = ["a", "b", "c"];
const GROUP: &str = "lobby";
/// Longer than anything takes.
const PATIENCE: Duration = Duration::from_mins(1);
/// What a stream carries that nobody reads.
const WINDOW: usize = 64 * 1024;
const MILLI: Duration = Duration::from_millis(1);

/// One stream.
struct Line {
    session: usize,
    id: usize,
    key: String,
    input: Option<Frames>,
    output: Option<Output>,
    refused: bool,
}

pub(super) struct Play<C: Contract> {
    hub: Hub<C>,
    host: Arc<Host<C>>,
    lines: Vec<Line>,
    transport: Transport,
    exact: bool,
    /// Sends, and requests with their numbers.
    open: Vec<(JoinHandle<()>, Option<usize>)>,
    drain: Option<JoinHandle<DrainReport>>,
}

/// The session of this id that the hub knows.
fn holder<C: Contract>(hub: &Hub<C>, id: usize) -> Option<usize> {
    hub.session(NAMES[id].into()).map(|session| number(&Client(session)))
}

/// A contract of the samples.
pub(super) trait Sensors:
    Contract<Message = Message, Command = Command> + Scripted + Acks<Ack = String>
{
}

impl<C: Contract<Message = Message, Command = Command> + Scripted + Acks<Ack = String>> Sensors
    for C
{
}

/// Plays the whole history; an error is the first fault.
pub(super) async fn play<C: Sensors>(history: &History, exact: bool) -> Result<(), String> {
    let mut play = Play::<C>::new(history.setup, exact);
    for (at, (step, settled)) in history.steps.iter().enumerate() {
        play.step(*step, *settled)
            .await
            .map_err(|fault| format!("step {at}, {step:?}: {fault}"))?;
    }
    play.end().await.map_err(|fault| format!("at the end: {fault}"))
}

impl<C: Sensors> Play<C> {
    fn new(setup: Setup, exact: bool) -> Self {
        let model = Model::new(setup, exact);
        let config = HubConfig::testing().with(|config| {
            config.outbox.messages = setup.messages;
            config.overflow = setup.overflow;
            config.duplicates = setup.duplicates;
            config.reconnect_grace = if setup.grace { model.time(GRACE) } else { Duration::ZERO };
            config.take_over_limit = u32::MAX;
            config.send_timeout = model.time(SEND_TIMEOUT);
            config.reply_timeout = model.time(REPLY_TIMEOUT);
            config.flush_timeout = model.time(config.flush_timeout);
            if !exact {
                // However slow the machine is.
                config.identify_timeout = PATIENCE;
                config.callback_timeout = PATIENCE;
                config.handler_grace = PATIENCE;
            }
            // Whoever does not read stays.
            config.write_timeout = Duration::from_hours(1);
        });
        let hub = Hub::new(config).expect("valid settings");
        let host = Arc::new(Host::new(model));
        let transport = if exact { Transport::Memory } else { Transport::tcp(&hub, &host) };
        Self { transport, exact, hub, host, lines: Vec::new(), open: Vec::new(), drain: None }
    }

    async fn step(&mut self, step: Step, settled: bool) -> Result<(), String> {
        while self.host.model().is_undecided() {
            sleep(MILLI).await;
        }
        self.host.model().tick();
        let settled = self.act(step).await || settled;
        if settled {
            settle().await;
            while self.host.model().is_undecided() {
                sleep(MILLI).await;
            }
            self.host.model().tick();
            if self.exact {
                self.check();
            }
        }
        self.verdict()
    }

    fn verdict(&self) -> Result<(), String> {
        let faults = std::mem::take(&mut self.host.model().faults);
        if faults.is_empty() { Ok(()) } else { Err(faults.join("; ")) }
    }

    /// Says whether it must be waited for.
    async fn act(&mut self, step: Step) -> bool {
        match step {
            Step::Connect { id, slow } => {
                if self.host.model().setup.duplicates == Duplicates::Reject {
                    // What comes before may end the session that the stream would be refused for.
                    settle().await;
                }
                self.connect(id, slow, None).await;
                return true;
            }
            Step::Resume { stream } => {
                if let Some(stream) = self.pick(stream) {
                    settle().await;
                    self.connect(self.lines[stream].id, 0, Some(stream)).await;
                }
                return true;
            }
            Step::Send { id, kind, overflow, by_handle } => {
                if let Some(client) = self.handle(id, by_handle) {
                    self.send(client, kind, overflow);
                } else if !by_handle {
                    self.send_by_id(id, kind, overflow);
                }
            }
            Step::Broadcast { kind, overflow, group } => {
                self.broadcast(kind, overflow, group).await;
            }
            Step::Request { id, overflow, by_handle } => {
                let client = self.handle(id, by_handle);
                if client.is_some() || !by_handle {
                    self.request(id, client, overflow);
                }
            }
            Step::GiveUp { open } => self.give_up(open).await,
            Step::Join { id, leave } => self.join(id, leave),
            Step::Read { stream, most } => {
                if let Some(stream) = self.pick(stream) {
                    self.read(stream, most);
                }
            }
            Step::Reply { stream, failed } => {
                if let Some(stream) = self.pick(stream) {
                    return self.reply(stream, failed);
                }
            }
            Step::Say { stream, takes } => {
                if let Some(stream) = self.pick(stream) {
                    let value = self.millis(takes);
                    self.say(stream, Message { value, ..note(0) });
                }
            }
            Step::HalfClose { stream } => {
                if let Some(stream) = self.pick(stream)
                    && self.lines[stream].input.take().is_some()
                {
                    self.lost(stream, true);
                    return true;
                }
            }
            Step::Cut { stream } | Step::Abandon { stream } => {
                if let Some(stream) = self.pick(stream) {
                    let line = &mut self.lines[stream];
                    if let (Some(input), Step::Cut { .. }) = (&line.input, step) {
                        let _ = input.send(Err(std::io::ErrorKind::ConnectionReset.into()));
                        line.input = None;
                    }
                    if line.output.take().is_some() {
                        self.lost(stream, false);
                    }
                    return true;
                }
            }
            Step::Disconnect { id, by_handle } => self.disconnect(id, by_handle).await,
            Step::Sleep { millis } => sleep(self.time(millis)).await,
            Step::Drain { millis } => {
                self.host.model().draining = true;
                if self.drain.is_none() {
                    let hub = self.hub.clone();
                    let within = self.time(millis);
                    self.drain = Some(tokio::spawn(async move { hub.drain(within).await }));
                }
                return true;
            }
        }
        false
    }

    fn time(&self, millis: u64) -> Duration {
        self.host.model().time(Duration::from_millis(millis))
    }

    fn millis(&self, millis: u64) -> u64 {
        u64::try_from(self.time(millis).as_millis()).expect("a short time")
    }

    /// A stream, the newer ones more often.
    fn pick(&self, number: usize) -> Option<usize> {
        let streams = self.lines.len();
        let recent = if number.is_multiple_of(4) { streams } else { streams.min(IDS) };
        let back = number.checked_rem(recent)?;
        Some(streams - 1 - back)
    }

    /// The handle on the newest session of the id.
    fn handle(&self, id: usize, by_handle: bool) -> Option<Client<C>> {
        let holder = self.host.model().holders[id].filter(|_| by_handle);
        self.host.client(holder?)
    }

    async fn connect(&mut self, id: usize, slow: u64, shown: Option<usize>) {
        let stream = self.lines.len();
        let mut headers = MetadataMap::new();
        let mut header = |name: &'static str, value: &str| {
            headers.insert(name, value.parse().expect("a header"));
        };
        header("number", &stream.to_string());
        header("slow", &self.millis(slow).to_string());
        let shown = shown.map(|shown| (self.lines[shown].session, self.lines[shown].key.clone()));
        if let Some((of, key)) = &shown {
            header("of", &of.to_string());
            header("streaming-session", key);
        }
        let opened = self.transport.open(&self.hub, &self.host, headers).await;
        let line = self.opened(id, shown.as_ref(), opened);
        let hello = Message { sensor: NAMES[id].to_owned(), ..note(0) };
        let _ = line.input.as_ref().map(|input| input.send(Ok(frame(&hello))));
        self.lines.push(line);
        if slow == 0 {
            settle().await;
        }
    }

    /// What came of a stream. `shown`: the session that its client wanted to go on with, and the key.
    fn opened(
        &self,
        id: usize,
        shown: Option<&(usize, String)>,
        opened: Result<(MetadataMap, Frames, Output), Status>,
    ) -> Line {
        let stream = self.lines.len();
        let mut locked = self.host.model();
        let model = &mut *locked;
        model.sessions.push(Session::new(id, stream));
        let refused = opened.is_err();
        let mut line =
            Line { session: stream, id, key: String::new(), input: None, output: None, refused };
        let right = refused == model.draining;
        model.must(right, || format!("{stream} was let in or not while the hub drained or not"));
        let Ok((headers, frames, output)) = opened else { return line };
        let header = |name| {
            let header = headers.get(name).expect("a header");
            header.to_str().expect("ASCII").to_owned()
        };
        (line.input, line.output) = (Some(frames), Some(output));
        line.key = header("streaming-session");
        let resumed = header("streaming-resumed") == "true";
        // Whether it has shown the key of this session's newest stream.
        let own = |session: usize| {
            let mut lines = self.lines.iter().rev();
            let newest = lines.find(|line| line.session == session && !line.refused);
            let key = newest.map(|newest| &newest.key);
            shown.is_some_and(|(of, shown)| *of == session && key == Some(shown))
        };
        let resumes = shown.map(|(session, _)| *session);
        let expected = resumes.filter(|session| {
            model.setup.grace && model.sessions[*session].is_live() && own(*session)
        });
        let right =
            if self.exact { resumed == expected.is_some() } else { !resumed || shown.is_some() };
        model.must(right, || format!("{stream} resumes: {resumed}"));
        if let Some(session) = resumes.filter(|_| resumed) {
            line.session = session;
            let session = &mut model.sessions[session];
            session.stream = Some(stream);
            session.away_until = None;
            return line;
        }
        if !self.exact {
            // Whoever is there is taken over, and nobody knows in which order several come.
            let others = model.sessions.iter_mut().filter(|session| session.id == id);
            others.for_each(|session| session.ended = true);
            return line;
        }
        let before = model.holders[id];
        line.refused = before.is_some_and(|number| {
            let before = &model.sessions[number];
            let there = !before.ended && before.away_until.is_none();
            there && model.setup.duplicates == Duplicates::Reject && !own(number)
        });
        if !line.refused {
            if let Some(before) = before {
                model.sessions[before].ended = true;
            }
            model.holders[id] = Some(stream);
        }
        line
    }

    fn lost(&self, stream: usize, gently: bool) {
        let line = &self.lines[stream];
        if !line.refused {
            self.host.model().lost(stream, line.session, gently);
        }
    }

    fn say(&self, stream: usize, message: Message) {
        let line = &self.lines[stream];
        if let Some(input) = &line.input {
            let message = Message { sensor: NAMES[line.id].to_owned(), ..message };
            let _ = input.send(Ok(frame(&message)));
        }
    }

    fn reply(&self, stream: usize, failed: bool) -> bool {
        let line = &self.lines[stream];
        let mut model = self.host.model();
        if line.input.is_none() || line.refused {
            return false;
        }
        let session = &mut model.sessions[line.session];
        let current = session.stream == Some(stream) && !session.ended && !session.left;
        let heard = current || !self.exact;
        let Some(number) = session.unanswered.pop_front() else {
            return false;
        };
        let draining = model.draining;
        let request = &mut model.requests[number];
        let text = if failed { "no" } else { "" };
        if heard && request.outcome.is_none() && !draining {
            request.answer = Some(text);
        } else if draining {
            // Nobody knows whether it is still heard.
            return false;
        }
        let command_id = request.token.to_string();
        drop(model);
        let error = text.to_owned();
        self.say(stream, Message { kind: ACK, command_id, error, ..note(0) });
        true
    }

    fn read(&mut self, stream: usize, most: usize) {
        let line = &mut self.lines[stream];
        let mut model = self.host.model();
        for _ in 0..most {
            let Some(output) = &mut line.output else { return };
            let mut cx = Context::from_waker(Waker::noop());
            let command = match output.as_mut().poll_next(&mut cx) {
                Poll::Ready(Some(Ok(command))) => command,
                Poll::Ready(_) | Poll::Pending if !self.exact => return,
                Poll::Ready(Some(Err(status))) => {
                    line.output = None;
                    let session = &model.sessions[line.session];
                    let open = session.stream == Some(stream)
                        && !(session.ended || session.left || model.draining);
                    let refused = line.refused;
                    return model.must(!open || refused, || format!("{stream} ended: {status}"));
                }
                Poll::Ready(None) => return model.fault("a stream has no status"),
                Poll::Pending if line.refused => return model.fault("nobody was refused"),
                Poll::Pending => {
                    if model.sessions[line.session].stream == Some(stream) {
                        model.all_written(line.session);
                    }
                    return;
                }
            };
            if command.kind != GOODBYE {
                if self.exact {
                    model.written(stream, line.session, command.value);
                }
                model.read(stream, line.session, command.value);
            }
        }
    }

    async fn give_up(&mut self, open: usize) {
        self.open.retain(|(task, _)| !task.is_finished());
        let Some(open) = open.checked_rem(self.open.len()) else { return };
        let (task, request) = self.open.swap_remove(open);
        task.abort();
        if task.await.is_err()
            && let Some(request) = request
        {
            self.host.model().ended(request, Overflow::Wait, Outcome::GivenUp);
        }
    }

    fn join(&self, id: usize, leave: bool) {
        let Some(client) = self.handle(id, true) else { return };
        let mut model = self.host.model();
        let session = &mut model.sessions[number(&client)];
        if leave {
            client.leave(GROUP);
            session.joined = false;
        } else {
            client.join(GROUP);
            session.joined = true;
        }
    }

    async fn disconnect(&self, id: usize, by_handle: bool) {
        if by_handle {
            if let Some(client) = self.handle(id, true) {
                client.close("enough");
                self.host.model().sessions[number(&client)].ended = true;
            }
            return;
        }
        let session = holder(&self.hub, id);
        if let Some(session) = session {
            self.host.model().sessions[session].ended = true;
        }
        let was = self.hub.disconnect(NAMES[id], "enough").await;
        let right = was == session.is_some();
        self.host.model().must(right, || format!("disconnect of {id}: {was}"));
    }
}
