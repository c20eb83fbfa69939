use streaming_runtime::bidi_streaming;
use ui::pb::{self, trading_bots::Connect};

struct Bots;

#[bidi_streaming(Connect)]
impl Bots {
    #[on(trade)]
    async unsafe fn trade(&self, _trade: pb::Trade) {}

    #[ping]
    unsafe fn alive(&self, sequence: u64) -> pb::Ping {
        pb::Ping { sequence }
    }
}

fn main() {}
