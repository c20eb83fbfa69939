use streaming_runtime::bidi_streaming;
use ui::shapes::{Up, asking::{Name, Visit}};

struct Bots;

// From a header: nobody needs to authenticate.
#[bidi_streaming(Name)]
impl Bots {
    #[on_message]
    async fn named(&self, _message: Up) {}
}

// Made up by the hub.
#[bidi_streaming(Visit)]
impl Bots {
    #[on_message]
    async fn visit(&self, _message: Up) {}
}

fn main() {
    ui::takes::<Name>(Bots);
    ui::takes::<Visit>(Bots);
}
