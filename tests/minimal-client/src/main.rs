//! Shares a note and prints those of others, with no dependency but the runtime and tokio. Built alone, it has no server.

use streaming_runtime::{Link, SendError, bidi_streaming};

/// The generated code.
mod pb {
    streaming_runtime::include_proto!("_");
}
use pb::notes::{Share, ShareMessages as _};

struct Somebody;

#[bidi_streaming(pb::notes::Share, client)]
impl Somebody {
    #[on_connect]
    async fn here(&self, hub: &Link<Share>) -> Result<(), SendError> {
        hub.text("here I am".to_owned()).await
    }

    #[on(text)]
    async fn text(&self, text: String) {
        println!("{text}");
    }

    #[on(is_ping)]
    async fn ping(&self, _: bool) {}
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let link = Link::<Share>::builder("http://127.0.0.1:50051").client_id("somebody").build()?;
    link.run(Somebody).await.map_err(|lost| lost.status.into())
}
