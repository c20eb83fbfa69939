use streaming_runtime::bidi_streaming;
use ui::shapes::shapes::Relay;

struct Bots;

#[bidi_streaming(Relay)]
impl Bots {
    #[on(data)]
    async fn data(&self, _data: Vec<u8>) {}
}

fn main() {}
