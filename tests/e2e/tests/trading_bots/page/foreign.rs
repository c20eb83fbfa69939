//! A bot that comes from elsewhere, and says what it likes.

use std::{net::SocketAddr, time::Duration};

use e2e::pb::{
    self,
    trading_bots::{Connect, ConnectMessages as _},
};
use streaming_runtime::{Link, bidi_streaming, tonic::Status};

/// Would put an element into the page, and run.
pub(crate) const MARKUP: &str = "<img src=x onerror=\"pwned = 1\"><script>pwned = 2</script>";

struct Foreign;

#[bidi_streaming(pb::trading_bots::Connect, client)]
impl Foreign {
    #[on(start)]
    async fn start(&self, _: pb::Start) -> Result<(), Status> {
        Err(Status::invalid_argument(format!("no, {MARKUP}")))
    }

    #[on(stop)]
    async fn stop(&self, _: pb::Stop) {}

    #[on(request_config_schema)]
    async fn schema(&self) -> Result<pb::ConfigSchema, Status> {
        let json = format!("{{\"title\": {MARKUP:?}}}");
        Ok(pb::ConfigSchema { json, ..pb::ConfigSchema::default() })
    }
}

/// Connects one of this name, and has it trade in what is no symbol.
pub(crate) async fn connect(server: SocketAddr, id: &str) -> Link<Connect> {
    let beat = || {
        let beat = pb::Heartbeat { cpu: 0.1, memory_bytes: 1 << 20 };
        let payload = Some(pb::bot_message::Payload::Heartbeat(beat));
        pb::BotMessage { payload, ..pb::BotMessage::default() }
    };
    let link = Link::<Connect>::builder(format!("http://{server}"))
        .client_id(id)
        .heartbeat(Duration::from_secs(1), beat)
        .build()
        .expect("a link");
    let running = link.clone();
    tokio::spawn(async move { running.run(Foreign).await });
    trade(&link).await;
    link
}

pub(crate) async fn trade(link: &Link<Connect>) {
    let trade =
        pb::Trade { symbol: MARKUP.into(), side: pb::Side::Buy.into(), price: 1.0, quantity: 2.0 };
    link.trade(trade).await.expect("it is queued");
}
