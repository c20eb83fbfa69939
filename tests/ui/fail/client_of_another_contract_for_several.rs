use streaming_runtime::{Client, bidi_streaming};
use ui::shapes::{Note, Up, shapes::Control, shapes::Observe};

struct Bots;

#[bidi_streaming(Control)]
impl Bots {
    #[on(note, second_note)]
    async fn note(&self, _client: &Client<Observe>, _note: Note) -> Option<()> {
        None
    }

    #[on_other]
    async fn rest(&self, _client: &Client<Observe>, _message: Up) {}
}

fn main() {}
