use streaming_runtime::{Client, bidi_streaming};
use ui::{pb, pb::trading_bots::Connect, shapes::shapes::Control};

struct Bots;

#[bidi_streaming(Connect)]
impl Bots {
    #[on(trade)]
    async fn trade(&self, _bot: &Client<Control>, _trade: pb::Trade) {}

    #[on_connect]
    async fn hello(&self, _bot: Client<Connect>) {}
}

fn main() {}
