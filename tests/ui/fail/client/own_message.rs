use streaming_runtime::bidi_streaming;
use ui::pb::{self, trading_bots::Connect};

struct Bot;

#[bidi_streaming(Connect, client)]
impl Bot {
    #[on(trade)]
    async fn trade(&self, _trade: pb::Trade) {}

    #[on_other]
    async fn rest(&self, _command: pb::BotCommand) {}
}

fn main() {}
