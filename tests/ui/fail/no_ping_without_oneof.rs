use streaming_runtime::bidi_streaming;
use ui::shapes::{Packet, shapes::Relay};

struct Bots;

#[bidi_streaming(Relay)]
impl Bots {
    #[on_message]
    async fn relay(&self, _packet: Packet) {}

    #[ping]
    fn alive(&self, _sequence: u64) -> Packet {
        Packet::default()
    }
}

fn main() {}
