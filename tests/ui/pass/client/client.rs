use streaming_runtime::{HandlerError, Link, Lost, bidi_streaming, tonic::Status};
use ui::pb::{
    self,
    trading_bots::{Connect, ConnectLink, ConnectMessages as _},
};

struct Bot;

#[bidi_streaming(Connect, client)]
impl Bot {
    // Acknowledged.
    #[on(start)]
    async fn start(&self, link: &Link<Connect>, start: pb::Start) -> anyhow::Result<()> {
        link.trade(pb::Trade { symbol: start.strategy, ..pb::Trade::default() }).await?;
        link.heartbeat(pb::Heartbeat::default()).await?;
        Ok(())
    }

    #[on(stop, concurrent = 4)]
    async fn stop(&self, _stop: pb::Stop) {}

    // Answered with a message of its own; the command holds nothing, and may be left out.
    #[on(request_config_schema)]
    async fn schema(&self, link: &Link<Connect>) -> Result<pb::ConfigSchema, Status> {
        Ok(pb::ConfigSchema { json: link.id().to_string(), ..pb::ConfigSchema::default() })
    }

    #[on_connect]
    async fn up(&self, link: &Link<Connect>) -> Result<(), std::fmt::Error> {
        let _ = link.clone();
        Ok(())
    }

    #[on_resume]
    async fn back(&self, _link: &Link<Connect>) {}

    #[on_disconnect]
    async fn down(&self, _link: &Link<Connect>, lost: &Lost) -> Result<(), String> {
        Err(lost.reason().to_owned())
    }

    #[on_error]
    async fn failed(&self, _link: &Link<Connect>, _error: &HandlerError) {}

    fn everything_else_stays(&self) {}
}

fn main() {
    ui::takes::<ConnectLink>(Bot);
    Bot.everything_else_stays();
}
