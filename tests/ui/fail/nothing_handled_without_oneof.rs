use streaming_runtime::{Client, bidi_streaming};
use ui::shapes::shapes::Relay;

struct Bots;

#[bidi_streaming(Relay)]
impl Bots {
    #[on_connect]
    async fn hello(&self, _bot: &Client<Relay>) {}
}

fn main() {}
