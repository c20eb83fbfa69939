use streaming_runtime::bidi_streaming;
use ui::pb::{self, trading_bots::Connect};

struct Bots;

#[bidi_streaming(Connect)]
impl Bots {
    #[on(trade)]
    async fn trade<T: Into<pb::Trade>>(&self, _trade: T) {}

    #[on(heartbeat)]
    async fn beat(&self, _beat: impl Into<pb::Heartbeat>) {}
}

fn main() {}
