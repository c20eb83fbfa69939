//! Connections that fail: some are cut, some fall silent and nobody is told.

use std::{
    net::SocketAddr,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use hyper_util::rt::TokioIo;
use tokio::{
    io::{DuplexStream, copy_bidirectional, duplex},
    net::TcpStream,
    sync::watch,
    time::sleep,
};
use tonic::transport::{Channel, Endpoint, Uri};
use tower::service_fn;

use super::COUNTS;

/// How long a silent connection stays so before it is cut: longer than the server's patience.
const SILENCE: Duration = Duration::from_secs(7);

/// Channels whose connections fail now and then, and are made anew when they are next used.
pub(super) struct Wires(Vec<Wire>);

struct Wire {
    channel: Channel,
    /// Changes when the connection that it has is to fail; whether in silence.
    fails: watch::Sender<bool>,
}

impl Wires {
    pub(super) fn new(addr: SocketAddr, count: usize) -> Self {
        Self((0..count).map(|_| Wire::new(addr)).collect())
    }

    /// Any of them.
    pub(super) fn any(&self) -> Channel {
        self.0[fastrand::usize(..self.0.len())].channel.clone()
    }

    /// Lets one after the other fail until everybody leaves.
    pub(super) async fn fail(self: Arc<Self>, mut left: watch::Receiver<bool>) {
        loop {
            tokio::select! {
                _ = left.changed() => return,
                () = sleep(Duration::from_millis(500)) => {}
            }
            COUNTS.faults.fetch_add(1, Ordering::Relaxed);
            self.0[fastrand::usize(..self.0.len())].fails.send_replace(fastrand::bool());
        }
    }
}

impl Wire {
    fn new(addr: SocketAddr) -> Self {
        let fails = watch::Sender::new(false);
        let failing = fails.clone();
        let connect = service_fn(move |_: Uri| {
            let fails = failing.subscribe();
            async move {
                let tcp = TcpStream::connect(addr).await?;
                tcp.set_nodelay(true)?;
                let (near, far) = duplex(64 * 1024);
                tokio::spawn(carry(far, tcp, fails));
                Ok::<_, std::io::Error>(TokioIo::new(near))
            }
        });
        // Small enough that a client that does not read holds up the server.
        let endpoint = Endpoint::from_static("http://soak").initial_stream_window_size(64 * 1024);
        Self { channel: endpoint.connect_with_connector_lazy(connect), fails }
    }
}

/// Carries bytes until the connection ends or is to fail.
async fn carry(mut near: DuplexStream, mut tcp: TcpStream, mut fails: watch::Receiver<bool>) {
    let failed = tokio::select! {
        _ = copy_bidirectional(&mut near, &mut tcp) => false,
        failed = fails.changed() => failed.is_ok(),
    };
    if failed {
        if *fails.borrow() {
            sleep(SILENCE).await;
        }
        // A reset instead of a proper end; where that is not possible it is a proper end.
        let _ = tcp.set_zero_linger();
    }
}
