use streaming_runtime::bidi_streaming;
use ui::{pb::{self, trading_bots::Connect}, shapes::{Note, shapes::Control}};

struct Bots;

#[bidi_streaming(Connect)]
impl Bots {
    #[on(heartbeat)]
    async fn beat(&self, _beat: pb::Heartbeat) {}
}

#[bidi_streaming(Control)]
impl Bots {
    #[on(note, second_note)]
    async fn note(&self, _note: Note) {}

    #[on(text, r#type)]
    async fn text(&self, _text: String) {}
}

fn main() {}
