use streaming_runtime::{Client, bidi_streaming};
use ui::pb::{self, trading_bots::Connect};

struct Bots;

#[bidi_streaming(Connect)]
impl Bots {
    #[on(traed)]
    async fn trade(&self, _trade: pb::Trade) {}

    #[on(heartbeat)]
    fn beat(&self, _beat: pb::Trade) {}

    #[on(config_schema)]
    async fn schema(&self, _schema: pb::Trade) {}

    #[on_connect]
    async fn hello(&self, _bot: &Client<Connect>) -> bool {
        true
    }
}

fn main() {}
