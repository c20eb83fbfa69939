use streaming_runtime::bidi_streaming;
use ui::pb::{self, trading_bots::Connect};

struct Bots;

#[bidi_streaming(Connect)]
impl Bots {
    #[on(trade)]
    async fn trade(_trade: pb::Trade) {}

    #[on(heartbeat)]
    async fn beat(&mut self, _beat: pb::Heartbeat) {}

    #[ping]
    fn alive(self, sequence: u64) -> pb::Ping {
        pb::Ping { sequence }
    }
}

fn main() {}
