//! A request as it is counted and traced.

use std::task::Poll;

use tracing::Span;

use super::{Meters, sink::Began};
use crate::{contract::Contract, error::RequestError, id::ClientId, telemetry};

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Answered,
    Rejected,
    Timeout,
    Disconnected,
    Backlog,
    /// Whoever waited for the answer has gone.
    Abandoned,
    /// It was never written: there was no room for it, it was too large, or the hub drained.
    Refused,
}

impl Outcome {
    pub(super) const ALL: [Self; 7] = [
        Self::Answered,
        Self::Rejected,
        Self::Timeout,
        Self::Disconnected,
        Self::Backlog,
        Self::Abandoned,
        Self::Refused,
    ];

    fn failed(error: &RequestError) -> Self {
        match error {
            RequestError::Rejected(_) => Self::Rejected,
            RequestError::Timeout => Self::Timeout,
            RequestError::Disconnected { .. } => Self::Disconnected,
            RequestError::Backlog => Self::Backlog,
            _ => Self::Refused,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Rejected => "rejected",
            Self::Timeout => "timeout",
            Self::Disconnected => "disconnected",
            Self::Backlog => "backlog",
            Self::Abandoned => "abandoned",
            Self::Refused => "refused",
        }
    }
}

/// Looks on while a request is open.
#[derive(Debug)]
pub(crate) struct Watch {
    began: Began,
    /// What it is, should it be dropped now.
    outcome: Outcome,
    /// Lasts as long as the request.
    span: Span,
}

impl Watch {
    pub(crate) fn new<C: Contract>(meters: &Meters, client: &ClientId, id: &ClientId) -> Self {
        meters.open_requests.increment(1.0);
        let span = telemetry::request::<C>(client, id);
        Self { began: Began::now(), outcome: Outcome::Refused, span }
    }

    /// Sees what whoever waits for the answer sees.
    pub(crate) fn see<M>(&mut self, polled: &Poll<Result<M, RequestError>>) {
        match polled {
            Poll::Pending => self.waits(),
            Poll::Ready(outcome) => self.ended(outcome),
        }
    }

    /// The command is on its way: whoever drops the request from here on does not wait for the answer any more.
    pub(crate) fn waits(&mut self) {
        self.outcome = Outcome::Abandoned;
    }

    pub(crate) fn ended<M>(&mut self, outcome: &Result<M, RequestError>) {
        self.outcome = match outcome {
            Ok(_) => Outcome::Answered,
            Err(error) => Outcome::failed(error),
        };
    }

    /// The request is over.
    pub(crate) fn end(&self, meters: &Meters) {
        meters.request_ended(self.outcome, self.began);
        if !self.span.is_disabled() {
            self.span.record("outcome", self.outcome.name());
        }
    }
}
