use streaming_runtime::bidi_streaming;
use ui::pb::{self, trading_bots::Connect};

struct Bots;

#[bidi_streaming(Connect)]
impl Bots {
    #[on(heartbeet)]
    async fn beat(&self, _beat: pb::Heartbeat) {}

    #[on(xylophone)]
    async fn trade(&self, _trade: pb::Trade) {}
}

fn main() {}
