use streaming_runtime::{Client, bidi_streaming};
use ui::pb::{self, trading_bots::Connect};

struct Bots;

#[bidi_streaming(Connect)]
impl Bots {
    #[on(trade)]
    async fn trade(&self, _bot: &Client<Connect>, _trade: pb::Trade, _again: bool) {}

    #[on_other]
    async fn rest(&self, _bot: &Client<Connect>) {}

    #[on_connect]
    async fn hello(&self) {}

    #[on_disconnect]
    async fn gone(&self, _bot: &Client<Connect>) {}

    #[on_error]
    async fn failed(&self) {}

    #[ping]
    fn alive(&self, _bot: &Client<Connect>) -> pb::Ping {
        pb::Ping { sequence: 0 }
    }

    #[authenticate]
    async fn who(&self) {}
}

fn main() {}
