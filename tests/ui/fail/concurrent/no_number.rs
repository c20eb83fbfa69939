use streaming_runtime::bidi_streaming;
use ui::shapes::{Up, shapes::Control};

const LIMIT: usize = 4;

struct Bots;

#[bidi_streaming(Control)]
impl Bots {
    #[on(text, concurrent = LIMIT)]
    async fn text(&self, _text: String) {}

    #[on(type, concurrent =)]
    async fn kind(&self, _kind: String) {}

    #[on(level, concurrent(4))]
    async fn level(&self, _level: i32) {}

    #[on(bye, concurrent)]
    async fn bye(&self) {}

    #[on_other]
    async fn rest(&self, _message: Up) {}
}

fn main() {}
