use streaming_runtime::bidi_streaming;
use ui::shapes::{Asked, Get, asking::Ask};

struct Store;

#[bidi_streaming(Ask)]
impl Store {
    #[on(get)]
    async fn get(&self, _get: Get) {}

    #[on(find)]
    async fn find(&self, _get: Get) -> anyhow::Result<()> {
        Ok(())
    }

    #[on_other]
    async fn rest(&self, _message: Asked) {}
}

fn main() {}
