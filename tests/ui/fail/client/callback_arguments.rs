use streaming_runtime::{Disconnect, HandlerError, Link, bidi_streaming};
use ui::pb::{self, trading_bots::Connect};

struct Bot;

#[bidi_streaming(Connect, client)]
impl Bot {
    #[on_message]
    async fn all(&self, _command: pb::BotCommand) {}

    #[on_disconnect]
    async fn down(&self, _link: &Link<Connect>, _end: &Disconnect<Connect>) {}

    #[on_error]
    async fn failed(&self, _link: &Link<Connect>, _error: HandlerError) {}
}

fn main() {}
