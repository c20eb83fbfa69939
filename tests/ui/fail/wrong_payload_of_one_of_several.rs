use streaming_runtime::bidi_streaming;
use ui::shapes::{Note, Up, shapes::Control};

struct Bots;

#[bidi_streaming(Control)]
impl Bots {
    #[on(note, text)]
    async fn note(&self, _note: Note) {}

    #[on_other]
    async fn rest(&self, _message: Up) {}
}

fn main() {}
