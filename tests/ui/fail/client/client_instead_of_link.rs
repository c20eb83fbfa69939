use streaming_runtime::{Client, bidi_streaming};
use ui::pb::{self, trading_bots::Connect};

struct Bot;

#[bidi_streaming(Connect, client)]
impl Bot {
    #[on(start)]
    async fn start(&self, _hub: &Client<Connect>, _start: pb::Start) {}

    #[on_connect]
    async fn up(&self, _hub: &Client<Connect>) {}

    #[on_other]
    async fn rest(&self, _command: pb::BotCommand) {}
}

fn main() {}
