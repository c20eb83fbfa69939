//! The writing half of a stream: what tonic polls for commands.

use std::{
    collections::VecDeque,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll, Waker, ready},
};

use futures_core::Stream;
use tonic::Status;

use super::{Queued, Session};
use crate::{
    contract::{Contract, Goodbye},
    frame::Buffer,
    macros::impl_debug,
    outbox::{Frame, Popped},
    planted::planted,
    status::{Reason, Refusal},
};

/// Room for so many commands is kept between bursts.
const KEPT: usize = 128;

/// One rpc: what its two halves share until the stream has a session.
pub(crate) struct Rpc<C: Contract> {
    state: Mutex<State<C>>,
}

enum State<C: Contract> {
    /// Nobody knows yet who it is. The waker is the writing half's.
    Opening(Option<Waker>),
    /// The session, and the stream's number in its outbox.
    Attached(Arc<Session<C>>, u32),
    Refused(Status),
    /// The writing half was dropped, or has taken what there was.
    Gone,
}

impl<C: Contract> Rpc<C> {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { state: Mutex::new(State::Opening(None)) })
    }

    fn lock(&self) -> MutexGuard<'_, State<C>> {
        self.state.lock().expect("nothing panics while it holds an opening stream")
    }

    /// From here on the stream writes what is in the session's outbox. `stream` is its number there.
    pub(crate) fn attach(&self, session: &Arc<Session<C>>, stream: u32) {
        if !self.settle(State::Attached(session.clone(), stream)) {
            session.dropped(stream);
        }
    }

    /// The stream ends with `status` and never had a session.
    pub(crate) fn refuse(&self, status: Status) {
        self.settle(State::Refused(status));
    }

    /// Says `false` where the writing half is gone.
    fn settle(&self, settled: State<C>) -> bool {
        let mut state = self.lock();
        let State::Opening(waker) = &mut *state else {
            return false;
        };
        let waker = waker.take();
        *state = settled;
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
        true
    }
}

/// The commands of one stream, as the rpc's response. Made by [`Hub::serve`](crate::Hub::serve).
///
/// It ends with the status of [`Reason`] and the trailer `streaming-end`. Dropping it ends the session.
pub struct CommandStream<C: Contract> {
    rpc: Arc<Rpc<C>>,
    session: Option<(Arc<Session<C>>, u32)>,
    /// What tonic takes at once with what it took last: then one lock does for many.
    taken: VecDeque<Queued<C>>,
    /// `None`: another reads it, who may stop after any command.
    buffer: Option<Buffer>,
    finished: bool,
}

impl<C: Contract> CommandStream<C> {
    pub(crate) fn new(rpc: Arc<Rpc<C>>) -> Self {
        Self { rpc, session: None, taken: VecDeque::new(), buffer: None, finished: false }
    }

    /// Whether it is tonic that reads it. Others may stop after any command, and the rest stays in the outbox.
    pub(crate) fn read_by_tonic(mut self, tonic: bool) -> Self {
        self.buffer = tonic.then(Buffer::default);
        self
    }

    /// Whether it holds nothing that has left the outbox.
    #[cfg(feature = "link")]
    pub(crate) fn has_given_all(&self) -> bool {
        self.taken.is_empty()
    }

    /// The session, once there is one, and the stream's number in its outbox.
    fn poll_session<'a>(
        rpc: &Rpc<C>,
        attached: &'a mut Option<(Arc<Session<C>>, u32)>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(&'a Session<C>, u32), Status>> {
        if attached.is_none() {
            let mut state = rpc.lock();
            match std::mem::replace(&mut *state, State::Gone) {
                State::Opening(_) => {
                    *state = State::Opening(Some(cx.waker().clone()));
                    return Poll::Pending;
                }
                State::Refused(status) => return Poll::Ready(Err(status)),
                State::Attached(session, stream) => *attached = Some((session, stream)),
                State::Gone => {}
            }
        }
        let session = attached.as_ref().map(|(session, stream)| (&**session, *stream));
        Poll::Ready(session.ok_or_else(|| Reason::ClientGone.status()))
    }
}

