use streaming_runtime::{Client, bidi_streaming};
use ui::pb::trading_bots::Connect;

struct Bots;

#[bidi_streaming(Connect)]
impl Bots {
    #[on(trade)]
    async fn trade(&self) {}

    #[on(heartbeat)]
    async fn beat(&self, _bot: &Client<Connect>) {}
}

fn main() {}
