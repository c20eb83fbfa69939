use streaming_runtime::bidi_streaming;
use ui::pb::{self, trading_bots::Connect};

struct Bot;

#[bidi_streaming(Connect, client)]
impl Bot {
    #[cfg(not(all()))]
    #[on(start)]
    async fn start(&self, _start: pb::Start) {}

    #[on(stop)]
    async fn stop(&self, _stop: pb::Stop) {}

    #[on(request_config_schema)]
    async fn schema(&self) -> Result<pb::ConfigSchema, &str> {
        Err("none")
    }
}

fn main() {}
