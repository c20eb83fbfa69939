use streaming_runtime::{Inbox, bidi_streaming};
use ui::{pb::trading_bots::Connect, shapes::shapes::Control};

struct Bots;

#[bidi_streaming(Connect)]
impl Bots {
    #[session]
    async fn run(&self, _inbox: Inbox<Control>) {}
}

fn main() {}
