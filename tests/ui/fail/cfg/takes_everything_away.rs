use streaming_runtime::bidi_streaming;
use ui::pb::trading_bots::Connect;

struct Bots;

#[bidi_streaming(Connect)]
impl Bots {
    #[cfg(not(all()))]
    #[on_message]
    async fn everything(&self, _message: ui::pb::BotMessage) {}
}

struct Pulling;

#[bidi_streaming(Connect)]
impl Pulling {
    #[cfg(not(all()))]
    #[session]
    async fn run(&self, _inbox: streaming_runtime::Inbox<Connect>) {}
}

fn main() {}
