use streaming_runtime::{Client, Inbox, bidi_streaming};
use ui::pb::trading_bots::Connect;

struct Bots;

#[bidi_streaming(Connect)]
impl Bots {
    #[session]
    async fn run(&self, _inbox: Inbox<Connect>) {}

    #[session]
    async fn run_again(&self, _inbox: Inbox<Connect>) {}

    #[on_connect]
    async fn hello(&self, _bot: &Client<Connect>) {}

    #[on_connect]
    async fn hello_again(&self, _bot: &Client<Connect>) {}
}

fn main() {}
