use streaming_runtime::{Client, Disconnect, HandlerError, bidi_streaming, tonic::Status};
use ui::pb::{self, trading_bots::Connect};

struct Bots;

#[bidi_streaming(Connect)]
impl Bots {
    #[on(trade)]
    async fn trade(&self, _trade: pb::Trade) {}

    #[on_connect]
    async fn on_connect(&self, _bot: &Client<Connect>) -> Result<(), Status> {
        Err(Status::permission_denied("not today"))
    }

    #[on_resume]
    async fn on_resume(&self, _bot: &Client<Connect>) -> Result<(), Status> {
        Ok(())
    }

    #[on_disconnect]
    async fn on_disconnect(&self, _bot: &Client<Connect>, _end: &Disconnect<Connect>) {}

    #[on_error]
    async fn on_error(&self, _bot: &Client<Connect>, _error: &HandlerError) {}
}

fn main() {
    ui::takes::<Connect>(Bots);
}
