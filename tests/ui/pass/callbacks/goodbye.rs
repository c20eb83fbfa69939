use streaming_runtime::bidi_streaming;
use ui::shapes::{Asked, Farewell, Get, Got, Note, Put, asking::Ask};

struct Store;

// A goodbye needs no handler.
#[bidi_streaming(Ask)]
impl Store {
    #[on(get, find)]
    async fn get(&self, _get: Get) -> Result<Got, &'static str> {
        Err("empty")
    }

    #[on(put)]
    async fn put(&self, _put: Put) {}

    #[on(note)]
    async fn note(&self, _note: Note) {}
}

struct Polite;

#[bidi_streaming(Ask)]
impl Polite {
    #[on(goodbye)]
    async fn bye(&self, farewell: Farewell) {
        drop(farewell.reason);
    }

    #[on_other]
    async fn rest(&self, _message: Asked) {}
}

fn main() {
    ui::takes::<Ask>(Store);
    ui::takes::<Ask>(Polite);
}
