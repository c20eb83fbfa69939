use streaming_runtime::{Client, bidi_streaming};
use ui::pb::{self, trading_bots::Connect};

struct Bots;

#[bidi_streaming(Connect)]
impl Bots {
    #[on(trade)]
    async fn trade(&self, _trade: pb::Trade, _bot: &Client<Connect>) {}

    #[ping]
    fn alive(&self, sequence: u64, _bot: &Client<Connect>) -> pb::Ping {
        pb::Ping { sequence }
    }
}

fn main() {}
