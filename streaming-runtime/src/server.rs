//! A tonic server for long-lived streams: plain tonic types with settings that hold.

use std::{
    io,
    net::{SocketAddr, ToSocketAddrs},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use futures_core::Stream;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpSocket, TcpStream},
    time::{Sleep, sleep},
};
use tonic::transport::server::{Connected, Server, TcpConnectInfo, TcpIncoming};

/// The client's first bytes on an HTTP/2 connection (RFC 9113, section 3.4).
const PREFACE: usize = 24;
const PREFACE_TIMEOUT: Duration = Duration::from_secs(10);

/// So many connections may wait to be accepted, where the system allows it.
const BACKLOG: u32 = 4096;

/// A tonic [`Server`] whose windows, keep-alives and limits suit many long-lived streams. All of it can be changed.
///
/// - Stream windows of 64 KiB in connection windows of 16 MiB: a burst of small messages to a slow handler is held
///   back instead of costing the connection (h2 from 0.4.16 closes one on too many small unread frames), a stalled
///   stream does not stall its neighbours, and a client that never reads pins little memory.
/// - HTTP/2 keep-alive pings every 30 s, answered within 20 s: the next hop only, proxies answer for themselves.
/// - hyper's own limits, which tonic takes away unless they are set: 1,000 streams per connection, 1,024 local error
///   resets, 50 pending accept resets, 16 KiB of headers.
#[must_use]
pub fn server() -> Server {
    Server::builder()
        .initial_stream_window_size(64 * 1024)
        .initial_connection_window_size(16 * 1024 * 1024)
        .http2_keepalive_interval(Some(Duration::from_secs(30)))
        .http2_keepalive_timeout(Some(Duration::from_secs(20)))
        .max_concurrent_streams(1000)
        .http2_max_local_error_reset_streams(Some(1024))
        .http2_max_pending_accept_reset_streams(Some(50))
        .http2_max_header_list_size(16 * 1024)
}

/// Listens on `addr` and gives connections for `serve_with_incoming`: without Nagle's delay, with TCP keep-alive, and
/// each closed if its HTTP/2 preface is not there within 10 s. (tonic's `serve(addr)` has no such guard.) 4,096 of them may
/// wait to be accepted, where the system allows it, so that a crowd can come back at once.
///
/// # Errors
/// What binding gives: an address in use, for instance.
pub fn incoming(addr: impl ToSocketAddrs) -> io::Result<Incoming> {
    let mut failed = io::Error::new(io::ErrorKind::InvalidInput, "there is no such address");
    for addr in addr.to_socket_addrs()? {
        match listen(addr) {
            Ok(listener) => {
                let inner = TcpIncoming::from(listener)
                    .with_nodelay(Some(true))
                    .with_keepalive(Some(Duration::from_mins(1)));
                return Ok(Incoming { inner });
            }
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

/// As std does it, but for the backlog: std's of 128 turns away most of a crowd that comes back at once.
fn listen(addr: SocketAddr) -> io::Result<TcpListener> {
    let socket = if addr.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // On Windows it would let others take the port.
    #[cfg(not(windows))]
    socket.set_reuseaddr(true)?;
    socket.bind(addr)?;
    socket.listen(BACKLOG)
}

/// Connections, see [`incoming`].
#[derive(Debug)]
pub struct Incoming {
    inner: TcpIncoming,
}

impl Incoming {
    /// The address that it listens on: with the port that was chosen, where 0 was asked for.
    ///
    /// # Errors
    /// What the socket gives.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.inner.local_addr()
    }
}

impl Stream for Incoming {
    type Item = io::Result<Guarded>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = ready!(Pin::new(&mut self.inner).poll_next(cx));
        Poll::Ready(next.map(|stream| stream.map(Guarded::new)))
    }
}

/// A connection that is closed if its preface does not come in time.
#[derive(Debug)]
pub struct Guarded {
    stream: TcpStream,
    /// Until the preface was read: how much of it is missing, and when patience ends.
    missing: Option<(usize, Pin<Box<Sleep>>)>,
}

impl Guarded {
    fn new(stream: TcpStream) -> Self {
        Self { stream, missing: Some((PREFACE, Box::pin(sleep(PREFACE_TIMEOUT)))) }
    }
}

impl Connected for Guarded {
    type ConnectInfo = TcpConnectInfo;

    fn connect_info(&self) -> TcpConnectInfo {
        self.stream.connect_info()
    }
}

impl AsyncRead for Guarded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        let Some((missing, timeout)) = &mut self.missing else {
            return read;
        };
        if read.is_pending() {
            ready!(timeout.as_mut().poll(cx));
            let text = "the connection's HTTP/2 preface did not come in time";
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, text)));
        }
        *missing = missing.saturating_sub(buf.filled().len() - before);
        if *missing == 0 {
            self.missing = None;
        }
        read
    }
}

