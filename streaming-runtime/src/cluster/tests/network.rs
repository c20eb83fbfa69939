//! A network in memory: every node hears what it listens to at once and in order, unless a test takes it away.

use std::{
    collections::HashMap,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use futures_core::Stream;
use tokio::{
    sync::{
        mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
        oneshot, watch,
    },
    time::timeout,
};

use crate::cluster::{
    Carried, CarryError, Cluster, Connection, Deliveries, Delivery, ReplyTo, Subscription,
};

/// All nodes of a test are on one.
#[derive(Clone, Default)]
pub(super) struct Network(Arc<State>);

#[derive(Default)]
struct State {
    listeners: Mutex<Vec<Listener>>,
    replies: Mutex<HashMap<String, oneshot::Sender<Bytes>>>,
    next: AtomicU64,
    sent: Mutex<Vec<String>>,
}

struct Listener {
    id: u64,
    node: u64,
    subject: String,
    group: Option<&'static str>,
    sender: UnboundedSender<Delivery>,
}

/// One node's line to it.
#[derive(Clone)]
pub(super) struct Line {
    network: Network,
    node: u64,
    connection: Arc<watch::Sender<Connection>>,
    /// Whether what comes to it is lost, though others find it there.
    deaf: Arc<AtomicBool>,
    max_payload: Arc<AtomicUsize>,
}

impl Network {
    fn listeners(&self) -> MutexGuard<'_, Vec<Listener>> {
        self.0.listeners.lock().expect("no panic")
    }

    fn next(&self) -> u64 {
        self.0.next.fetch_add(1, Ordering::Relaxed)
    }

    pub(super) fn line(&self) -> Line {
        let connected = Connection { connected: true, times: 1 };
        Line {
            network: self.clone(),
            node: self.next(),
            connection: Arc::new(watch::Sender::new(connected)),
            deaf: Arc::default(),
            max_payload: Arc::new(AtomicUsize::new(1024 * 1024)),
        }
    }

    /// The subjects of all that was sent since the last look.
    pub(super) fn sent(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.sent.lock().expect("no panic"))
    }

    /// Gives it to those who listen. How many these are.
    fn deliver(&self, subject: &str, delivery: &Delivery) -> usize {
        self.0.sent.lock().expect("no panic").push(subject.to_owned());
        let listeners = self.listeners();
        let (mut reached, mut in_group) = (0, 0);
        for listener in listeners.iter().filter(|listener| listener.subject == subject) {
            in_group += usize::from(listener.group.is_some());
            if listener.group.is_none() || in_group == 1 {
                reached += usize::from(listener.sender.send(delivery.clone()).is_ok());
            }
        }
        reached
    }

    /// As a process that is killed: it listens to nothing any more.
    pub(super) fn kill(&self, line: &Line) {
        self.listeners().retain(|listener| listener.node != line.node);
        line.connection.send_modify(|now| now.connected = false);
    }
}

impl Line {
    /// Has the connection or not.
    pub(super) fn connect(&self, connected: bool) {
        self.connection.send_modify(|now| {
            now.connected = connected;
            now.times += u64::from(connected);
        });
    }

    pub(super) fn make_deaf(&self, deaf: bool) {
        self.deaf.store(deaf, Ordering::Relaxed);
    }

    pub(super) fn carry_at_most(&self, bytes: usize) {
        self.max_payload.store(bytes, Ordering::Relaxed);
    }

    fn check(&self, payload: &Bytes) -> Result<(), CarryError> {
        if !self.connection.borrow().connected {
            Err(CarryError::NotConnected)
        } else if payload.len() > self.max_payload.load(Ordering::Relaxed) {
            Err(CarryError::TooLarge)
        } else {
            Ok(())
        }
    }
}

/// What a node listens to.
struct Ears {
    line: Line,
    id: u64,
    receiver: UnboundedReceiver<Delivery>,
}

impl Ears {
    fn close(&self) {
        self.line.network.listeners().retain(|listener| listener.id != self.id);
    }
}

impl Stream for Ears {
    type Item = Delivery;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Delivery>> {
        while let Some(delivery) = ready!(self.receiver.poll_recv(cx)) {
            let line = &self.line;
            if line.connection.borrow().connected && !line.deaf.load(Ordering::Relaxed) {
                return Poll::Ready(Some(delivery));
            }
        }
        Poll::Ready(None)
    }
}

impl Subscription for Ears {
    fn stop(&mut self) -> Carried<'_, ()> {
        self.close();
        Box::pin(std::future::ready(Ok(())))
    }
}

impl Drop for Ears {
    fn drop(&mut self) {
        self.close();
    }
}

impl Cluster for Line {
    fn subscribe(&self, subject: String, group: Option<&'static str>) -> Carried<'_, Deliveries> {
        Box::pin(async move {
            let (sender, receiver) = unbounded_channel();
            let (id, node) = (self.network.next(), self.node);
            self.network.listeners().push(Listener { id, node, subject, group, sender });
            let ears: Deliveries = Box::new(Ears { line: self.clone(), id, receiver });
            Ok(ears)
        })
    }

    fn publish(&self, subject: String, payload: Bytes) -> Carried<'_, ()> {
        Box::pin(async move {
            self.check(&payload)?;
            self.network.deliver(&subject, &Delivery { payload, reply: None });
            Ok(())
        })
    }

    fn request(&self, subject: String, payload: Bytes, within: Duration) -> Carried<'_, Bytes> {
        Box::pin(async move {
            self.check(&payload)?;
            let (sender, answer) = oneshot::channel();
            let to = self.network.next().to_string();
            self.network.0.replies.lock().expect("no panic").insert(to.clone(), sender);
            let delivery = Delivery { payload, reply: Some(ReplyTo(to)) };
            if self.network.deliver(&subject, &delivery) == 0 {
                return Err(CarryError::NoResponders);
            }
            drop(delivery);
            match timeout(within, answer).await {
                Ok(Ok(answer)) => Ok(answer),
                Ok(Err(_)) | Err(_) => Err(CarryError::Unanswered),
            }
        })
    }

    fn respond(&self, to: &ReplyTo, payload: Bytes) -> Carried<'_, ()> {
        let waits = self.network.0.replies.lock().expect("no panic").remove(&to.0);
        Box::pin(async move {
            self.check(&payload)?;
            // Nobody waits any more where that fails.
            let _ = waits.map(|waits| waits.send(payload));
            Ok(())
        })
    }

    fn connection(&self) -> watch::Receiver<Connection> {
        self.connection.subscribe()
    }

    fn max_payload(&self) -> usize {
        self.max_payload.load(Ordering::Relaxed)
    }
}
