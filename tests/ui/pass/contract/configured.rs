use streaming_runtime::{Client, bidi_streaming};
use ui::shapes::{Note, Up, shapes::Control};

struct Bots;

#[bidi_streaming(Control)]
#[cfg(all())]
impl Bots {
    #[cfg(all())]
    #[on(note)]
    async fn note(&self, _note: Note) {}

    #[cfg(not(all()))]
    #[on(note)]
    async fn note(&self, _client: &Client<Control>, _note: NoSuchType) {}

    #[on(text)]
    #[cfg(not(all()))]
    async fn text(&self, _text: String) {}

    #[cfg(all())]
    #[on_connect]
    async fn hello(&self, _client: &Client<Control>) {}

    #[on_other]
    async fn rest(&self, _message: Up) {}
}

fn main() {
    ui::takes::<Control>(Bots);
}
