use streaming_runtime::{Client, Inbox, bidi_streaming};
use ui::pb::trading_bots::Connect;

struct Bots;

#[bidi_streaming(Connect)]
impl Bots {
    #[session]
    async fn run(&self, _bot: &Client<Connect>, _inbox: &mut Inbox<Connect>) {}
}

fn main() {}
