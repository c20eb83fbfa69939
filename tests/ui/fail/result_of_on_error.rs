use streaming_runtime::{Client, HandlerError, bidi_streaming};
use ui::pb::{self, trading_bots::Connect};

struct Bots;

#[bidi_streaming(Connect)]
impl Bots {
    #[on(trade)]
    async fn trade(&self, _trade: pb::Trade) {}

    #[on_error]
    async fn failed(&self, _bot: &Client<Connect>, _error: &HandlerError) -> std::io::Result<()> {
        Ok(())
    }
}

fn main() {}
