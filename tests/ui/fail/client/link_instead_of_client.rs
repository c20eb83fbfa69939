use streaming_runtime::{Link, bidi_streaming};
use ui::pb::{self, trading_bots::Connect};

struct Bots;

#[bidi_streaming(Connect)]
impl Bots {
    #[on(trade)]
    async fn trade(&self, _bot: &Link<Connect>, _trade: pb::Trade) {}
}

fn main() {}