impl<C: Contract> Stream for CommandStream<C> {
    type Item = Result<Frame<C::Command>, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Self { rpc, session, taken, buffer, finished } = &mut *self;
        if let Some(entry) = taken.pop_front() {
            return Poll::Ready(Some(Ok(entry.frame)));
        }
        if *finished {
            return Poll::Ready(None);
        }
        let ended = match ready!(Self::poll_session(rpc, session, cx)) {
            Err(status) => status,
            Ok((session, stream)) => loop {
                let following = buffer.as_ref().map(|buffer| (buffer, &mut *taken));
                let (entry, urgent) = match session.outbox.poll_pop(stream, following, cx) {
                    Poll::Pending => {
                        // tonic writes what it has.
                        *buffer = buffer.take().map(|_| Buffer::default());
                        if taken.capacity() > KEPT {
                            *taken = VecDeque::new();
                        }
                        return Poll::Pending;
                    }
                    Poll::Ready(Popped::Urgent(entry)) => (entry, true),
                    Poll::Ready(Popped::Ordinary(entry)) => (entry, false),
                    Poll::Ready(Popped::End) => break session.end_status(stream),
                };
                let written = session.is_written(&entry, stream, urgent);
                taken.retain(|entry| session.is_written(entry, stream, urgent));
                let Some(first) = written.then_some(entry).or_else(|| taken.pop_front()) else {
                    continue;
                };
                let all = [&first].into_iter().chain(&*taken);
                let all = all.map(|it| (&it.frame, it.json.as_deref(), it.shape.variant));
                session.mirror.taken::<C>(all, urgent);
                if let Some(buffer) = buffer {
                    buffer.take(taken.iter().chain([&first]).map(|entry| entry.shape.size));
                }
                return Poll::Ready(Some(Ok(first.frame)));
            },
        };
        *finished = true;
        // An error is the only way to end a stream with trailers, also where the status is `OK`.
        Poll::Ready(Some(Err(ended)))
    }
}

impl<C: Contract> Session<C> {
    /// What has to happen when the transport takes a command. `false`: it is a request that has ended as never sent.
    pub(super) fn is_written(&self, entry: &Queued<C>, stream: u32, urgent: bool) -> bool {
        if let Some(request) = &entry.request {
            if !request.mark_sent(stream) {
                planted!(WritesEnded => return true);
                self.outbox.was_not_written();
                return false;
            }
            let arrivals = &self.context.arrivals;
            if arrivals.are_expected() && !self.outbox.is_current(stream) {
                // Another came meanwhile, and whoever heard of it did not know yet that this one has the command.
                arrivals.tell(self.id());
            }
        }
        self.context.meters.written(urgent);
        true
    }

    /// The response of the stream of this number was dropped.
    pub(crate) fn dropped(&self, stream: u32) {
        if self.may_wait() {
            self.outbox.lose(stream);
            self.task.wake();
        } else if self.outbox.is_current(stream) {
            self.end(Reason::ClientGone);
            self.outbox.output_gone();
        }
    }

    fn end_status(&self, stream: u32) -> Status {
        if self.outbox.is_superseded(stream) {
            return Refusal::Superseded.status();
        }
        match self.end.get() {
            // The session waits for its client, which has ended its side.
            None => Reason::HalfClosed.status(),
            // Who has heard that it is to leave needs no error.
            Some(Reason::Drained) if C::goodbye(&Goodbye::default()).is_some() => Reason::heard(),
            Some(reason) => reason.status(),
        }
    }
}

impl<C: Contract> Unpin for CommandStream<C> {}

impl<C: Contract> Drop for CommandStream<C> {
    fn drop(&mut self) {
        if self.finished {
            return;
        }
        let state = std::mem::replace(&mut *self.rpc.lock(), State::Gone);
        let attached = match state {
            State::Attached(session, stream) => Some((session, stream)),
            _ => self.session.take(),
        };
        if let Some((session, stream)) = attached {
            session.dropped(stream);
        }
    }
}

impl_debug!([C: Contract] CommandStream<C>, |stream| stream.session.as_ref().map(|(session, _)| session.id()));
