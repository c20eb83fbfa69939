//! What a session's figures are called: a hub's, or a link's, of which messages are what it sends.

use super::{
    COMMANDS, HANDLER_ERRORS, HANDLER_SECONDS, HANDLERS_DROPPED, LATE_REPLIES, MESSAGES, Metric,
    OPEN_REQUESTS, OUTBOX_FULL, REQUEST_SECONDS, REQUESTS, SEND_TIMEOUTS,
};
#[cfg(feature = "link")]
use super::{
    LINK_COMMANDS, LINK_HANDLER_ERRORS, LINK_HANDLER_SECONDS, LINK_HANDLERS_DROPPED,
    LINK_LATE_REPLIES, LINK_MESSAGES, LINK_OPEN_REQUESTS, LINK_OUTBOX_FULL, LINK_REQUEST_SECONDS,
    LINK_REQUESTS, LINK_SEND_TIMEOUTS,
};

/// The metric of each figure.
pub(super) struct Names {
    /// Whether sessions are counted themselves, and their pings: a link has one, which pings nobody.
    pub(super) sessions: bool,
    /// Of what is read.
    pub(super) read: Metric,
    pub(super) handler_seconds: Metric,
    pub(super) handler_errors: Metric,
    pub(super) handlers_dropped: Metric,
    /// Of what is sent.
    pub(super) sent: Metric,
    pub(super) outbox_full: Metric,
    pub(super) send_timeouts: Metric,
    pub(super) open_requests: Metric,
    pub(super) requests: Metric,
    pub(super) request_seconds: Metric,
    pub(super) late_replies: Metric,
}

pub(super) const OF_HUBS: Names = Names {
    sessions: true,
    read: MESSAGES,
    handler_seconds: HANDLER_SECONDS,
    handler_errors: HANDLER_ERRORS,
    handlers_dropped: HANDLERS_DROPPED,
    sent: COMMANDS,
    outbox_full: OUTBOX_FULL,
    send_timeouts: SEND_TIMEOUTS,
    open_requests: OPEN_REQUESTS,
    requests: REQUESTS,
    request_seconds: REQUEST_SECONDS,
    late_replies: LATE_REPLIES,
};

#[cfg(feature = "link")]
pub(super) const OF_LINKS: Names = Names {
    sessions: false,
    read: LINK_COMMANDS,
    handler_seconds: LINK_HANDLER_SECONDS,
    handler_errors: LINK_HANDLER_ERRORS,
    handlers_dropped: LINK_HANDLERS_DROPPED,
    sent: LINK_MESSAGES,
    outbox_full: LINK_OUTBOX_FULL,
    send_timeouts: LINK_SEND_TIMEOUTS,
    open_requests: LINK_OPEN_REQUESTS,
    requests: LINK_REQUESTS,
    request_seconds: LINK_REQUEST_SECONDS,
    late_replies: LINK_LATE_REPLIES,
};
