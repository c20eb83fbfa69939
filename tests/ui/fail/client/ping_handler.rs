use streaming_runtime::bidi_streaming;
use ui::pb::{self, trading_bots::Connect};

struct Bot;

#[bidi_streaming(Connect, client)]
impl Bot {
    #[on(ping)]
    async fn ping(&self, _ping: pb::Ping) {}

    #[on_other]
    async fn rest(&self, _command: pb::BotCommand) {}
}

fn main() {}
