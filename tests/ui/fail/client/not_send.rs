use std::rc::Rc;

use streaming_runtime::{Link, bidi_streaming};
use ui::pb::{self, trading_bots::Connect};

struct Bot;

#[bidi_streaming(Connect, client)]
impl Bot {
    #[on(start)]
    async fn start(&self, link: &Link<Connect>, start: pb::Start) {
        let start = Rc::new(start);
        let _ = link.send(pb::BotMessage::default()).await;
        drop(start);
    }

    #[on_other]
    async fn rest(&self, _command: pb::BotCommand) {}
}

fn main() {}
