use streaming_runtime::{Client, bidi_streaming};
use ui::pb::{self, trading_bots::Connect};

struct Bots;

#[bidi_streaming(Connect)]
impl Bots {
    #[on(trade)]
    async fn trade(&self, _trade: pb::Trade) {}

    #[on_conect]
    async fn hello(&self, _bot: &Client<Connect>) {}

    #[on_ping]
    fn alive(&self, sequence: u64) -> pb::Ping {
        pb::Ping { sequence }
    }

    #[on_friday]
    async fn party(&self) {}
}

fn main() {}
