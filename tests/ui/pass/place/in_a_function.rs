use streaming_runtime::bidi_streaming;
use ui::pb;

fn main() {
    struct Bots;

    #[bidi_streaming(pb::trading_bots::Connect)]
    impl Bots {
        #[on(trade)]
        async fn trade(&self, _trade: pb::Trade) {}
    }

    ui::takes::<pb::trading_bots::Connect>(Bots);
}
