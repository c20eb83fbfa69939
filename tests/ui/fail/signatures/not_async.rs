use streaming_runtime::{Client, bidi_streaming};
use ui::pb::{self, trading_bots::Connect};

struct Bots;

#[bidi_streaming(Connect)]
impl Bots {
    #[on(trade)]
    fn trade(&self, _trade: pb::Trade) {}

    #[on_connect]
    fn hello(&self, _bot: &Client<Connect>) -> std::future::Ready<()> {
        std::future::ready(())
    }
}

fn main() {}
