//! One scripted client.

use std::{
    fmt::Write as _,
    future::Future,
    panic::Location,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use tokio::{
    sync::{mpsc::UnboundedReceiver, watch},
    time::timeout,
};
use tonic::metadata::MetadataMap;

use super::{
    end::End,
    frame::{Up, frame},
    late,
    line::Line,
    listen::{Ears, Reading},
    script::{Responds, Scripted},
    watched::Seen,
};
use crate::{
    contract::{Contract, Failed},
    id::OwnedId,
    macros::impl_debug,
    publish::json::Json,
    session::Client,
    status::Reason,
};

/// A line of the test.
pub(super) type At = &'static Location<'static>;

/// One scripted client, on a stream of its own. Made by [`Clients`](super::Clients).
///
/// It takes what the hub writes as soon as that is written, and answers pings, both unless it is told otherwise. When it
/// is dropped its connection is cut.
///
/// What its line counts in, see the faults below, are commands in memory and bytes over HTTP/2.
pub struct Peer<C: Contract> {
    headers: MetadataMap,
    /// Until it ends its side.
    up: Option<late::Sender<Up>>,
    line: Arc<Line>,
    ears: Arc<Ears>,
    came: UnboundedReceiver<Result<C::Command, End>>,
    end: Option<End>,
    seen: watch::Receiver<Seen<C>>,
    patience: Duration,
}

impl<C: Contract> Peer<C> {
    pub(super) fn new(
        headers: MetadataMap,
        up: late::Sender<Up>,
        line: Arc<Line>,
        ears: Arc<Ears>,
        came: UnboundedReceiver<Result<C::Command, End>>,
        seen: watch::Receiver<Seen<C>>,
        patience: Duration,
    ) -> Self {
        Self { headers, up: Some(up), line, ears, came, end: None, seen, patience }
    }

    /// The hub's handle on its session.
    ///
    /// # Panics
    /// `on_connect` was not called yet: it is called before [`Clients::connect`](super::Clients::connect) returns.
    #[must_use]
    #[track_caller]
    pub fn client(&self) -> Client<C> {
        self.seen.borrow().client.clone().expect("`on_connect` was not called for this client")
    }

    /// The headers with which the hub has answered.
    #[must_use]
    pub fn headers(&self) -> &MetadataMap {
        &self.headers
    }

    /// Its id, for messages about it.
    pub(super) fn name(&self) -> String {
        let seen = self.seen.borrow();
        let id = seen.client.as_ref().map(|client| format!("`{}`", client.id()));
        id.unwrap_or_else(|| "the client".to_owned())
    }
}

/// What it says.
impl<C: Contract> Peer<C> {
    /// Sends a message. Never waits: what the hub does not read yet is kept.
    ///
    /// # Panics
    /// It has ended its side.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a message is given away, as with every send"
    )]
    #[track_caller]
    pub fn send(&self, message: C::Message) {
        let up = self.up.as_ref().expect("the client has ended its side of the stream");
        up.send(Up::Frame(frame(&message)));
    }

    /// Ends its side of the stream. It goes on listening.
    pub fn half_close(&mut self) {
        if let Some(up) = self.up.take() {
            up.send(Up::End);
        }
    }
}

impl<C: Scripted> Peer<C> {
    /// Acknowledges the command with this id: it did as it was told.
    ///
    /// # Panics
    /// The contract has no acks, or it has ended its side.
    #[track_caller]
    pub fn ack(&self, id: OwnedId) {
        self.send(C::ack(id, None).expect("clients of this contract acknowledge nothing"));
    }

    /// Acknowledges the command with this id as failed, with this text: its caller gets `Rejected`.
    ///
    /// # Panics
    /// The contract has no acks, or it has ended its side.
    #[track_caller]
    pub fn fail(&self, id: OwnedId, error: &str) {
        let failed = Failed { message: "", error };
        self.send(C::ack(id, Some(failed)).expect("clients of this contract acknowledge nothing"));
    }

    /// Answers the command with this id.
    ///
    /// # Panics
    /// It has ended its side.
    #[track_caller]
    pub fn reply<V>(&self, id: OwnedId, reply: C::Reply)
    where
        C: Responds<V>,
    {
        self.send(C::respond(id, reply));
    }

