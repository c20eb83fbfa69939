//! One client: its session from identification to disconnect.

mod client;
mod handler;
mod inbox;
#[cfg(all(test, streaming_loom))]
mod interleavings;
mod output;
mod pending;
mod reading;
mod run;
#[cfg(test)]
mod tests;
mod timers;
mod work;

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicI32, AtomicU8, Ordering},
};

use futures_util::task::AtomicWaker;
use prost::Message as _;
use tokio::sync::Notify;

pub use crate::info::SessionInfo;
pub use client::{Client, Disconnect};
pub use handler::{Dispatch, Handler, Handles, Unknown};
pub use inbox::Inbox;
pub use output::CommandStream;
pub(crate) use output::Rpc;
pub(crate) use pending::{Pending, Unregistered};

pub(crate) use crate::slot::Slot;
pub(crate) use run::run;

use crate::{
    backlog::Queue,
    context::{AHEAD, Context},
    contract::{Contract, Variant},
    error::{RequestError, SendError},
    groups::Memberships,
    id::ClientId,
    metrics::Meters,
    once::Once,
    outbox::{Entry, Frame, Outbox, Shape},
    planted::planted,
    publish::Mirror,
    resume::{Key, Seat},
    status::Reason,
    sync::{AtomicBool, fence},
    telemetry::Seldom,
};

/// An entry of a session's outbox.
pub(crate) type Queued<C> = Entry<<C as Contract>::Command, Slot<<C as Contract>::Message>>;

/// One client's presence on this node.
pub(crate) struct Session<C: Contract> {
    pub(crate) context: Arc<Context>,
    pub(crate) info: SessionInfo,
    pub(crate) outbox: Outbox<C::Command, Slot<C::Message>>,
    pub(crate) pending: Pending<C::Message>,
    /// The next id for contracts whose ids have 32 bits.
    pub(crate) next_id: AtomicI32,
    pub(crate) memberships: Memberships,
    mirror: Mirror,
    /// What its client has asked, where that is kept.
    pub(crate) once: Once<C::Command>,
    /// Where a stream arrives that goes on with the session.
    pub(crate) seat: Seat<C::Message>,
    phase: AtomicU8,
    end: OnceLock<Reason>,
    /// The reading task.
    task: AtomicWaker,
    /// Whether reading has stopped because the inbox is full.
    paused: AtomicBool,
    /// Told of the end, and when all is done.
    passed: Notify,
    /// Errors of its handlers in the log.
    errors: Seldom,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Phase {
    /// `on_connect` has not returned yet.
    Opening,
    /// Addressable.
    Live,
    /// Addressable, though its stream is lost: its client may come back.
    Away,
    /// Ended, but handlers, the flush or `on_disconnect` still run.
    Ending,
    /// Nothing of it runs any more.
    Done,
}

impl<C: Contract> Session<C> {
    pub(crate) fn new(context: Arc<Context>, info: SessionInfo, key: Key) -> Self {
        Self {
            outbox: Outbox::new(context.config.outbox, context.priority, context.meters.dropped()),
            pending: Pending::default(),
            next_id: AtomicI32::new(1),
            memberships: Memberships::new(),
            mirror: Mirror::new(context.outlet.clone(), info.id()),
            once: Once::new(context.kept),
            seat: Seat::new(key),
            phase: AtomicU8::new(Phase::Opening as u8),
            end: OnceLock::new(),
            task: AtomicWaker::new(),
            paused: AtomicBool::new(false),
            passed: Notify::new(),
            errors: Seldom::default(),
            context,
            info,
        }
    }

    pub(crate) fn id(&self) -> &ClientId {
        self.info.id()
    }

    fn is(&self, phase: Phase) -> bool {
        self.phase.load(Ordering::Acquire) == phase as u8 && !self.has_ended()
    }

    /// Whether it can be sent to.
    pub(crate) fn is_live(&self) -> bool {
        self.is_connected() || self.is_away()
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.is(Phase::Live)
    }

    pub(crate) fn is_away(&self) -> bool {
        self.is(Phase::Away)
    }

    /// Whether it would go on without its stream for a while.
    fn may_wait(&self) -> bool {
        let Context { config, gate, .. } = &*self.context;
        !config.reconnect_grace.is_zero() && self.is_live() && !gate.is_closed()
    }

    /// Whether the end has been decided.
    pub(crate) fn has_ended(&self) -> bool {
        self.end.get().is_some()
    }

