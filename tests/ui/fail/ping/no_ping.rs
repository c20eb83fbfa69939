use streaming_runtime::bidi_streaming;
use ui::shapes::{Note, Packet, Up, shapes::{Control, Relay}};

struct Bots;

#[bidi_streaming(Control)]
impl Bots {
    #[on_other]
    async fn rest(&self, _message: Up) {}

    #[ping]
    fn alive(&self, _sequence: u64) -> Note {
        Note::default()
    }
}

#[bidi_streaming(Relay)]
impl Bots {
    #[on_message]
    async fn relay(&self, _packet: Packet) {}

    #[ping]
    fn packet(&self, _sequence: u64) -> Packet {
        Packet::default()
    }
}

fn main() {}
