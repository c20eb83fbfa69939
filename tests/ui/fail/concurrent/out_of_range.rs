use streaming_runtime::bidi_streaming;
use ui::shapes::{Up, shapes::Control};

struct Bots;

#[bidi_streaming(Control)]
impl Bots {
    #[on(text, concurrent = 0)]
    async fn text(&self, _text: String) {}

    #[on(type, concurrent = -4)]
    async fn kind(&self, _kind: String) {}

    #[on(level, concurrent = 65_536)]
    async fn level(&self, _level: i32) {}

    #[on_other]
    async fn rest(&self, _message: Up) {}
}

fn main() {}
