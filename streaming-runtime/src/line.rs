//! The handler of one client's ordered line.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

/// The handler that runs, if one does. It lies in memory of its own, which the next one takes over, so that a stream at
/// rest keeps none.
pub(crate) struct Line<F>(Option<Pin<Box<Option<F>>>>);

impl<F: Future> Line<F> {
    pub(crate) fn new() -> Self {
        Self(None)
    }

    pub(crate) fn runs(&self) -> bool {
        self.0.as_ref().is_some_and(|place| place.is_some())
    }

    /// Where the next handler is put: made there, it need not be moved.
    pub(crate) fn place(&mut self) -> Pin<&mut Option<F>> {
        self.0.get_or_insert_with(|| Box::pin(None)).as_mut()
    }

    /// What came of the handler; `None`: none runs.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<F::Output>> {
        let Some(place) = &mut self.0 else { return Poll::Ready(None) };
        let Some(handler) = place.as_mut().as_pin_mut() else { return Poll::Ready(None) };
        let output = ready!(handler.poll(cx));
        place.set(None);
        Poll::Ready(Some(output))
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future::{Ready, pending, ready},
        task::Waker,
    };

    use futures_util::future::Either;

    use super::*;

    #[test]
    fn handlers_run_one_after_the_other_in_the_same_place() {
        let mut cx = Context::from_waker(Waker::noop());
        let mut line = Line::new();
        assert_eq!(line.poll(&mut cx), Poll::Ready(None), "nothing has begun");
        line.place().set(Some(Either::Left(ready(1))));
        let place: *const Option<Either<Ready<u8>, _>> = line.place().as_ref().get_ref();
        assert!(line.runs());
        assert_eq!(line.poll(&mut cx), Poll::Ready(Some(1)));
        assert!(!line.runs());
        assert_eq!(line.poll(&mut cx), Poll::Ready(None), "it has ended");
        line.place().set(Some(Either::Right(pending())));
        assert_eq!(line.poll(&mut cx), Poll::Pending);
        assert!(line.runs());
        assert!(std::ptr::eq(place, line.place().as_ref().get_ref()), "it was moved");
    }
}
