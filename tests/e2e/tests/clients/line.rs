//! A line between a client and its hub that can be cut.

use std::{net::SocketAddr, sync::Arc};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{JoinHandle, JoinSet},
};

/// Where the line leads, and whether it holds.
#[derive(Clone, Copy)]
struct State {
    to: SocketAddr,
    holds: bool,
    cuts: usize,
}

/// A line to a server. It ends with this.
pub(crate) struct Line {
    pub(crate) addr: SocketAddr,
    state: Arc<watch::Sender<State>>,
    task: JoinHandle<()>,
}

impl Line {
    pub(crate) async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let addr = listener.local_addr().expect("a bound socket");
        let state = Arc::new(watch::Sender::new(State { to: server, holds: true, cuts: 0 }));
        let states = state.clone();
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                connections.spawn(connection(client, states.subscribe()));
            }
        });
        Self { addr, state, task }
    }

    /// Closes all connections; those that are made from now on wait for [`mend`](Self::mend).
    pub(crate) fn cut(&self) {
        self.state.send_modify(|state| {
            state.holds = false;
            state.cuts += 1;
        });
    }

    /// Connections get through again, to this server.
    pub(crate) fn mend(&self, server: SocketAddr) {
        self.state.send_modify(|state| {
            state.to = server;
            state.holds = true;
        });
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn connection(mut client: TcpStream, mut states: watch::Receiver<State>) {
    let cuts = states.borrow().cuts;
    let Ok(State { to, .. }) = states.wait_for(|state| state.holds).await.map(|state| *state)
    else {
        return;
    };
    // A server that is gone is as good as a cut.
    let Ok(mut server) = TcpStream::connect(to).await else { return };
    tokio::select! {
        _ = copy_bidirectional(&mut client, &mut server) => {}
        _ = states.wait_for(|state| state.cuts > cuts) => {}
    }
}
