use streaming_runtime::bidi_streaming;
use ui::pb::{self, trading_bots::Connect};

struct Bots;

#[bidi_streaming(Connect)]
impl Bots {
    #[on(trade)]
    async fn trade(&self, trade: pb::Trade) {
        let kept = std::rc::Rc::new(trade);
        std::future::ready(()).await;
        drop(kept);
    }
}

fn main() {}
