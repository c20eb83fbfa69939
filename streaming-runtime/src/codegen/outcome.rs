//! From what a handler returns to a [`Failure`], without losing a `Status` on the way.
//!
//! Boxing an `anyhow::Error` hides its outermost error, so the `Status` is looked up before, in errors that lend their
//! chain. Which errors do, generated code finds out by method look-up (autoref): it calls
//! `(&Probe::<R>::new()).kind()`, which takes [`Lends`] where it can and [`Hides`] elsewhere, and gives the kind to
//! [`Outcome::outcome`] or one of its kin.

use std::{error::Error, fmt, marker::PhantomData};

use crate::{
    error::{BoxError, Failure, find_status},
    identity::Identity,
};

/// What a callback, `#[session]` and the methods that take whole messages may return. `K` says how its error is read.
#[diagnostic::on_unimplemented(
    message = "a handler returns `()` or `Result<(), E>`, not `{Self}`",
    label = "not a handler's result",
    note = "an answer is what the `#[on(..)]` of a variant that asks for one returns",
    note = "`E` is whatever `?` turns into a boxed error: `Status`, `anyhow::Error`, any `std::error::Error + Send + Sync`"
)]
pub trait Outcome<K> {
    /// The result as the hub carries it.
    ///
    /// # Errors
    /// What the handler returned.
    fn outcome(self, kind: K) -> Result<(), Failure>;
}

impl<K> Outcome<K> for () {
    fn outcome(self, _: K) -> Result<(), Failure> {
        Ok(())
    }
}

impl<K, E: Fault<K>> Outcome<K> for Result<(), E> {
    fn outcome(self, _: K) -> Result<(), Failure> {
        self.map_err(Fault::fault)
    }
}

/// What `#[authenticate]` returns.
#[diagnostic::on_unimplemented(
    message = "`#[authenticate]` returns `Result<Identity, E>`, not `{Self}`",
    label = "expected `Result<Identity, E>`",
    note = "an `Err` refuses the stream; a `Status` in it is what the client sees"
)]
pub trait Identified<K> {
    /// The identity.
    ///
    /// # Errors
    /// What the method returned.
    fn identified(self, kind: K) -> Result<Identity, Failure>;
}

impl<K, E: Fault<K>> Identified<K> for Result<Identity, E> {
    fn identified(self, _: K) -> Result<Identity, Failure> {
        self.map_err(Fault::fault)
    }
}

/// What a handler may fail with. It is a trait of its own for the sake of its message.
#[diagnostic::on_unimplemented(
    message = "a handler cannot fail with `{Self}`",
    label = "`?` does not turn its error into a boxed one",
    note = "use `Status`, `anyhow::Error` or any `std::error::Error + Send + Sync`"
)]
pub trait Fault<K> {
    /// The failure.
    fn fault(self) -> Failure;
}

#[diagnostic::do_not_recommend]
impl<E: Into<BoxError>> Fault<Boxed> for E {
    fn fault(self) -> Failure {
        Failure::new(self)
    }
}

#[diagnostic::do_not_recommend]
impl<E: AsRef<dyn Error> + Into<BoxError>> Fault<Chained> for E {
    fn fault(self) -> Failure {
        let status = find_status(self.as_ref());
        Failure::with_status(self, status)
    }
}

/// What `#[on_error]` may return.
#[diagnostic::on_unimplemented(
    message = "`#[on_error]` returns `()`, not `{Self}`",
    label = "nobody would see this",
    note = "it is the last place that an error reaches"
)]
pub trait Nothing: Sized {
    /// Drops it.
    fn nothing(self) {}
}

impl Nothing for () {}

/// Errors that lend their chain.
#[derive(Clone, Copy, Debug)]
pub struct Chained;

/// Errors that must be boxed to be read.
#[derive(Clone, Copy, Debug)]
pub struct Boxed;

/// Asks how the error of the result `R` is read.
pub struct Probe<R>(PhantomData<fn() -> R>);

impl<R> Probe<R> {
    /// The question.
    #[must_use]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<R> Default for Probe<R> {
    fn default() -> Self {
        Self::new()
    }
}

impl<R> fmt::Debug for Probe<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Probe")
    }
}

/// Results whose error lends its chain.
pub trait Lends {
    /// The answer.
    fn kind(&self) -> Chained {
        Chained
    }
}

impl<T, E: AsRef<dyn Error> + Into<BoxError>> Lends for Probe<Result<T, E>> {}

/// All other results, those that are none among them: of these the traits above speak.
pub trait Hides {
    /// The answer.
    fn kind(&self) -> Boxed {
        Boxed
    }
}

impl<R> Hides for &Probe<R> {}

#[cfg(test)]
#[expect(clippy::needless_borrow, reason = "as generated code asks, and the kind hangs on it")]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Wrapped(tonic::Status);

    impl fmt::Display for Wrapped {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("wrapped")
        }
    }

    impl Error for Wrapped {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }

    /// Lends its chain, and hides the outermost error when it is boxed: what `anyhow::Error` does.
    struct Report(Box<dyn Error + Send + Sync>);

    impl AsRef<dyn Error> for Report {
        fn as_ref(&self) -> &(dyn Error + 'static) {
            &*self.0
        }
    }

    impl From<Report> for BoxError {
        fn from(report: Report) -> Self {
            report.0.to_string().into()
        }
    }

    fn failure<K, R: Outcome<K>>(result: R, kind: K) -> Failure {
        result.outcome(kind).expect_err("an error")
    }

    #[test]
    fn a_status_behind_a_report_is_found() {
        let report = Report(Box::new(tonic::Status::not_found("no such bot")));
        let kind = (&Probe::<Result<(), Report>>::new()).kind();
        assert_eq!(failure(Err(report), kind).status().code(), tonic::Code::NotFound);
    }

    #[test]
    fn a_status_is_itself_and_is_found_behind_a_source() {
        let status = tonic::Status::not_found("no such bot");
        let kind = (&Probe::<Result<(), tonic::Status>>::new()).kind();
        assert_eq!(failure(Err(status.clone()), kind).status().code(), tonic::Code::NotFound);
        let kind = (&Probe::<Result<(), Wrapped>>::new()).kind();
        assert_eq!(failure(Err(Wrapped(status)), kind).status().code(), tonic::Code::NotFound);
    }

    #[test]
    fn a_boxed_error_is_boxed_once_and_a_text_is_an_error() {
        let kind = (&Probe::<Result<(), BoxError>>::new()).kind();
        let full = failure(Err(BoxError::from("full")), kind);
        assert_eq!(full.status().code(), tonic::Code::Internal);
        assert_eq!(full.to_string(), "full");
        let kind = (&Probe::<Result<(), String>>::new()).kind();
        assert_eq!(failure(Err(String::from("full")), kind).to_string(), "full");
    }
}
