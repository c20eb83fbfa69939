//! A cluster over NATS.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

pub use async_nats;

use async_nats::{
    Client, ConnectOptions, Event, Request, ServerAddr, Subject, Subscriber,
    client::{PublishErrorKind, RequestErrorKind},
    rustls::crypto::{CryptoProvider, ring},
};
use bytes::Bytes;
use futures_core::Stream;
use futures_util::StreamExt as _;
use tokio::{sync::watch, time::timeout};

use super::{
    Carried, CarryError, Cluster, Connection, Deliveries, Delivery, ReplyTo, Subscription,
};

/// How often the server is asked whether it is there, unless it is set.
const PING: Duration = Duration::from_secs(5);

/// The pause between two attempts to connect. Always the same: the later a node is back, the longer its clients are
/// unreachable.
const RECONNECT: Duration = Duration::from_millis(100);

/// What a server accepts unless it is told otherwise, until it has said so.
const MAX_PAYLOAD: usize = 1024 * 1024;

/// Nodes that know each other over NATS. Cheap to clone; clones share the connection.
///
/// Hubs of several contracts can share one, each with a clone.
///
/// ```no_run
/// # use streaming_runtime::{Contract, Hub, NatsCluster};
/// # async fn example<C: Contract>() -> Result<(), Box<dyn std::error::Error>> {
/// let cluster = NatsCluster::connect("nats://127.0.0.1:4222").await?;
/// let hub: Hub<C> = Hub::builder().cluster(cluster).build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct NatsCluster {
    client: Client,
    /// What its subjects begin with.
    deployment: String,
    connection: watch::Receiver<Connection>,
}

/// How to reach NATS. Made by [`NatsCluster::builder`].
#[must_use = "nothing is connected yet"]
pub struct NatsBuilder {
    url: String,
    deployment: String,
    ping: Duration,
    options: ConnectOptions,
}

/// The settings do not do: an address is none, a file cannot be read, the deployment's name is not one.
#[derive(Debug)]
pub struct NatsError(String);

impl fmt::Display for NatsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NatsError {}

impl NatsCluster {
    /// Over the NATS server at this address, `nats://host:4222`, or several of them with commas between.
    ///
    /// Does not wait for it: where it is not there, it is tried until it is, and clients of this node are served meanwhile.
    ///
    /// # Errors
    /// An address is none.
    pub async fn connect(url: impl Into<String>) -> Result<Self, NatsError> {
        Self::builder(url).connect().await
    }

    /// The same with credentials, TLS and a deployment of its own.
    pub fn builder(url: impl Into<String>) -> NatsBuilder {
        NatsBuilder {
            url: url.into(),
            deployment: "default".to_owned(),
            ping: PING,
            options: ConnectOptions::new(),
        }
    }

    fn subject(&self, subject: &str) -> Subject {
        format!("streaming.{}.{subject}", self.deployment).into()
    }

    fn connected(&self) -> Result<(), CarryError> {
        if self.connection.borrow().connected { Ok(()) } else { Err(CarryError::NotConnected) }
    }
}

impl NatsBuilder {
    /// Tells nodes that share a NATS server and not a cluster apart: production and staging, say. Letters, digits, `-` and
    /// `_`. Default `default`.
    pub fn deployment(mut self, name: impl Into<String>) -> Self {
        self.deployment = name.into();
        self
    }

    /// How often the server is asked whether it is there; 5 s by default. One that has left two of these unanswered is left for
    /// another with the third: by default after 15 s. What is sent to it until then is lost. Zero is refused by
    /// [`connect`](Self::connect).
    pub fn ping_interval(mut self, interval: Duration) -> Self {
        self.ping = interval;
        self
    }

    /// A user and its password.
    pub fn user_and_password(
        mut self,
        user: impl Into<String>,
        password: impl Into<String>,
    ) -> Self {
        self.options = self.options.user_and_password(user.into(), password.into());
        self
    }

    /// A token.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.options = self.options.token(token.into());
        self
    }

    /// All else that [`async_nats`] can set: root certificates, a client's certificate, a file of credentials (feature
    /// `nats-nkeys`). What the cluster needs is set afterwards: how often it tries, pings, and the callback for events.
    ///
    /// ```
    /// # use std::convert::Infallible;
    /// # use streaming_runtime::{NatsCluster, cluster::nats::NatsError};
    /// # fn example() -> Result<(), NatsError> {
    /// let builder = NatsCluster::builder("tls://nats:4222")
    ///     .options(|nats| Ok::<_, Infallible>(nats.add_root_certificates("/etc/nats/ca.pem".into())))?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// What `change` returns.
    pub fn options<E: fmt::Display>(
        mut self,
        change: impl FnOnce(ConnectOptions) -> Result<ConnectOptions, E>,
    ) -> Result<Self, NatsError> {
        self.options = change(self.options).map_err(|error| NatsError(error.to_string()))?;
        Ok(self)
    }

    /// Begins to connect.
    ///
    /// TLS is rustls', with the provider that the process has installed, else with ring, which is then the process's.
    ///
    /// # Errors
    /// An address is none, the deployment's name holds other characters than letters, digits, `-` and `_`, or the ping interval
    /// is zero.
    pub async fn connect(self) -> Result<NatsCluster, NatsError> {
        let Self { url, deployment, ping, options } = self;
        let servers = url.split(',').map(server).collect::<Result<Vec<_>, _>>()?;
        let kept = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if deployment.is_empty() || !deployment.chars().all(kept) {
            return Err(NatsError(format!(
                "`{deployment}` is no name of a deployment; it has letters, digits, `-` and `_`"
            )));
        }
        if ping.is_zero() {
            return Err(NatsError("`ping_interval` is zero; 1 s or more is usual".to_owned()));
        }
        // Without one, rustls panics where a program has more than one to choose from.
        if CryptoProvider::get_default().is_none() {
            // Somebody else was faster where that fails.
            let _ = ring::default_provider().install_default();
        }
        let (state, connection) = watch::channel(Connection::default());
        let client = options
            .retry_on_initial_connect()
            .max_reconnects(None)
            .ping_interval(ping)
            .reconnect_delay_callback(
                |attempts| if attempts > 1 { RECONNECT } else { Duration::ZERO },
            )
            .event_callback(move |event| {
                match &event {
                    Event::Connected => state.send_modify(|now| {
                        now.connected = true;
                        now.times += 1;
                    }),
                    Event::Disconnected | Event::Closed => {
                        state.send_modify(|now| now.connected = false);
                    }
                    _ => {}
                }
                tracing::info!(%event, "NATS");
                std::future::ready(())
            })
            .connect(servers)
            .await
            .map_err(|error| NatsError(error.to_string()))?;
        Ok(NatsCluster { client, deployment, connection })
    }
}

