use streaming_runtime::{Client, bidi_streaming};
use ui::pb::{self, trading_bots::Connect};

struct Bots;

#[bidi_streaming(Connect)]
impl Bots {
    #[on(trade)]
    async fn trade(&self, _trade: pb::Trade) {}

    #[on_resume]
    async fn again(&self, _bot: &Client<Connect>) {}

    #[authenticate]
    async fn who(&self, _token: &str) {}
}

fn main() {}
