use streaming_runtime::{Inbox, bidi_streaming};
use ui::pb::{self, trading_bots::Connect};

struct Bots;

#[bidi_streaming(Connect)]
impl Bots {
    #[session]
    async fn run(&self, _inbox: Inbox<Connect>) {}

    #[on_message]
    async fn everything(&self, _message: pb::BotMessage) {}
}

fn main() {}
