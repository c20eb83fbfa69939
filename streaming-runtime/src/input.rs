//! What a stream's messages are read from.

use std::task::{Context, Poll};

use futures_core::Stream as _;
use tonic::{Status, Streaming};

/// The messages of one stream.
pub(crate) struct Input<M> {
    stream: Streaming<M>,
    /// Who is told how it ends, and does not need it told by the messages.
    #[cfg(feature = "link")]
    ended: Option<Box<told::Ended<M>>>,
}

impl<M> From<Streaming<M>> for Input<M> {
    fn from(stream: Streaming<M>) -> Self {
        Self {
            stream,
            #[cfg(feature = "link")]
            ended: None,
        }
    }
}

impl<M> Input<M> {
    /// The next message; `None`: the peer has ended its side.
    pub(crate) fn poll_message(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<M, Status>>> {
        let stream = std::pin::Pin::new(&mut self.stream);
        #[cfg(feature = "link")]
        if let Some(ended) = &mut self.ended {
            let polled = stream.poll_next(cx);
            return ended.follow(&mut self.stream, polled, cx);
        }
        stream.poll_next(cx)
    }
}

#[cfg(feature = "link")]
mod told {
    use std::{
        error::Error as _,
        future::Future as _,
        pin::{Pin, pin},
        task::{Context, Poll, Waker},
        time::Duration,
    };

    use tokio::{
        sync::oneshot,
        time::{Instant, Sleep, sleep_until},
    };
    use tonic::{Code, Status, Streaming};

    use super::Input;

    /// Tells once how a stream has ended, and shows each message before. A peer from which nothing comes for too long has ended as well.
    pub(crate) struct Ended<M> {
        tell: Option<oneshot::Sender<Status>>,
        seen: Box<dyn Fn(&M) + Send>,
        silence: Option<Duration>,
        /// When the peer has been silent for too long; `None` where a message came last.
        due: Option<Instant>,
        /// Goes off then, or before.
        alarm: Option<Pin<Box<Sleep>>>,
    }

    impl<M> Ended<M> {
        pub(super) fn follow(
            &mut self,
            stream: &mut Streaming<M>,
            polled: Poll<Option<Result<M, Status>>>,
            cx: &mut Context<'_>,
        ) -> Poll<Option<Result<M, Status>>> {
            let status = match polled {
                Poll::Ready(Some(Ok(message))) => {
                    self.due = None;
                    (self.seen)(&message);
                    return Poll::Ready(Some(Ok(message)));
                }
                Poll::Pending => {
                    let Some(silence) = self.silence else { return Poll::Pending };
                    let due = *self.due.get_or_insert_with(|| Instant::now() + silence);
                    let alarm = self.alarm.get_or_insert_with(|| Box::pin(sleep_until(due)));
                    // Most of the time it was set before the last message, and goes off early: then it is set anew. So
                    // a message costs no change of a timer.
                    loop {
                        if alarm.as_mut().poll(cx).is_pending() {
                            return Poll::Pending;
                        }
                        if alarm.deadline() >= due {
                            break;
                        }
                        alarm.as_mut().reset(due);
                    }
                    Status::unavailable(format!("nothing came from the hub for {silence:?}"))
                }
                // A transport that is lost comes with a source and any code.
                Poll::Ready(Some(Err(status))) if status.source().is_some() => {
                    Status::unavailable(format!("the connection is lost: {}", status.message()))
                }
                Poll::Ready(Some(Err(status))) => status,
                Poll::Ready(None) => closed(stream),
            };
            if let Some(tell) = self.tell.take() {
                // Nobody listens where the link has ended.
                let _ = tell.send(status);
            }
            Poll::Ready(None)
        }
    }

    impl<M> Input<M> {
        /// Gives how it ends as well. Its messages then end without an error. `seen` is shown each of them when it is
        /// read.
        pub(crate) fn told(
            stream: Streaming<M>,
            silence: Option<Duration>,
            seen: impl Fn(&M) + Send + 'static,
        ) -> (Self, oneshot::Receiver<Status>) {
            let (tell, ended) = oneshot::channel();
            let ends =
                Ended { tell: Some(tell), seen: Box::new(seen), silence, due: None, alarm: None };
            (Self { stream, ended: Some(Box::new(ends)) }, ended)
        }
    }

    /// How a stream has ended whose status is `OK`: with its trailers.
    fn closed<M>(stream: &mut Streaming<M>) -> Status {
        let mut cx = Context::from_waker(Waker::noop());
        // They are there when the messages have ended.
        match pin!(stream.trailers()).poll(&mut cx) {
            Poll::Ready(Ok(Some(trailers))) => Status::with_metadata(Code::Ok, "", trailers),
            Poll::Ready(Err(status)) => status,
            Poll::Ready(Ok(None)) | Poll::Pending => Status::ok(""),
        }
    }
}
