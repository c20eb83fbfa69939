//! How an attempt or a stream ended, and what comes after it.

use std::time::Duration;

use tonic::{Code, Status};

use super::Lost;
use crate::{contract::Goodbye, status::PUSHBACK};

/// Nobody is told to stay away for longer.
const LONGEST: Duration = Duration::from_hours(365 * 24);
/// Whoever is told to come back at once takes a breath: it may be told so for ever.
const SOONEST: Duration = Duration::from_millis(100);

/// What comes after an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Another attempt, when the backoff says.
    Again,
    /// Another attempt, when the hub says.
    After(Duration),
    /// Nothing: another stream of this client's has its place now; unless that is one of its own.
    Replaced,
    /// Nothing: it is of no use to come back.
    Nothing,
}

/// The hub has said goodbye on this stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Farewell {
    /// How long to stay away, if it said so.
    after: Option<Duration>,
    replaced: bool,
    /// Whether the bot was told.
    pub(super) heard: bool,
}

impl Farewell {
    pub(super) fn new(goodbye: &Goodbye<'_>) -> Self {
        let after = goodbye.reconnect_after;
        Self { after, replaced: goodbye.reason == REPLACED, heard: false }
    }
}

/// The reason of a stream whose client has another one now, in trailers and goodbyes.
const REPLACED: &str = "replaced";

impl Next {
    /// Both words of the hub's, of which the one that ends it for good counts.
    pub(super) fn of(status: &Status, farewell: Option<Farewell>) -> Self {
        let told = farewell.map_or(Self::Again, |farewell| match farewell.after {
            _ if farewell.replaced => Self::Replaced,
            Some(Duration::MAX) => Self::Nothing,
            Some(after) => Self::after(after),
            None => Self::Again,
        });
        let last = matches!(
            status.code(),
            Code::Unauthenticated
                | Code::PermissionDenied
                | Code::InvalidArgument
                | Code::Unimplemented
                | Code::FailedPrecondition
        );
        let replaced = Lost { status: status.clone(), retry_at: None }.reason() == REPLACED;
        match (told, pushback(status)) {
            (Self::Nothing, _) | (_, Self::Nothing) => Self::Nothing,
            _ if last => Self::Nothing,
            (Self::Replaced, _) => Self::Replaced,
            _ if replaced => Self::Replaced,
            (Self::Again, pushback) => pushback,
            (told, _) => told,
        }
    }

    fn after(after: Duration) -> Self {
        Self::After(after.clamp(SOONEST, LONGEST))
    }
}

/// What the trailer says. As gRPC's own retries have it, less than 0 is for good; what is no number says nothing, since a
/// client that stays away for good must be told so in clear words.
fn pushback(status: &Status) -> Next {
    let told = status.metadata().get(PUSHBACK).and_then(|told| told.to_str().ok()?.parse().ok());
    told.map_or(Next::Again, |millis: i64| {
        u64::try_from(millis)
            .map_or(Next::Nothing, |millis| Next::after(Duration::from_millis(millis)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::Reason;

    const CODES: [Code; 17] = [
        Code::Ok,
        Code::Cancelled,
        Code::Unknown,
        Code::InvalidArgument,
        Code::DeadlineExceeded,
        Code::NotFound,
        Code::AlreadyExists,
        Code::PermissionDenied,
        Code::ResourceExhausted,
        Code::FailedPrecondition,
        Code::Aborted,
        Code::OutOfRange,
        Code::Unimplemented,
        Code::Internal,
        Code::Unavailable,
        Code::DataLoss,
        Code::Unauthenticated,
    ];

    fn pushed_back(code: Code, millis: &str) -> Status {
        let mut status = Status::new(code, "");
        status.metadata_mut().insert(PUSHBACK, millis.parse().expect("a header"));
        status
    }

    fn said(reason: &str, reconnect_after: Option<Duration>) -> Farewell {
        Farewell::new(&Goodbye { reason, reconnect_after })
    }

    #[test]
    fn five_codes_are_for_good_and_the_others_are_tried_again() {
        let last =
            CODES.into_iter().filter(|code| Next::of(&Status::new(*code, ""), None) != Next::Again);
        let last: Vec<_> = last.collect();
        assert_eq!(
            last,
            [
                Code::InvalidArgument,
                Code::PermissionDenied,
                Code::FailedPrecondition,
                Code::Unimplemented,
                Code::Unauthenticated
            ]
        );
        for code in last {
            let whatever_else = pushed_back(code, "5");
            let goodbye = said("drained", Some(Duration::from_secs(1)));
            assert_eq!(Next::of(&whatever_else, Some(goodbye)), Next::Nothing, "{code:?}");
        }
    }

    #[test]
    fn a_pushback_says_when_and_one_below_zero_never() {
        let after = |millis| Next::After(Duration::from_millis(millis));
        let soonest = Next::After(SOONEST);
        for (told, next) in [
            ("1500", after(1500)),
            ("30000", after(30_000)),
            ("0", soonest),
            ("1", soonest),
            ("-1", Next::Nothing),
            ("-9223372036854775808", Next::Nothing),
            ("9223372036854775807", Next::After(LONGEST)),
            ("9223372036854775808", Next::Again),
            ("99999999999999999999999", Next::Again),
            ("", Next::Again),
            ("soon", Next::Again),
            ("1.5", Next::Again),
            ("1500 ", Next::Again),
        ] {
            assert_eq!(Next::of(&pushed_back(Code::Unavailable, told), None), next, "{told:?}");
        }
        let (far, now) = (LONGEST, tokio::time::Instant::now());
        assert!(now.checked_add(far).is_some(), "the clock can count that far");
    }

    #[test]
    fn a_goodbye_says_when_or_never_and_comes_before_a_pushback() {
        let open = Status::ok("");
        let second = Duration::from_secs(1);
        assert_eq!(Next::of(&open, Some(said("drained", None))), Next::Again);
        assert_eq!(Next::of(&open, Some(said("drained", Some(second)))), Next::After(second));
        assert_eq!(Next::of(&open, Some(said("drained", Some(Duration::MAX)))), Next::Nothing);
        let nearly = Duration::MAX.saturating_sub(second);
        assert_eq!(Next::of(&open, Some(said("", Some(nearly)))), Next::After(LONGEST));
        assert_eq!(Next::of(&open, Some(said("replaced", Some(second)))), Next::Replaced);
        let pushed_back = pushed_back(Code::Unavailable, "5000");
        assert_eq!(Next::of(&pushed_back, Some(said("", Some(second)))), Next::After(second));
        assert_eq!(Next::of(&pushed_back, Some(said("", None))), Next::After(5 * second));
    }

    #[test]
    fn whoever_was_replaced_does_not_chase_its_successor() {
        assert_eq!(Next::of(&Reason::Replaced.status(), None), Next::Replaced);
        assert_eq!(Next::of(&Reason::StreamAge.status(), None), Next::Again);
        assert_eq!(Next::of(&Reason::heard(), None), Next::Again);
    }
}
