use streaming_runtime::{Link, bidi_streaming};
use ui::pb::{self, trading_bots::Connect};

struct Bot;

#[bidi_streaming(Connect, client)]
impl Bot {
    #[on(start)]
    async fn start(&self, _link: &Link<Connect>) {}

    #[on(stop)]
    async fn stop(&self, _stop: &pb::Stop) {}

    // This one holds nothing.
    #[on(request_config_schema)]
    async fn schema(&self, _link: &Link<Connect>) -> Result<pb::ConfigSchema, &str> {
        Err("none")
    }
}

fn main() {}