/// One address. An error shows it without user and password.
fn server(addr: &str) -> Result<ServerAddr, NatsError> {
    let addr = addr.trim();
    let none = |why: &dyn fmt::Display| {
        let shown = addr.rsplit_once('@').map_or(addr, |(_, shown)| shown);
        NatsError(format!("`{shown}` is no address of a NATS server: {why}"))
    };
    let server: ServerAddr = addr.parse().map_err(|error: std::io::Error| none(&error))?;
    if server.host().is_empty() { Err(none(&"it names no host")) } else { Ok(server) }
}

impl Cluster for NatsCluster {
    fn subscribe(&self, subject: String, group: Option<&'static str>) -> Carried<'_, Deliveries> {
        let subject = self.subject(&subject);
        Box::pin(async move {
            let subscribed = match group {
                Some(group) => self.client.queue_subscribe(subject, group.to_owned()).await,
                None => self.client.subscribe(subject).await,
            };
            let subscriber = subscribed.map_err(|_| CarryError::NotConnected)?;
            let deliveries: Deliveries = Box::new(Messages(subscriber));
            Ok(deliveries)
        })
    }

    fn publish(&self, subject: String, payload: Bytes) -> Carried<'_, ()> {
        let subject = self.subject(&subject);
        Box::pin(async move {
            self.connected()?;
            self.client.publish(subject, payload).await.map_err(|error| match error.kind() {
                PublishErrorKind::MaxPayloadExceeded => CarryError::TooLarge,
                _ => CarryError::NotConnected,
            })
        })
    }

    fn request(&self, subject: String, payload: Bytes, within: Duration) -> Carried<'_, Bytes> {
        let subject = self.subject(&subject);
        Box::pin(async move {
            self.connected()?;
            let request = Request::new().payload(payload).timeout(Some(within));
            // Its own timeout begins once the request was handed over, which takes long where the connection is lost.
            let answered = timeout(within, self.client.send_request(subject, request)).await;
            let answered = answered.map_err(|_| CarryError::Unanswered)?;
            answered.map(|message| message.payload).map_err(|error| match error.kind() {
                RequestErrorKind::NoResponders => CarryError::NoResponders,
                RequestErrorKind::MaxPayloadExceeded => CarryError::TooLarge,
                _ => CarryError::Unanswered,
            })
        })
    }

    fn respond(&self, to: &ReplyTo, payload: Bytes) -> Carried<'_, ()> {
        let subject = Subject::from(to.0.clone());
        Box::pin(async move {
            self.connected()?;
            self.client.publish(subject, payload).await.map_err(|_| CarryError::NotConnected)
        })
    }

    fn connection(&self) -> watch::Receiver<Connection> {
        self.connection.clone()
    }

    fn max_payload(&self) -> usize {
        self.client.try_server_info().map_or(MAX_PAYLOAD, |info| info.max_payload)
    }
}

/// The messages of one subscription to NATS.
struct Messages(Subscriber);

impl Stream for Messages {
    type Item = Delivery;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Delivery>> {
        self.0.poll_next_unpin(cx).map(|message| {
            message.map(|message| Delivery {
                payload: message.payload,
                reply: message.reply.map(|reply| ReplyTo(reply.to_string())),
            })
        })
    }
}

impl Subscription for Messages {
    fn stop(&mut self) -> Carried<'_, ()> {
        Box::pin(async { self.0.drain().await.map_err(|_| CarryError::NotConnected) })
    }
}

impl fmt::Debug for NatsCluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let connection = *self.connection.borrow();
        f.debug_tuple("NatsCluster").field(&self.deployment).field(&connection).finish()
    }
}

impl fmt::Debug for NatsBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the address, which may hold a password.
        f.debug_tuple("NatsBuilder").field(&self.deployment).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_interval_of_nothing_is_refused() {
        let builder = NatsCluster::builder("nats://127.0.0.1:1").ping_interval(Duration::ZERO);
        let error = builder.connect().await.expect_err("zero").to_string();
        assert!(error.starts_with("`ping_interval` is zero"), "{error}");
    }

    #[tokio::test]
    async fn an_address_that_is_none_is_refused_and_its_password_is_not_told() {
        for (url, told) in [
            ("", "`` is no address of a NATS server: it names no host"),
            ("nats://one:4222, ", "`` is no address of a NATS server: it names no host"),
            ("http://u:secret@nats:80", "`nats:80` is no address of a NATS server: "),
            ("nats://u:secret@nats:port", "`nats:port` is no address of a NATS server: "),
        ] {
            let error = NatsCluster::connect(url).await.expect_err(url).to_string();
            assert!(error.starts_with(told) && !error.contains("secret"), "{error}");
        }
    }
}
