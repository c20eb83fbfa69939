//! The names: what is not here is not counted.

/// A metric as docs/operations.md has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metric {
    /// As Prometheus reads it: `streaming_connects_total`.
    pub name: &'static str,
    /// How it moves.
    pub kind: Kind,
    /// `seconds`, `bytes`, or what is counted.
    pub unit: &'static str,
    /// The names of its labels.
    pub labels: &'static [&'static str],
    /// What it says.
    pub description: &'static str,
}

/// How a metric moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Tells how values are distributed.
    Histogram,
}

impl Kind {
    /// As docs spell it: `counter`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// A constant for each metric, and all of them.
macro_rules! catalog {
    ($($constant:ident: $kind:ident $name:literal in $unit:literal by [$($label:literal)*], $description:literal;)*) => {
        $(
            #[doc = concat!("`", $name, "`: ", $description, ".")]
            pub const $constant: Metric = Metric {
                name: $name,
                kind: Kind::$kind,
                unit: $unit,
                labels: &[$($label),*],
                description: $description,
            };
        )*

        /// Every metric there is.
        pub const ALL: &[Metric] = &[$($constant),*];
    };
}

catalog! {
    CONNECTED: Gauge "streaming_connected_clients" in "clients" by ["rpc"],
        "clients that are connected";
    AWAY: Gauge "streaming_away_clients" in "clients" by ["rpc"],
        "clients whose stream is lost and that may come back to their session";
    CONNECTS: Counter "streaming_connects_total" in "sessions" by ["rpc"],
        "sessions that began";
    RESUMES: Counter "streaming_resumes_total" in "streams" by ["rpc"],
        "streams that went on with a session";
    DISCONNECTS: Counter "streaming_disconnects_total" in "sessions" by ["rpc" "reason"],
        "sessions that ended, by the trailer `streaming-end`";
    REFUSALS: Counter "streaming_refusals_total" in "streams" by ["rpc" "reason"],
        "streams that never became a session, by the trailer `streaming-end`";
    MESSAGES: Counter "streaming_messages_total" in "messages" by ["rpc" "variant"],
        "messages that were read from sessions";
    HANDLER_SECONDS: Histogram "streaming_handler_duration_seconds" in "seconds" by ["rpc" "variant"],
        "how long handlers of messages took that were not done at once, from their first wait on";
    HANDLER_ERRORS: Counter "streaming_handler_errors_total" in "errors" by ["rpc" "variant"],
        "handlers and callbacks that failed or panicked";
    HANDLERS_DROPPED: Counter "streaming_handlers_dropped_total" in "handlers" by ["rpc"],
        "handlers that outlived their stream by more than `handler_grace`";
    COMMANDS: Counter "streaming_commands_total" in "commands" by ["rpc" "outcome"],
        "commands that an outbox took, without pings and bare acks, by what became of them";
    OUTBOX_FULL: Counter "streaming_outbox_full_total" in "commands" by ["rpc" "policy"],
        "commands that found a full outbox, by the overflow policy";
    SEND_TIMEOUTS: Counter "streaming_send_timeouts_total" in "commands" by ["rpc"],
        "commands that waited for room longer than `send_timeout`";
    OPEN_REQUESTS: Gauge "streaming_open_requests" in "requests" by ["rpc"],
        "requests that wait for an answer";
    REQUESTS: Counter "streaming_requests_total" in "requests" by ["rpc" "outcome"],
        "requests that ended, by how";
    REQUEST_SECONDS: Histogram "streaming_request_duration_seconds" in "seconds" by ["rpc"],
        "how long requests took that were answered, queueing included";
    LATE_REPLIES: Counter "streaming_late_replies_total" in "messages" by ["rpc"],
        "replies that nobody waited for any more";
    PING_SECONDS: Histogram "streaming_ping_round_trip_seconds" in "seconds" by ["rpc"],
        "round trips of answered pings";
    CLUSTER_CONNECTED: Gauge "streaming_cluster_connected" in "nodes" by ["rpc"],
        "1 where the node is connected to its cluster, else 0";
    CLUSTER_NODES: Gauge "streaming_cluster_nodes" in "nodes" by ["rpc"],
        "nodes that this one hears, itself included";
    CLUSTER_MISSING: Gauge "streaming_cluster_missing_nodes" in "nodes" by ["rpc"],
        "nodes that fell silent without a goodbye";
    CLUSTER_CALLS: Counter "streaming_cluster_calls_total" in "calls" by ["rpc" "outcome"],
        "sends and requests to clients that are not on this node, by how they ended";
    LINKS: Gauge "streaming_links" in "links" by ["rpc" "state"],
        "links that run, by what they are doing";
    LINK_ATTEMPTS: Counter "streaming_link_attempts_total" in "attempts" by ["rpc" "outcome"],
        "attempts of links to open a stream, by what came of them";
    LINK_LOSSES: Counter "streaming_link_losses_total" in "streams" by ["rpc" "code"],
        "streams of links that were lost, by their status";
    LINK_QUEUE: Gauge "streaming_link_queued_messages" in "messages" by ["rpc"],
        "messages that wait in the queues of links";
    LINK_MESSAGES: Counter "streaming_link_messages_total" in "messages" by ["rpc" "outcome"],
        "messages that a link's queue took, without heartbeats and bare acks, by what became of them";
    LINK_OUTBOX_FULL: Counter "streaming_link_outbox_full_total" in "messages" by ["rpc" "policy"],
        "messages that found a full queue, by the overflow policy";
    LINK_SEND_TIMEOUTS: Counter "streaming_link_send_timeouts_total" in "messages" by ["rpc"],
        "messages that waited for room longer than `send_timeout`";
    LINK_COMMANDS: Counter "streaming_link_commands_total" in "commands" by ["rpc" "variant"],
        "commands that links have read";
    LINK_HANDLER_SECONDS: Histogram "streaming_link_handler_duration_seconds" in "seconds" by ["rpc" "variant"],
        "how long handlers of commands took that were not done at once, from their first wait on";
    LINK_HANDLER_ERRORS: Counter "streaming_link_handler_errors_total" in "errors" by ["rpc" "variant"],
        "handlers and callbacks of links that failed or panicked";
    LINK_HANDLERS_DROPPED: Counter "streaming_link_handlers_dropped_total" in "handlers" by ["rpc"],
        "handlers that outlived their link by more than `handler_grace`";
    LINK_OPEN_REQUESTS: Gauge "streaming_link_open_requests" in "requests" by ["rpc"],
        "requests of links that wait for the hub's answer";
    LINK_REQUESTS: Counter "streaming_link_requests_total" in "requests" by ["rpc" "outcome"],
        "requests of links that ended, by how";
    LINK_REQUEST_SECONDS: Histogram "streaming_link_request_duration_seconds" in "seconds" by ["rpc"],
        "how long requests of links took that were answered, queueing included";
    LINK_LATE_REPLIES: Counter "streaming_link_late_replies_total" in "commands" by ["rpc"],
        "answers of hubs that nobody waited for any more";
    PUBLICATIONS: Counter "streaming_publications_total" in "publications" by ["outcome"],
        "publications, by what became of them";
    PUBLISHER_QUEUE: Gauge "streaming_publisher_queued_publications" in "publications" by [],
        "publications that wait to be sent";
    PUBLISHER_QUEUE_BYTES: Gauge "streaming_publisher_queued_bytes" in "bytes" by [],
        "their channels and data";
    PUBLISHER_SECONDS: Histogram "streaming_publisher_request_duration_seconds" in "seconds" by [],
        "how long requests to the publishing server took that were answered";
    PUBLISHER_RETRIES: Counter "streaming_publisher_retries_total" in "requests" by [],
        "requests that repeated a batch";
    BREAKER_STATE: Gauge "streaming_publisher_breaker_state" in "state" by [],
        "the publisher's circuit breaker: 0 closed, 1 half open, 2 open";
}
