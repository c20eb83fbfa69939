use streaming_runtime::bidi_streaming;
use ui::pb;

struct Bots;

macro_rules! Connect {
    ([$($expand:tt)*] $($rest:tt)*) => {
        $($expand)*! { { v2 contract "trading.v1.TradingBots/Connect" {} } $($rest)* }
    };
}

#[bidi_streaming(Connect)]
impl Bots {
    #[on(trade)]
    async fn trade(&self, _trade: pb::Trade) {}
}

fn main() {}
