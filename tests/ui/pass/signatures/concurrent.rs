use streaming_runtime::{Client, bidi_streaming, session::Handler};
use ui::shapes::{Note, Up, shapes::Control};

struct Bots;

#[bidi_streaming(Control)]
impl Bots {
    #[on(note, second_note, concurrent = 16)]
    async fn note(&self, _client: &Client<Control>, _note: Note) -> anyhow::Result<()> {
        Ok(())
    }

    // Where the `#[cfg]` is off, there is no lane.
    #[cfg(not(all()))]
    #[on(level, concurrent = 9)]
    async fn level(&self, _level: i32) {}

    #[on(concurrent = 1, text,)]
    async fn text(&self, _text: String) {}

    #[on(type)]
    async fn kind(&self, _kind: String) {}

    #[on_other]
    async fn rest(&self, _message: Up) {}
}

fn main() {
    fn lanes<H: Handler<Control>>(_: &H) -> (&'static [usize], [Option<usize>; 8]) {
        let variants = [Some(0), Some(1), Some(2), Some(3), Some(4), Some(6), Some(900), None];
        (H::LANES, variants.map(H::lane))
    }
    let (limits, lanes) = lanes(&Bots);
    assert_eq!(limits, [16, 1]);
    assert_eq!(lanes, [Some(0), Some(0), None, Some(1), None, None, None, None]);
}
