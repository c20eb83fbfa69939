//! A channel whose items arrive late, as a line's delay says.

use std::sync::Arc;

use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    time::{Instant, sleep_until},
};

use super::line::Line;

pub(super) struct Sender<T> {
    line: Arc<Line>,
    items: UnboundedSender<(Instant, T)>,
}

pub(super) struct Receiver<T>(UnboundedReceiver<(Instant, T)>);

pub(super) fn channel<T>(line: &Arc<Line>) -> (Sender<T>, Receiver<T>) {
    let (items, receiver) = unbounded_channel();
    (Sender { line: line.clone(), items }, Receiver(receiver))
}

impl<T> Sender<T> {
    /// Where nobody receives any more, the item is gone.
    pub(super) fn send(&self, item: T) {
        let _ = self.items.send((Instant::now() + self.line.faults().delay, item));
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self { line: self.line.clone(), items: self.items.clone() }
    }
}

impl<T> Receiver<T> {
    /// Loses an item where it is dropped while that is on its way.
    pub(super) async fn recv(&mut self) -> Option<T> {
        let (due, item) = self.0.recv().await?;
        if due > Instant::now() {
            sleep_until(due).await;
        }
        Some(item)
    }
}
