use streaming_runtime::bidi_streaming;
use ui::pb::{self, trading_bots::Connect};

struct Bots;

struct Full;

#[bidi_streaming(Connect)]
impl Bots {
    #[on(trade)]
    async fn trade(&self, _trade: pb::Trade) -> Result<(), Full> {
        Err(Full)
    }
}

fn main() {}
