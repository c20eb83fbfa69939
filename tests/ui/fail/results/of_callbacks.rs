use streaming_runtime::{Client, HandlerError, Inbox, bidi_streaming};
use ui::pb::trading_bots::Connect;

struct Bots;

#[bidi_streaming(Connect)]
impl Bots {
    #[session]
    async fn run(&self, _inbox: Inbox<Connect>) -> bool {
        true
    }

    #[on_connect]
    async fn hello(&self, _bot: &Client<Connect>) -> Result<u32, std::io::Error> {
        Ok(1)
    }

    #[on_error]
    async fn failed(&self, _bot: &Client<Connect>, _error: &HandlerError) -> std::io::Result<()> {
        Ok(())
    }
}

fn main() {}
