use streaming_runtime::bidi_streaming;
use ui::pb::{self, trading_bots::Connect};

struct Bots;

#[bidi_streaming(Connect)]
impl Bots {
    #[cfg(not(all()))]
    #[on(trade)]
    async fn trade(&self, _trade: pb::Trade) {}

    #[on(heartbeat)]
    async fn beat(&self, _beat: pb::Heartbeat) {}
}

fn main() {}
