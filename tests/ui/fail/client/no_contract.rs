use streaming_runtime::bidi_streaming;
use ui::shapes::{WatchEvent, shapes::Watch};

struct Watcher;

#[bidi_streaming(Watch, client)]
impl Watcher {
    #[on_message]
    async fn event(&self, _event: WatchEvent) {}
}

fn main() {}
