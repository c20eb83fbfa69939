use streaming_runtime::{Link, bidi_streaming};
use ui::pb::{self, trading_bots::Connect};

struct Bots;

// The other end.
#[bidi_streaming(Connect)]
impl Bots {
    #[on(trade)]
    async fn trade(&self, _trade: pb::Trade) {}
}

async fn run(link: &Link<Connect>) {
    let _ = link.run(Bots).await;
}

fn main() {}
