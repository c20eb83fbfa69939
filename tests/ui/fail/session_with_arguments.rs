use streaming_runtime::{Inbox, bidi_streaming};
use ui::pb::trading_bots::Connect;

struct Bots;

#[bidi_streaming(Connect)]
impl Bots {
    #[session(trade)]
    async fn run(&self, _inbox: Inbox<Connect>) {}
}

fn main() {}