    /// From [`Phase::Live`] on it is addressable.
    pub(crate) fn pass(&self, phase: Phase) {
        let was = self.phase.swap(phase as u8, Ordering::AcqRel);
        let Meters { live, away, .. } = &self.context.meters;
        let left = |of: Phase| was == of as u8;
        planted!(Miscounts => return live.passed(false, phase == Phase::Live));
        live.passed(left(Phase::Live), phase == Phase::Live);
        away.passed(left(Phase::Away), phase == Phase::Away);
        if phase == Phase::Live {
            self.context.arrivals.tell(self.id());
        }
    }

    /// Decides the end; the first reason stays. From here on nobody but the session's own handlers can send, and
    /// requests that are open end.
    pub(crate) fn end(&self, reason: Reason) {
        // A client that leaves when it is told to was drained.
        let drained = self.outbox.lingers() && reason.is_clients();
        if self.end.set(if drained { Reason::Drained } else { reason }).is_ok() {
            self.seat.close();
            self.pending.close();
            planted!(ForgetsRequests => return self.task.wake());
            self.pending.end_all(|sent| RequestError::Disconnected { sent });
            self.passed.notify_waiters();
            self.task.wake();
        }
    }

    /// What a command is told for which the outbox is closed.
    pub(crate) fn turned_away(&self, ended: SendError) -> SendError {
        if self.outbox.lingers() { SendError::Draining } else { ended }
    }

    /// A stream has come that goes on with it.
    pub(crate) fn arrived(&self) {
        self.task.wake();
    }

    /// Whether the inbox has room. While a request to this client is open, there is more: its answer may come.
    fn may_read(&self, inbox: &Queue<C::Message>) -> bool {
        let limits = self.context.config.inbox;
        let paused = &self.paused;
        if inbox.fits(limits, 1) {
            if paused.load(Ordering::Relaxed) {
                paused.store(false, Ordering::SeqCst);
            }
            return true;
        }
        // Set before the look at the requests and the second one at the inbox: whoever registers a request or takes a
        // message afterwards sees it and wakes the task.
        paused.store(true, Ordering::SeqCst);
        fence(Ordering::SeqCst);
        if self.pending.is_empty() {
            return inbox.fits(limits, 1);
        }
        if inbox.fits(limits, AHEAD) {
            return true;
        }
        self.pending.end_all(|_| RequestError::Backlog);
        false
    }

    /// A request was registered: the answer must be read, whatever waits in the inbox.
    pub(crate) fn read_on(&self) {
        // With its twin in `may_read`: either this sees the pause, or the task sees what changed before.
        fence(Ordering::SeqCst);
        if self.paused.load(Ordering::SeqCst) {
            self.task.wake();
        }
    }

    /// # Errors
    /// It is larger than a command may be.
    pub(crate) fn check_size(&self, size: usize) -> Result<(), SendError> {
        let largest = self.context.max_command.load(Ordering::Relaxed);
        let limit = largest.min(self.context.config.outbox.bytes);
        if size > limit { Err(SendError::TooLarge { size, limit }) } else { Ok(()) }
    }

    /// A command as an entry of the outbox.
    ///
    /// # Errors
    /// It is larger than a command may be.
    pub(crate) fn entry(&self, mut command: C::Command) -> Result<Queued<C>, SendError> {
        let shape = self.shape(&mut command, true)?;
        Ok(Entry { frame: Frame::Message(command), shape, request: None, json: None })
    }

    /// What the outbox must know of a command, which is signed with the client's id. `alone`: nobody waits for its answer.
    ///
    /// # Errors
    /// It is larger than a command may be.
    pub(crate) fn shape(&self, command: &mut C::Command, alone: bool) -> Result<Shape, SendError> {
        C::sign(command, self.id());
        let size = command.encoded_len();
        self.check_size(size)?;
        let variant = C::command_variant(command);
        Ok(Shape { variant, coalesces: alone && Variant::coalesces::<C>(variant), size })
    }

    fn finish(&self) {
        self.memberships.end(&self.context.groups, self.id());
        self.phase.store(Phase::Done as u8, Ordering::Release);
        self.passed.notify_waiters();
    }

    /// Waits until nothing of the session runs any more.
    pub(crate) async fn finished(&self) {
        self.reach(|| self.phase.load(Ordering::Acquire) == Phase::Done as u8).await;
    }

    /// Waits until its end is decided.
    #[cfg(feature = "cluster")]
    pub(crate) async fn ended(&self) {
        self.reach(|| self.has_ended()).await;
    }

    async fn reach(&self, reached: impl Fn() -> bool) {
        loop {
            let mut notified = std::pin::pin!(self.passed.notified());
            notified.as_mut().enable();
            if reached() {
                return;
            }
            notified.await;
        }
    }
}
