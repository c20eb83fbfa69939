use streaming_runtime::bidi_streaming;
use ui::pb::{self, trading_bots::Connect};

struct Bots;

#[bidi_streaming(Connect)]
impl Bots {
    #[on_other(concurrent = 4)]
    async fn rest(&self, _message: pb::BotMessage) {}

    #[ping(30)]
    fn alive(&self, sequence: u64) -> pb::Ping {
        pb::Ping { sequence }
    }
}

fn main() {}
