use streaming_runtime::bidi_streaming;
use ui::shapes::{Note, shapes::Control};

struct Bots;

#[bidi_streaming(Control)]
impl Bots {
    #[on(note, second_note)]
    async fn note(&self, _note: Note) {}

    #[on(text, r#type)]
    async fn text(&self, _text: String) {}
}

fn main() {}
