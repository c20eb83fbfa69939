use streaming_runtime::bidi_streaming;
use ui::pb::{self, trading_bots::Connect};

struct Bots;

trait Trades {
    fn trade(&self, trade: pb::Trade);
}

#[bidi_streaming(Connect)]
impl Trades for Bots {
    #[on(trade)]
    fn trade(&self, _trade: pb::Trade) {}
}

fn main() {}
