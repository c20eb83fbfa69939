use streaming_runtime::bidi_streaming;
use ui::pb::{self, trading_bots::Connect};

struct Bot;

#[bidi_streaming(Connect, client)]
impl Bot {
    #[on_message]
    async fn all(&self, _command: pb::BotCommand) {}

    #[on(start)]
    async fn start(&self, _start: pb::Start) {}
}

fn main() {}
