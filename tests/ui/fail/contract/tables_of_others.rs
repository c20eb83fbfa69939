use streaming_runtime::bidi_streaming;
use ui::pb;

struct Bots;

macro_rules! Later {
    ([$($expand:tt)*] $($rest:tt)*) => {
        $($expand)*! { { v2 contract "trading.v1.TradingBots/Connect" {} } $($rest)* }
    };
}

macro_rules! Stranger {
    ([$($expand:tt)*] $($rest:tt)*) => { $($expand)*! { { 42 } $($rest)* } };
}

#[bidi_streaming(Later)]
impl Bots {
    #[on(trade)]
    async fn trade(&self, _trade: pb::Trade) {}
}

#[bidi_streaming(Stranger)]
impl Bots {}

fn main() {}
