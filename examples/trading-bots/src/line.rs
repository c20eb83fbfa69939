//! The line between a bot and the server, which can be pulled: what a lost network looks like.

use std::{io, net::SocketAddr};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// A line on a loopback port of its own.
pub(crate) struct Line {
    pub(crate) addr: SocketAddr,
    plugged: watch::Sender<bool>,
}

impl Line {
    /// One that leads to `server`, and is plugged in.
    pub(crate) async fn to(server: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let addr = listener.local_addr()?;
        let (plugged, seen) = watch::channel(true);
        tokio::spawn(async move {
            while let Ok((bot, _)) = listener.accept().await {
                tokio::spawn(carry(bot, server, seen.clone()));
            }
        });
        Ok(Self { addr, plugged })
    }

    /// Cuts its connection, and each that comes, until it is plugged in again.
    pub(crate) fn plug(&self, plugged: bool) {
        self.plugged.send_replace(plugged);
    }
}

/// Carries one connection until either end or the line is gone.
async fn carry(mut bot: TcpStream, server: SocketAddr, mut plugged: watch::Receiver<bool>) {
    let carried = async {
        let mut server = TcpStream::connect(server).await?;
        bot.set_nodelay(true)?;
        server.set_nodelay(true)?;
        copy_bidirectional(&mut bot, &mut server).await
    };
    tokio::select! {
        // However it ended, both ends see it.
        _ = carried => {}
        _ = plugged.wait_for(|plugged| !plugged) => {}
    }
}
