use streaming_runtime::bidi_streaming;
use ui::pb::{self, trading_bots::Connect};

trait Db: Send + Sync + 'static {
    async fn record(&self, trade: pb::Trade);
}

struct Bots<D>(D);

#[bidi_streaming(Connect)]
impl<D: Db> Bots<D> {
    #[on(trade)]
    async fn trade(&self, trade: pb::Trade) {
        self.0.record(trade).await;
    }
}

fn main() {}
