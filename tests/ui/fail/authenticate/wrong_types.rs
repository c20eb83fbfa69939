use streaming_runtime::{Handshake, bidi_streaming};
use ui::shapes::{Packet, Up, asking::Prove, shapes::Relay};

struct Bots;

#[bidi_streaming(Prove)]
impl Bots {
    #[authenticate]
    async fn who(&self, token: &str) -> Result<String, std::io::Error> {
        Ok(token.to_owned())
    }

    #[on_message]
    async fn everything(&self, _message: Up) {}
}

#[bidi_streaming(Relay)]
impl Bots {
    #[authenticate]
    async fn anybody(&self, _handshake: &Handshake) {}

    #[on_message]
    async fn relay(&self, _packet: Packet) {}
}

fn main() {}
