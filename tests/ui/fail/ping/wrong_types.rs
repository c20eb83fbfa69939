use streaming_runtime::bidi_streaming;
use ui::{pb::{self, trading_bots::Connect}, shapes::{Up, shapes::Follow}};

struct Bots;

#[bidi_streaming(Connect)]
impl Bots {
    #[on(trade)]
    async fn trade(&self, _trade: pb::Trade) {}

    #[ping]
    fn alive(&self, _sequence: i64) -> Option<pb::BotCommand> {
        None
    }
}

#[bidi_streaming(Follow)]
impl Bots {
    #[on_other]
    async fn rest(&self, _message: Up) {}

    #[ping]
    fn count(&self, sequence: u64) -> u64 {
        sequence
    }
}

fn main() {}
