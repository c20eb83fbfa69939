use streaming_runtime::{bidi_streaming, tonic::Status};
use ui::pb::{self, trading_bots::Connect};

struct Bot;

#[bidi_streaming(Connect, client)]
impl Bot {
    #[on(start)]
    async fn start(&self, _start: pb::Start) -> Result<pb::ConfigSchema, Status> {
        Err(Status::unimplemented("start"))
    }

    #[on(stop)]
    async fn stop(&self, _stop: pb::Stop) -> bool {
        true
    }

    #[on(request_config_schema)]
    async fn schema(&self) -> Result<pb::CommandAck, Status> {
        Ok(pb::CommandAck::default())
    }
}

fn main() {}
