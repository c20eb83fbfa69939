use streaming_runtime::bidi_streaming;
use ui::shapes::{Up, asking::Prove};

struct Bots;

#[bidi_streaming(Prove)]
impl Bots {
    #[on_message]
    async fn everything(&self, _message: Up) {}
}

fn main() {}
