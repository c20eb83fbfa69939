use streaming_runtime::{Client, bidi_streaming};
use ui::shapes::shapes::Relay;

struct Bots;

#[bidi_streaming(Relay)]
impl Bots {
    #[on(data)]
    async fn data(&self, _data: Vec<u8>) {}
}

struct Idle;

#[bidi_streaming(Relay)]
impl Idle {
    #[on_connect]
    async fn hello(&self, _client: &Client<Relay>) {}
}

fn main() {}
