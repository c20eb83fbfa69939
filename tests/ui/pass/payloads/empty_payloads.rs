use streaming_runtime::{Client, bidi_streaming};
use ui::shapes::{Blank, Up, shapes::Control, shapes::Observe};

struct Bots;

#[bidi_streaming(Control)]
impl Bots {
    #[on(bye)]
    async fn bye(&self) {}

    #[on(blank)]
    async fn blank(&self, client: &Client<Control>) {
        let _ = client.id();
    }

    #[on_other]
    async fn rest(&self, _message: Up) {}
}

// The same type may handle another contract, and empty payloads may be written.
#[bidi_streaming(Observe)]
impl Bots {
    #[on(bye)]
    async fn observe_bye(&self, _bye: ()) {}

    #[on(blank)]
    async fn observe_blank(&self, _client: &Client<Observe>, _blank: Blank) {}

    #[on_other]
    async fn observe_rest(&self, _message: Up) {}
}

fn main() {
    ui::takes::<Control>(Bots);
    ui::takes::<Observe>(Bots);
}
