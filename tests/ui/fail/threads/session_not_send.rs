use streaming_runtime::{Inbox, bidi_streaming};
use ui::pb::trading_bots::Connect;

struct Bots;

#[bidi_streaming(Connect)]
impl Bots {
    #[session]
    async fn run(&self, mut inbox: Inbox<Connect>) {
        let kept = std::rc::Rc::new(1);
        let _ = inbox.next().await;
        drop(kept);
    }
}

fn main() {}
