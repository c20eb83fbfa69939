use streaming_runtime::bidi_streaming;
use ui::shapes::{Up, asking::Prove};

struct Bots;

#[bidi_streaming(Prove)]
impl Bots {
    #[cfg(not(all()))]
    #[authenticate]
    async fn who(&self, _handshake: &Handshake) -> Result<Identity, Status> {}

    #[on_message]
    async fn everything(&self, _message: Up) {}
}

fn main() {}
