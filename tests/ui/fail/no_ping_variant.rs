use streaming_runtime::bidi_streaming;
use ui::shapes::{Note, Up, shapes::Control};

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

fn main() {}
