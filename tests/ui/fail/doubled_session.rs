use streaming_runtime::{Inbox, bidi_streaming};
use ui::pb::trading_bots::Connect;

struct Bots;

#[bidi_streaming(Connect)]
impl Bots {
    #[session]
    async fn run(&self, _inbox: Inbox<Connect>) {}

    #[session]
    async fn run_again(&self, _inbox: Inbox<Connect>) {}
}

fn main() {}
