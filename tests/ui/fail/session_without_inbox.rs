use streaming_runtime::{Client, bidi_streaming};
use ui::pb::trading_bots::Connect;

struct Bots;

#[bidi_streaming(Connect)]
impl Bots {
    #[session]
    async fn run(&self, _bot: &Client<Connect>) {}
}

fn main() {}
