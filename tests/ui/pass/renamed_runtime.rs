mod mine {
    pub use streaming_runtime as runtime;
}

use mine::runtime::bidi_streaming;
use ui::pb::{self, trading_bots::Connect};

struct Bots;

#[bidi_streaming(Connect, crate = crate::mine::runtime)]
impl Bots {
    #[on(trade)]
    async fn trade(&self, _trade: pb::Trade) -> Result<(), mine::runtime::tonic::Status> {
        Ok(())
    }
}

fn main() {
    ui::takes::<Connect>(Bots);
}
