use streaming_runtime::bidi_streaming;
use ui::pb;

struct Bots;

type Alias = pb::trading_bots::Connect;

#[bidi_streaming(Alias)]
impl Bots {
    #[on(trade)]
    async fn trade(&self, _trade: pb::Trade) {}
}

fn main() {}
