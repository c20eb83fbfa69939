use streaming_runtime::{Link, bidi_streaming};
use ui::pb::{self, trading_bots::Connect};

struct Bot;

#[bidi_streaming(Connect, client)]
impl Bot {
    #[on_conect]
    async fn up(&self, _link: &Link<Connect>) {}

    #[on_start]
    async fn start(&self, _start: pb::Start) {}
}

fn main() {}
