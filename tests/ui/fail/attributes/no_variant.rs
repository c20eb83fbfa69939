use streaming_runtime::bidi_streaming;
use ui::pb::{self, trading_bots::Connect};

struct Bots;

#[bidi_streaming(Connect)]
impl Bots {
    #[on]
    async fn trade(&self, _trade: pb::Trade) {}

    #[on(concurrent = 2)]
    async fn beat(&self, _beat: pb::Heartbeat) {}
}

fn main() {}
