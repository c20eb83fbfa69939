use streaming_runtime::{Inbox, bidi_streaming};
use ui::pb::{self, trading_bots::Connect};

struct Bots;

#[bidi_streaming(Connect)]
impl Bots {
    #[on(trade)]
    async fn trade(&self, _trade: pb::Trade) {}

    #[on_other]
    async fn rest(&self, _message: pb::BotMessage) {}

    #[session]
    async fn run(&self, _inbox: Inbox<Connect>) {}
}

fn main() {}
