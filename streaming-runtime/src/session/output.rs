//! The writing half of a stream: what tonic polls for commands.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll, Waker, ready},
};

use futures_core::Stream;
use tonic::Status;

use super::{Queued, Session};
use crate::{
    contract::{Contract, Goodbye},
    macros::impl_debug,
    outbox::{Frame, Popped},
    planted::planted,
    status::{Reason, Refusal},
};

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
    /// Until it has a session.
    rpc: Option<Arc<Rpc<C>>>,
    session: Option<(Arc<Session<C>>, u32)>,
    finished: bool,
}

impl<C: Contract> CommandStream<C> {
    pub(crate) fn new(rpc: Arc<Rpc<C>>) -> Self {
        Self { rpc: Some(rpc), session: None, finished: false }
    }

    fn poll_session(&mut self, cx: &mut Context<'_>) -> Poll<Result<(&Session<C>, u32), Status>> {
        if let Some(rpc) = &self.rpc {
            let mut state = rpc.lock();
            match std::mem::replace(&mut *state, State::Gone) {
                State::Opening(_) => {
                    *state = State::Opening(Some(cx.waker().clone()));
                    return Poll::Pending;
                }
                State::Refused(status) => return Poll::Ready(Err(status)),
                State::Attached(session, stream) => self.session = Some((session, stream)),
                State::Gone => {}
            }
            drop(state);
            self.rpc = None;
        }
        let session = self.session.as_ref().map(|(session, stream)| (&**session, *stream));
        Poll::Ready(session.ok_or_else(|| Reason::ClientGone.status()))
    }
}

impl<C: Contract> Stream for CommandStream<C> {
    type Item = Result<Frame<C::Command>, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.finished {
            return Poll::Ready(None);
        }
        let ended = match ready!(self.poll_session(cx)) {
            Err(status) => status,
            Ok((session, stream)) => loop {
                let (entry, urgent) = match ready!(session.outbox.poll_pop(stream, cx)) {
                    Popped::Urgent(entry) => (entry, true),
                    Popped::Ordinary(entry) => (entry, false),
                    Popped::End => break session.end_status(stream),
                };
                if let Some(frame) = session.write(entry, stream, urgent) {
                    return Poll::Ready(Some(Ok(frame)));
                }
            },
        };
        self.finished = true;
        // An error is the only way to end a stream with trailers, also where the status is `OK`.
        Poll::Ready(Some(Err(ended)))
    }
}

impl<C: Contract> Session<C> {
    /// What has to happen when the transport takes a command. `None`: it is a request that has ended as never sent.
    pub(super) fn write(
        &self,
        entry: Queued<C>,
        stream: u32,
        urgent: bool,
    ) -> Option<Frame<C::Command>> {
        if let Some(request) = &entry.request {
            if !request.mark_sent(stream) {
                planted!(WritesEnded => return Some(entry.frame));
                self.outbox.was_not_written();
                return None;
            }
            let arrivals = &self.context.arrivals;
            if arrivals.are_expected() && !self.outbox.is_current(stream) {
                // Another came meanwhile, and whoever heard of it did not know yet that this one has the command.
                arrivals.tell(self.id());
            }
        }
        self.context.meters.written(urgent);
        match (&entry.frame, entry.json) {
            (_, Some(json)) => self.mirror.shared::<C>(&json, entry.shape.variant),
            (Frame::Message(command), None) => {
                self.mirror.command::<C>(command, entry.shape.variant, urgent);
            }
            // A broadcast while nothing was published.
            (Frame::Encoded(_), None) => {}
        }
        Some(entry.frame)
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

impl<C: Contract> Drop for CommandStream<C> {
    fn drop(&mut self) {
        if self.finished {
            return;
        }
        let state = self.rpc.as_ref().map(|rpc| std::mem::replace(&mut *rpc.lock(), State::Gone));
        let attached = match state {
            Some(State::Attached(session, stream)) => Some((session, stream)),
            _ => self.session.take(),
        };
        if let Some((session, stream)) = attached {
            session.dropped(stream);
        }
    }
}

impl_debug!([C: Contract] CommandStream<C>, |stream| stream.session.as_ref().map(|(session, _)| session.id()));
