//! A connection between a bot and the server with something wrong with it.

use std::{net::SocketAddr, time::Duration};

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
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Line {
    /// They pass.
    Open,
    /// None pass, and nobody is told.
    Still,
    /// Few pass at a time.
    Slow,
    /// None pass any more, and both sides get a reset.
    Cut,
}

const CHUNK: usize = 16 * 1024;

/// Carries one connection to the server.
pub(crate) struct Proxy {
    pub(crate) addr: SocketAddr,
    line: watch::Sender<Line>,
}

impl Proxy {
    pub(crate) async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let addr = listener.local_addr().expect("a bound socket");
        let (line, changes) = watch::channel(Line::Open);
        tokio::spawn(async move {
            let (bot, _) = listener.accept().await.expect("a bot");
            let server = TcpStream::connect(server).await.expect("the server");
            carry(bot, server, changes).await;
        });
        Self { addr, line }
    }

    pub(crate) fn set(&self, line: Line) {
        self.line.send_replace(line);
    }
}

async fn carry(bot: TcpStream, server: TcpStream, mut line: watch::Receiver<Line>) {
    for stream in [&bot, &server] {
        stream.set_nodelay(true).expect("an open socket");
        stream.set_zero_linger().expect("an open socket");
    }
    let (from_bot, to_bot) = bot.into_split();
    let (from_server, to_server) = server.into_split();
    let up = pump(from_bot, to_server, line.clone());
    let down = pump(from_server, to_bot, line.clone());
    tokio::select! {
        _ = async { tokio::join!(up, down) } => {}
        _ = line.wait_for(|line| *line == Line::Cut) => {}
    }
}

/// Carries bytes in one direction until its source ends.
async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut line: watch::Receiver<Line>) {
    let mut chunk = vec![0; CHUNK];
    while let Ok(read @ 1..) = from.read(&mut chunk).await {
        // What was read is held as well. Where the proxy is gone nothing changes any more.
        let slow = line.wait_for(|line| *line != Line::Still).await;
        if slow.is_ok_and(|line| *line == Line::Slow) {
            sleep(Duration::from_millis(1)).await;
        }
        if to.write_all(&chunk[..read]).await.is_err() {
            return;
        }
    }
}
