use streaming_runtime::bidi_streaming;
use ui::shapes::{Level, Note, Up, shapes::Control};

struct Bots;

#[bidi_streaming(Control)]
impl Bots {
    // An enum as its type.
    #[on(level)]
    async fn level(&self, level: Level) {
        assert_eq!(level, Level::High);
    }

    // A scalar; a variant named as a keyword.
    #[on(text, type)]
    async fn text(&self, _text: String) {}

    // Boxed by prost.
    #[on(nested)]
    async fn nested(&self, _up: Up) {}

    #[on(note, second_note)]
    async fn note(&self, _: Note) {}

    #[on(bye, blank)]
    async fn nothing(&self) {}
}

fn main() {
    ui::takes::<Control>(Bots);
}
