use streaming_runtime::{Client, bidi_streaming};
use ui::pb::{self, trading_bots::Connect};

struct Bots;

#[bidi_streaming(Connect)]
impl Bots {
    #[on(trade)]
    async fn trade(&self, _trade: pb::Trade) {}

    #[on_other]
    async fn rest(&self, _bot: &Client<Connect>, _beat: pb::Heartbeat) {}
}

fn main() {}
