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

    #[ping]
    fn alive(&self, sequence: u64) -> pb::Ping {
        pb::Ping { sequence }
    }
}

fn main() {
    ui::takes::<Connect>(Bots);
}
