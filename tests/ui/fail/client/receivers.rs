use streaming_runtime::bidi_streaming;
use ui::pb::{self, trading_bots::Connect};

struct Bot;

#[bidi_streaming(Connect, client)]
impl Bot {
    #[on(start)]
    async fn start(&mut self, _start: pb::Start) {}

    #[on(stop)]
    fn stop(&self, _stop: pb::Stop) {}

    #[on_other]
    async fn rest(&self, _command: pb::BotCommand) {}
}

fn main() {}
