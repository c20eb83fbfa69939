use streaming_runtime::bidi_streaming;
use ui::pb;

struct Bots;

#[bidi_streaming]
impl Bots {
    #[on(trade)]
    async fn trade(&self, _trade: pb::Trade) {}
}

fn main() {}
