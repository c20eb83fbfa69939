//! A client's ears: takes commands from its transport, answers pings, and keeps the rest for the test.

use std::{
    future::Future,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use futures_util::future::select;
use tokio::sync::{mpsc::UnboundedSender, watch};

use super::{
    end::End,
    frame::{Up, frame},
    late,
    line::Line,
    script::Scripted,
};
use crate::contract::Contract;

/// What comes from the hub.
pub(super) trait Down<C: Contract>: Send + 'static {
    /// The next command, or the end.
    fn next(&mut self) -> impl Future<Output = Result<C::Command, End>> + Send;
}

/// Whether a client takes what its transport has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    AtOnce,
    /// Only what the test asks for; whether it has.
    OnDemand(bool),
}

/// What a client's tasks and the test share.
pub(super) struct Ears {
    pub(super) reading: watch::Sender<Reading>,
    pub(super) pongs: AtomicBool,
}

impl Ears {
    /// Waits until one more command may be taken.
    async fn may_read(&self) {
        let asked = |reading: &Reading| *reading != Reading::OnDemand(false);
        // The sender is `self`.
        let _ = self.reading.subscribe().wait_for(asked).await;
        self.reading.send_if_modified(|reading| {
            if let Reading::OnDemand(asked) = reading {
                *asked = false;
            }
            false
        });
    }

    /// The test waits for a command.
    pub(super) fn ask(&self) {
        self.reading.send_if_modified(|reading| {
            let asked = matches!(reading, Reading::OnDemand(false));
            if asked {
                *reading = Reading::OnDemand(true);
            }
            asked
        });
    }
}

/// Takes commands until the end. What is taken is heard after the line's delay.
pub(super) async fn take<C: Contract>(
    mut down: impl Down<C>,
    ears: Arc<Ears>,
    line: Arc<Line>,
    taken: late::Sender<Result<C::Command, End>>,
) {
    loop {
        // A client that does not read loses its connection as well.
        select(pin!(ears.may_read()), pin!(line.is_cut())).await;
        let next = down.next().await;
        let ended = next.is_err();
        taken.send(next);
        if ended {
            return;
        }
    }
}

/// Answers pings, and keeps what the test is to see.
pub(super) async fn hear<C: Scripted>(
    mut taken: late::Receiver<Result<C::Command, End>>,
    ears: Arc<Ears>,
    up: late::Sender<Up>,
    heard: UnboundedSender<Result<C::Command, End>>,
) {
    while let Some(next) = taken.recv().await {
        if let Ok(command) = &next
            && ears.pongs.load(Ordering::Relaxed)
            && let Some(pong) = <C as Scripted>::answer_ping(command)
        {
            up.send(Up::Frame(frame(&pong)));
            // It was not what the test asked for.
            ears.ask();
            continue;
        }
        // A test that has seen enough does not listen any more.
        let _ = heard.send(next);
    }
}
