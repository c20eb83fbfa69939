use streaming_runtime::{Link, bidi_streaming};
use ui::pb::{self, trading_bots::Connect};

struct Bot;

#[bidi_streaming(Connect, client)]
impl Bot {
    #[on(start)]
    async fn start(&self, _start: pb::Start, _link: &Link<Connect>) {}

    #[on_other]
    async fn rest(&self, _command: pb::BotCommand) {}
}

fn main() {}
