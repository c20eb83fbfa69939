//! Connections between clients and a server with something wrong with them.

use std::{
    mem,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    time::sleep,
};

/// What happens to bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// They pass.
    Open,
    /// Few pass at a time, each so late.
    Late(Duration),
    /// None pass, and nobody is told.
    Still,
    /// None of the client's pass, and nobody is told.
    Mute,
    /// None of the server's pass, and nobody is told.
    Deaf,
    /// None pass any more, and both sides get a reset.
    Cut,
}

const CHUNK: usize = 16 * 1024;

/// Carries connections to a server, all on the same line.
#[derive(Debug)]
pub struct Proxy {
    /// Where clients find it.
    pub addr: SocketAddr,
    line: Arc<Mutex<watch::Sender<Line>>>,
}

impl Proxy {
    /// To this server, on an open line.
    ///
    /// # Panics
    /// Where no port is free.
    pub async fn to(server: SocketAddr) -> Self {
        let line = Arc::new(Mutex::new(watch::Sender::new(Line::Open)));
        let now = Arc::downgrade(&line);
        let addr = carry_each(server, move || subscribed(&now)).await;
        Self { addr, line }
    }

    /// From now on the line is like this.
    pub fn set(&self, line: Line) {
        self.line.lock().unwrap_or_else(PoisonError::into_inner).send_replace(line);
    }

    /// The connections that are there get a reset; the line is open for the next.
    pub fn reset(&self) {
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        // A line that nobody keeps is cut.
        drop(mem::replace(&mut *line, watch::Sender::new(Line::Open)));
    }
}

/// The line as it is now; where its proxy is gone, one that is cut.
fn subscribed(line: &Weak<Mutex<watch::Sender<Line>>>) -> watch::Receiver<Line> {
    match line.upgrade() {
        Some(line) => line.lock().unwrap_or_else(PoisonError::into_inner).subscribe(),
        None => watch::channel(Line::Cut).1,
    }
}

/// Carries each connection to a server on the line that `line` gives for it; gives the address where clients find it.
///
/// # Panics
/// Where no port is free.
pub async fn carry_each(
    server: SocketAddr,
    mut line: impl FnMut() -> watch::Receiver<Line> + Send + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let addr = listener.local_addr().expect("a bound socket");
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let line = line();
            tokio::spawn(async move {
                // A server that is not there is not there for the client either.
                if let Ok(server) = TcpStream::connect(server).await {
                    carry(client, server, line).await;
                }
            });
        }
    });
    addr
}

async fn carry(client: TcpStream, server: TcpStream, mut line: watch::Receiver<Line>) {
    for stream in [&client, &server] {
        stream.set_nodelay(true).expect("an open socket");
        stream.set_zero_linger().expect("an open socket");
    }
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let up = pump(from_client, to_server, Line::Mute, line.clone());
    let down = pump(from_server, to_client, Line::Deaf, line.clone());
    tokio::select! {
        _ = async { tokio::join!(up, down) } => {}
        _ = line.wait_for(|line| *line == Line::Cut) => {}
    }
}

/// Carries bytes in one direction until its source ends. It is dead where the line is as `dead`.
async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    dead: Line,
    mut line: watch::Receiver<Line>,
) {
    let mut chunk = vec![0; CHUNK];
    while let Ok(read @ 1..) = from.read(&mut chunk).await {
        // What was read is held as well. Where the proxy is gone nothing changes any more.
        let passes = line.wait_for(|line| *line != Line::Still && *line != dead).await;
        let late = passes.map(|line| *line);
        if let Ok(Line::Late(late)) = late {
            sleep(late).await;
        }
        if to.write_all(&chunk[..read]).await.is_err() {
            return;
        }
    }
}
