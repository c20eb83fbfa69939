use streaming_runtime::{Client, bidi_streaming};
use ui::pb::{self, trading_bots::Connect};

struct Bots;

#[bidi_streaming(Connect)]
impl Bots {
    #[on(trade)]
    async fn trade(&self, _trade: pb::Trade) {}

    #[ping]
    async fn alive(&self, _bot: &Client<Connect>, sequence: u64) -> pb::Ping {
        pb::Ping { sequence }
    }
}

fn main() {}
