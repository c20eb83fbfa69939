use std::cell::Cell;

use streaming_runtime::bidi_streaming;
use ui::pb::{self, trading_bots::Connect};

struct Bots(Cell<u32>);

#[bidi_streaming(Connect)]
impl Bots {
    #[on(trade)]
    async fn trade(&self, _trade: pb::Trade) {
        self.0.set(self.0.get() + 1);
    }
}

fn main() {}
