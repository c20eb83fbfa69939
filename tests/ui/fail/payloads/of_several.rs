use streaming_runtime::{Client, bidi_streaming};
use ui::shapes::{Up, shapes::{Control, Observe}};

struct Bots;

#[bidi_streaming(Control)]
impl Bots {
    // Wrong for both, which is said once.
    #[on(note, second_note)]
    async fn note(&self, _client: &Client<Observe>, _note: u8) -> Option<()> {
        None
    }

    // Right for one of them.
    #[on(text, level)]
    async fn text(&self, _text: String) {}

    #[on_other]
    async fn rest(&self, _message: Up) {}
}

fn main() {}
