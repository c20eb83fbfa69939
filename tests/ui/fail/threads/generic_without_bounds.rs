use std::cell::Cell;

use streaming_runtime::bidi_streaming;
use ui::pb::{self, trading_bots::Connect};

struct Bots<T>(T);

#[bidi_streaming(Connect)]
impl<T> Bots<T> {
    #[on(trade)]
    async fn trade(&self, _trade: pb::Trade) {}
}

fn main() {
    ui::takes::<Connect>(Bots(1));
    ui::takes::<Connect>(Bots(Cell::new(1)));
}
