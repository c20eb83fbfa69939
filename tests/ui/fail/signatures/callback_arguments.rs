use streaming_runtime::{Client, bidi_streaming};
use ui::pb::{self, trading_bots::Connect};

struct Bots;

#[bidi_streaming(Connect)]
impl Bots {
    #[on(trade)]
    async fn trade(&self, _trade: pb::Trade) {}

    #[on_disconnect]
    async fn gone(&self, _bot: &Client<Connect>, _end: String) {}

    #[on_error]
    async fn failed(&self, _bot: &Client<Connect>, _error: &std::io::Error) {}
}

fn main() {}
