use streaming_runtime::bidi_streaming;
use ui::shapes::{Up, shapes::Control};

struct Bots;

#[bidi_streaming(Control)]
impl Bots {
    #[on(level)]
    async fn level(&self, _level: i64) {}

    #[on_other]
    async fn rest(&self, _message: Up) {}
}

fn main() {}
