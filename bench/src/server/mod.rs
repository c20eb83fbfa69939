//! The servers that are compared. Each prints its address, then answers lines on its standard input.

mod asking;
mod by_hand;
mod duty;
mod hub;

use std::{
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tonic::{body::Body, codegen::Service, codegen::http, server::NamedService};

use crate::{
    seen::Tally,
    settings::{Kind, ServerSettings},
};

pub(crate) use asking::serve as serve_asking;

/// What a server has seen itself.
#[derive(Clone)]
pub(crate) struct Shared(Arc<Mutex<Tally>>);

impl Shared {
    fn new() -> Self {
        Self(Arc::new(Mutex::new(Tally::new())))
    }

    fn with<T>(&self, work: impl FnOnce(&mut Tally) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Serves one side on a free loopback port until it is ended.
pub(crate) async fn serve(settings: ServerSettings) -> anyhow::Result<()> {
    let tally = Shared::new();
    match settings.kind {
        Kind::Tonic | Kind::TonicJson => {
            let service = by_hand::ByHand::new(&settings);
            tokio::spawn(duty::perform(service.clients(), settings.duty, tally.clone()));
            tokio::spawn(answer(tally, || None));
            listen(service.server()).await
        }
        Kind::Hub | Kind::Published | Kind::Centrifugo => {
            let hub = hub::hub(&settings)?;
            let dropped = hub.dropped();
            tokio::spawn(duty::perform(hub.hub.clone(), settings.duty, tally.clone()));
            tokio::spawn(answer(tally, dropped));
            listen(hub.service(settings.duty)).await
        }
        Kind::GrpcGo | Kind::Grpcio => anyhow::bail!("it is a program of its own"),
    }
}

/// Both kinds under the same server, which is the hub's own: windows, keep-alive, no Nagle.
async fn listen<S>(service: S) -> anyhow::Result<()>
where
    S: Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible>
        + NamedService
        + Clone
        + Send
        + Sync
        + 'static,
    S::Future: Send + 'static,
{
    let incoming = streaming_runtime::incoming("127.0.0.1:0")?;
    println!("{}", incoming.local_addr()?);
    streaming_runtime::server().add_service(service).serve_with_incoming(incoming).await?;
    Ok(())
}

/// `begin` counts anew, `end` tells what there was.
async fn answer(tally: Shared, dropped: impl Fn() -> Option<u64>) -> anyhow::Result<()> {
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    let mut before = dropped();
    while let Some(line) = lines.next_line().await? {
        if line == "begin" {
            before = dropped();
            tally.with(Tally::reset);
            println!("begun");
        } else {
            let mut seen = tally.with(|tally| Tally::seen(tally));
            seen.dropped = dropped().zip(before).map(|(now, before)| now - before);
            println!("{}", serde_json::to_string(&seen)?);
        }
    }
    Ok(())
}
