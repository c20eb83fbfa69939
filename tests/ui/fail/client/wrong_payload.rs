use streaming_runtime::bidi_streaming;
use ui::pb::{self, trading_bots::Connect};

struct Bot;

#[bidi_streaming(Connect, client)]
impl Bot {
    #[on(start)]
    async fn start(&self, _stop: pb::Stop) {}

    #[on_other]
    async fn rest(&self, _message: pb::BotMessage) {}
}

fn main() {}
