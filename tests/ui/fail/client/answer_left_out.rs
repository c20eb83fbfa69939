use streaming_runtime::bidi_streaming;
use ui::pb::{self, trading_bots::Connect};

struct Bot;

#[bidi_streaming(Connect, client)]
impl Bot {
    #[on(start, stop)]
    async fn start(&self, _start: pb::Start) {}

    #[on(request_config_schema)]
    async fn schema(&self) {}
}

fn main() {}
