//! Shares every note with everybody else, with no dependency but the runtime and tokio.

use streaming_runtime::{Client, Hub, HubConfig, bidi_streaming};

/// The generated code.
mod pb {
    streaming_runtime::include_proto!("_");
}
use pb::notes::{Service, Share, ShareCommands as _};

struct Everybody {
    hub: Hub<Share>,
}

#[bidi_streaming(pb::notes::Share)]
impl Everybody {
    #[on(text)]
    async fn text(&self, from: &Client<Share>, text: String) {
        self.hub.broadcast().except([from.id()]).text(text).await;
    }

    #[on(is_ping)]
    async fn ping(&self, _: bool) {}
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let hub = Hub::new(HubConfig::production())?;
    let service = Service::new(Everybody { hub: hub.clone() }, hub);
    let incoming = streaming_runtime::incoming("127.0.0.1:0")?;
    println!("listens on {}", incoming.local_addr()?);
    streaming_runtime::server().add_service(service).serve_with_incoming(incoming).await?;
    Ok(())
}
