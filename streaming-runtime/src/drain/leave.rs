//! One client leaves.

use std::{future::poll_fn, sync::Arc, time::Duration};

use tokio::time::{timeout, timeout_at};

use super::plan::Times;
use crate::{
    contract::{Contract, Goodbye},
    session::Session,
    status::Reason,
};

/// How it left.
#[derive(Debug)]
pub(super) struct Left {
    pub(super) by_itself: bool,
    pub(super) unread: bool,
    pub(super) open_requests: usize,
    pub(super) unfinished: bool,
}

pub(super) async fn leave<C: Contract>(session: Arc<Session<C>>, times: Times) -> Left {
    let opening = !session.is_live() && !session.has_ended();
    if opening {
        // Its `on_connect` may finish, and send, as handlers may; it never becomes addressable.
        session.end(Reason::Drained);
    }
    let farewell = farewell(&session, times);
    let _ = timeout_at(times.end_by, farewell).await;
    let by_itself = session.has_ended() && !opening;
    let open_requests = session.pending.len();
    session.end(Reason::Drained);
    // Whatever is not written by now would only delay the end.
    session.outbox.output_gone();
    let unread = session.outbox.len() > 0;
    let unfinished = timeout_at(times.deadline, session.finished()).await.is_err();
    Left { by_itself, unread, open_requests, unfinished }
}

async fn farewell<C: Contract>(session: &Session<C>, times: Times) {
    let config = &session.context.config;
    if session.is_away() {
        // There is nobody to say goodbye to.
        return;
    }
    // Until then it is served as always.
    let _ = timeout_at(times.answers_by, session.pending.answered()).await;
    if session.has_ended() {
        // As every end goes.
        return session.finished().await;
    }
    let said = say_goodbye(session, times.reconnect_after);
    let written = poll_fn(|cx| session.outbox.poll_said(cx));
    let written = timeout(config.flush_timeout, written).await.is_ok();
    if said && written {
        let _ = timeout(config.goodbye_timeout, session.finished()).await;
    }
}

/// From here on nothing is accepted. Says whether the contract has a goodbye.
fn say_goodbye<C: Contract>(session: &Session<C>, reconnect_after: Duration) -> bool {
    let reason = Reason::Drained.name();
    let goodbye = C::goodbye(&Goodbye { reason, reconnect_after: Some(reconnect_after) });
    let goodbye = goodbye.and_then(|goodbye| session.entry(goodbye).ok());
    let said = goodbye.is_some();
    session.outbox.linger(goodbye);
    session.pending.close();
    said
}
