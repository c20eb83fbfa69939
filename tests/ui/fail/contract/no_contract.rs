use streaming_runtime::bidi_streaming;
use ui::shapes::{WatchRequest, shapes};

struct Bots;

#[bidi_streaming(shapes::Watch)]
impl Bots {
    #[on_message]
    async fn watch(&self, _request: WatchRequest) {}
}

fn main() {}
