use streaming_runtime::{Inbox, bidi_streaming};
use ui::pb::{self, trading_bots::Connect};

struct Bots;

#[bidi_streaming(Connect)]
impl Bots {
    #[on_message]
    async fn everything(&self, _message: pb::BotMessage) {}

    #[on(trade)]
    async fn trade(&self, _trade: pb::Trade) {}
}

struct Pulling;

#[bidi_streaming(Connect)]
impl Pulling {
    #[session]
    async fn run(&self, _inbox: Inbox<Connect>) {}

    #[on_message]
    async fn everything(&self, _message: pb::BotMessage) {}

    #[on_other]
    async fn rest(&self, _message: pb::BotMessage) {}
}

fn main() {}
