use streaming_runtime::bidi_streaming;
use ui::shapes::{Packet, shapes::Relay};

struct Nobody;

#[bidi_streaming(Relay, client)]
impl Nobody {
    async fn packet(&self, _packet: Packet) {}
}

struct Somebody;

#[bidi_streaming(Relay, client)]
impl Somebody {
    #[on(data)]
    async fn packet(&self, _data: Vec<u8>) {}
}

fn main() {}
