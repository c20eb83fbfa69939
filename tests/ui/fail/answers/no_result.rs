use streaming_runtime::bidi_streaming;
use ui::shapes::{Ack, Asked, Get, Got, Put, asking::Ask};

struct Store;

#[bidi_streaming(Ask)]
impl Store {
    #[on(get)]
    async fn get(&self, _get: Get) -> Got {
        Got::default()
    }

    #[on(find)]
    async fn find(&self, _get: Get) -> Option<Got> {
        None
    }

    #[on(put)]
    async fn put(&self, _put: Put) -> Ack {
        Ack::default()
    }

    #[on_other]
    async fn rest(&self, _message: Asked) {}
}

fn main() {}
