use streaming_runtime::bidi_streaming;
use ui::pb;

struct Bots;

#[bidi_streaming(pb::trading_bots::Connect)]
impl Bots {
    #[cfg(not(all()))]
    #[on_message]
    async fn everything(&self, _message: pb::BotMessage) {}
}

fn main() {}