    /// From now on pings are answered or not; those that are not come as other commands do. Default `true`.
    pub fn answer_pings(&self, answer: bool) {
        self.ears.pongs.store(answer, Ordering::Relaxed);
    }
}

/// What it hears.
impl<C: Contract> Peer<C> {
    /// The next command that was not looked at yet.
    ///
    /// # Panics
    /// None comes within the test's patience, or the stream ends.
    ///
    /// # Cancel safety
    /// Nothing is lost.
    #[expect(clippy::should_implement_trait, reason = "it is asynchronous, as an inbox' `next` is")]
    #[track_caller]
    pub fn next(&mut self) -> impl Future<Output = C::Command> + Send {
        self.next_at(Location::caller(), "a command")
    }

    pub(super) async fn next_at(&mut self, at: At, expected: &str) -> C::Command {
        match self.try_next_at(at, expected).await {
            Ok(command) => command,
            Err(end) => panic!(
                "{} expected {expected}, but the stream ended: {} `{}`, at {at}",
                self.name(),
                end.status,
                end.reason()
            ),
        }
    }

    /// The next command that was not looked at yet.
    ///
    /// # Errors
    /// The stream has ended.
    ///
    /// # Panics
    /// Neither comes within the test's patience.
    ///
    /// # Cancel safety
    /// Nothing is lost.
    #[track_caller]
    pub fn try_next(&mut self) -> impl Future<Output = Result<C::Command, End>> + Send {
        self.try_next_at(Location::caller(), "a command")
    }

    async fn try_next_at(&mut self, at: At, expected: &str) -> Result<C::Command, End> {
        let patience = self.patience;
        let Ok(next) = timeout(patience, self.hear()).await else {
            panic!(
                "{} expected {expected}, but none came within {patience:?}, at {at}",
                self.name()
            )
        };
        next
    }

    async fn hear(&mut self) -> Result<C::Command, End> {
        if let Some(end) = &self.end {
            return Err(end.clone());
        }
        let next = if let Ok(next) = self.came.try_recv() {
            Some(next)
        } else {
            self.ears.ask();
            self.came.recv().await
        };
        let next = next.unwrap_or_else(|| Err(End::cut()));
        self.end = next.as_ref().err().cloned();
        next
    }

    /// The next command, of which `take` takes what the test is to see: `None` where it is another than expected. For one
    /// variant there is the generated `expect_start()`, see [`Expect`](super::Expect).
    ///
    /// # Panics
    /// It is another, none comes within the test's patience, or the stream ends.
    #[track_caller]
    pub fn expect<T>(
        &mut self,
        take: impl FnOnce(&C::Command) -> Option<T> + Send,
    ) -> impl Future<Output = T> + Send {
        let at = Location::caller();
        async move {
            let command = self.next_at(at, "a command").await;
            match take(&command) {
                Some(taken) => taken,
                None => panic!(
                    "{} expected another command than {}, at {at}",
                    self.name(),
                    describe::<C>(&command)
                ),
            }
        }
    }

    /// For this long no command comes, and the stream goes on.
    ///
    /// # Panics
    /// Something comes.
    #[track_caller]
    pub fn hears_nothing_for(&mut self, time: Duration) -> impl Future<Output = ()> + Send {
        let at = Location::caller();
        async move {
            match timeout(time, self.hear()).await {
                Err(_) => {}
                Ok(Ok(command)) => {
                    panic!("{} got {}, at {at}", self.name(), describe::<C>(&command))
                }
                Ok(Err(end)) => panic!("{}'s stream ended: {}, at {at}", self.name(), end.status),
            }
        }
    }

    /// Waits until the client is addressable.
    ///
    /// # Errors
    /// How the stream ended, where it did so before.
    ///
    /// # Panics
    /// It takes longer than the test's patience.
    #[track_caller]
    pub fn connected(&mut self) -> impl Future<Output = Result<(), End>> + Send {
        self.connected_at(Location::caller())
    }