impl AsyncWrite for Guarded {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        time::{Instant, timeout},
    };

    use super::*;

    /// A connection, from the client's side and from the server's.
    async fn connection() -> (TcpStream, Guarded) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let client = TcpStream::connect(listener.local_addr().expect("bound")).await;
        let (stream, _) = listener.accept().await.expect("a connection");
        (client.expect("a listener"), Guarded::new(stream))
    }

    /// Reads until the guard says no; gives how much there was, and after which time.
    async fn guarded(stream: &mut Guarded) -> (usize, Duration) {
        let start = Instant::now();
        let mut read = 0;
        loop {
            match stream.read(&mut [0; 64]).await {
                Ok(0) => panic!("the client has closed"),
                Ok(bytes) => read += bytes,
                Err(error) => {
                    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
                    return (read, start.elapsed());
                }
            }
        }
    }

    /// The timer's own fineness.
    fn is_about(time: Duration, expected: Duration) -> bool {
        time >= expected && time < expected + Duration::from_millis(10)
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_never_speaks_is_closed_in_time() {
        let (_client, mut stream) = connection().await;
        let (read, after) = guarded(&mut stream).await;
        assert!(read == 0 && is_about(after, PREFACE_TIMEOUT), "{read} bytes, {after:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn half_a_preface_is_none() {
        let (mut client, mut stream) = connection().await;
        client.write_all(&[b'x'; PREFACE - 1]).await.expect("an open connection");
        let (read, after) = guarded(&mut stream).await;
        assert!(read == PREFACE - 1 && is_about(after, PREFACE_TIMEOUT), "{read}, {after:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn after_its_preface_a_connection_may_be_silent() {
        let (mut client, mut stream) = connection().await;
        client.write_all(&[b'x'; PREFACE]).await.expect("an open connection");
        let mut preface = [0; PREFACE];
        stream.read_exact(&mut preface).await.expect("the preface");
        let silence = timeout(1000 * PREFACE_TIMEOUT, stream.read(&mut preface));
        assert!(silence.await.is_err(), "it was closed");
        // And works in both directions.
        client.write_all(b"more").await.expect("an open connection");
        assert_eq!(stream.read(&mut preface).await.expect("an open connection"), 4);
        stream.write_all(b"back").await.expect("an open connection");
        assert_eq!(client.read(&mut preface).await.expect("an open connection"), 4);
    }

    #[tokio::test]
    async fn a_crowd_that_comes_back_at_once_is_not_turned_away() {
        let incoming = incoming("127.0.0.1:0").expect("a free port");
        let addr = incoming.local_addr().expect("bound");
        let mut connections = Vec::new();
        // Nobody has accepted one so far.
        for number in 0..300 {
            let connection = timeout(Duration::from_mins(1), TcpStream::connect(addr)).await;
            let connection = connection.unwrap_or_else(|_| panic!("{number} have filled it"));
            connections.push(connection.expect("a listener"));
        }
    }

    #[tokio::test]
    async fn incoming_listens_where_it_says() {
        let mut incoming = incoming("127.0.0.1:0").expect("a free port");
        let addr = incoming.local_addr().expect("bound");
        assert_ne!(addr.port(), 0);
        let client = TcpStream::connect(addr).await.expect("a listener");
        let next = std::future::poll_fn(|cx| Pin::new(&mut incoming).poll_next(cx)).await;
        let stream = next.expect("it goes on").expect("a connection");
        let connection = stream.connect_info();
        assert_eq!(connection.remote_addr(), client.local_addr().ok());
        assert!(stream.stream.nodelay().expect("an open connection"));
        assert!(super::incoming(addr).is_err(), "the address is in use");
    }
}
