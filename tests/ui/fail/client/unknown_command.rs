use streaming_runtime::bidi_streaming;
use ui::pb::{self, trading_bots::Connect};

struct Bot;

#[bidi_streaming(Connect, client)]
impl Bot {
    #[on(strat)]
    async fn start(&self, _start: pb::Start) {}

    #[on(xylophone)]
    async fn play(&self, _stop: pb::Stop) {}

    #[on(request_config_schema)]
    async fn schema(&self) -> Result<pb::ConfigSchema, &str> {
        Err("none")
    }
}

fn main() {}