    pub(super) async fn connected_at(&mut self, at: At) -> Result<(), End> {
        let connected = timeout(self.patience, self.seen.wait_for(|seen| seen.connected)).await;
        let connected = connected
            .unwrap_or_else(|_| panic!("the client was not connected within the patience, at {at}"))
            .is_ok();
        if !connected {
            return Err(self.end_at(at).await);
        }
        let session = self.client().0;
        // Its task is about to make it so, perhaps on another thread.
        while !session.is_live() && !session.has_ended() {
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    /// Waits for the end of the stream, and passes over commands that the test has not looked at.
    ///
    /// # Panics
    /// It does not end within the test's patience.
    #[track_caller]
    pub fn end(&mut self) -> impl Future<Output = End> + Send {
        self.end_at(Location::caller())
    }

    async fn end_at(&mut self, at: At) -> End {
        loop {
            if let Err(end) = self.try_next_at(at, "the end of its stream").await {
                return end;
            }
        }
    }

    /// Waits until the hub has done with the session: `on_disconnect` has returned, and the id is free. Gives the reason
    /// that `on_disconnect` was told. Needs no client that can hear: for ends of which it learns nothing.
    ///
    /// # Panics
    /// It takes longer than the test's patience, or `on_disconnect` did not run, since the client was never connected.
    #[track_caller]
    pub fn disconnected(&mut self) -> impl Future<Output = Reason> + Send {
        let at = Location::caller();
        async move {
            let gone = async { while self.seen.changed().await.is_ok() {} };
            let gone = timeout(self.patience, gone).await.is_ok();
            assert!(
                gone,
                "{} was not disconnected within {:?}, at {at}",
                self.name(),
                self.patience
            );
            let reason = self.seen.borrow().reason.clone();
            reason.unwrap_or_else(|| panic!("{} was never connected, at {at}", self.name()))
        }
    }
}

/// What is wrong with it, and with its line. Each can change at any time.
impl<C: Contract> Peer<C> {
    /// From now on it takes a command only when the test waits for one. What the hub writes beyond that stays in the
    /// outbox; over HTTP/2 first in the stream's windows.
    pub fn read_on_demand(&self) {
        self.ears.reading.send_replace(Reading::OnDemand(false));
    }

    /// From now on it takes what the hub writes as soon as that is written, and as fast as its line lets it.
    pub fn read_on(&self) {
        self.ears.reading.send_replace(Reading::AtOnce);
        self.line.change(|faults| faults.pace = None);
    }

    /// A slow reader: from now on so many units from the hub arrive per `tick`.
    ///
    /// # Panics
    /// `units` is 0, see [`read_on_demand`](Self::read_on_demand), or `tick` is.
    #[track_caller]
    pub fn read_slowly(&self, units: u64, tick: Duration) {
        assert!(units > 0 && !tick.is_zero(), "such a client would read nothing, or everything");
        self.line.change(|faults| faults.pace = Some((units, tick)));
    }

    /// A half-open peer: from now on everything is lost in both directions, and neither side is told.
    pub fn vanish(&self) {
        self.line.change(|faults| faults.lost = true);
    }

    /// Resets the connection.
    pub fn cut(&self) {
        self.line.cut();
    }

    /// Resets the connection when so many more units from the hub have arrived: what it wrote, and what it does not know
    /// to be delivered.
    pub fn cut_after(&self, units: u64) {
        self.line.change(|faults| {
            faults.cut_after = Some(units);
            faults.cut |= units == 0;
        });
    }

    /// From now on everything takes so long, in each direction.
    pub fn delay(&self, delay: Duration) {
        self.line.change(|faults| faults.delay = delay);
    }
}

impl<C: Contract> Drop for Peer<C> {
    fn drop(&mut self) {
        self.line.cut();
    }
}

impl_debug!([C: Contract] Peer<C>, |peer| peer.name());

/// A command in words: its variant, and what it says.
pub(super) fn describe<C: Contract>(command: &C::Command) -> String {
    let mut json = Json::new();
    json.object(|object| C::command_json(command, object));
    let index = C::command_variant(command).map(usize::from);
    let variant = index.and_then(|index| C::COMMANDS.get(index));
    let mut text = variant.map_or_else(String::new, |variant| format!("`{}` ", variant.name));
    let _ = write!(text, "{}", String::from_utf8_lossy(&json.into_bytes()));
    text
}
