use streaming_runtime::{Link, bidi_streaming};
use ui::{pb::{self, trading_bots::Connect}, shapes::shapes::Control};

struct Bot;

#[bidi_streaming(Connect, client)]
impl Bot {
    #[on(start)]
    async fn start(&self, _link: &Link<Control>, _start: pb::Start) {}

    #[on_resume]
    async fn back(&self, _link: Link<Connect>) {}

    #[on_other]
    async fn rest(&self, _link: &Link<Connect>, _command: pb::BotCommand) {}
}

fn main() {}
