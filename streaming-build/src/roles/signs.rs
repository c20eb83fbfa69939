//! Signs of life: heartbeats, pings, and what answers a ping.

use super::{
    context::{Context, Problem},
    heartbeat, keep, named_only, ping, pong,
};
use crate::{
    model::{Found, Ping, Pong, Side},
    settings::Role,
};

/// What was found.
#[derive(Debug)]
pub(super) struct Signs {
    pub(super) heartbeat: Option<Found<usize>>,
    pub(super) ping: Option<Found<Ping>>,
    pub(super) pong: Option<Found<Pong>>,
}

impl Signs {
    pub(super) fn find(
        context: &Context<'_>,
        message: &Side,
        command: &Side,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let heartbeat = keep(heartbeat::find(context, message), problems).flatten();
        let ping = keep(ping::find(context, command), problems);
        let pong = match &ping {
            Some(ping) => {
                let heartbeat = heartbeat.as_ref().map(|heartbeat| heartbeat.what);
                let ping = ping.as_ref().map(|ping| &ping.what);
                pong::find(context, message, command, ping, heartbeat)
            }
            None => named_only(context, Role::Pong, message),
        };
        let pong = keep(pong, problems).flatten();
        let mut signs = Self { heartbeat, ping: ping.flatten(), pong };
        let answers = signs.pong();
        signs.heartbeat = signs.heartbeat.filter(|heartbeat| Some(heartbeat.what) != answers);
        signs
    }

    /// The index of the command's variant that is a ping.
    pub(super) fn ping(&self) -> Option<usize> {
        self.ping.as_ref().and_then(|ping| ping.what.variant())
    }

    /// The index of the message's variant that answers a ping.
    pub(super) fn pong(&self) -> Option<usize> {
        self.pong.as_ref().map(|pong| pong.what.index)
    }

    /// The message's variants that are such a sign.
    pub(super) fn of_message(&self) -> impl Iterator<Item = usize> {
        self.heartbeat.iter().map(|heartbeat| heartbeat.what).chain(self.pong())
    }
}
