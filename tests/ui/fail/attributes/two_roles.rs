use streaming_runtime::bidi_streaming;
use ui::pb::{self, trading_bots::Connect};

struct Bots;

#[bidi_streaming(Connect)]
impl Bots {
    #[on(trade)]
    #[on_other]
    async fn rest(&self, _message: pb::BotMessage) {}
}

fn main() {}
