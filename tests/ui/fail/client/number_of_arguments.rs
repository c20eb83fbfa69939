use streaming_runtime::{Link, bidi_streaming};
use ui::pb::{self, trading_bots::Connect};

struct Bot;

#[bidi_streaming(Connect, client)]
impl Bot {
    #[on(start)]
    async fn start(&self, _link: &Link<Connect>, _start: pb::Start, _more: u8) {}

    #[on_other]
    async fn rest(&self) {}

    #[on_connect]
    async fn up(&self) {}

    #[on_disconnect]
    async fn down(&self, _link: &Link<Connect>) {}

    #[on_error]
    async fn failed(&self, _link: &Link<Connect>) {}
}

fn main() {}
