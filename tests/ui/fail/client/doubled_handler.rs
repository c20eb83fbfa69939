use streaming_runtime::bidi_streaming;
use ui::pb::{self, trading_bots::Connect};

struct Bot;

#[bidi_streaming(Connect, client)]
impl Bot {
    #[on(start)]
    async fn start(&self, _start: pb::Start) {}

    #[on(start)]
    async fn start_again(&self, _start: pb::Start) {}

    #[on_other]
    async fn rest(&self, _command: pb::BotCommand) {}

    #[on_connect]
    async fn up(&self, _link: &streaming_runtime::Link<Connect>) {}

    #[on_connect]
    async fn up_again(&self, _link: &streaming_runtime::Link<Connect>) {}
}

fn main() {}
