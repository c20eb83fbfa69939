use streaming_runtime::{Client, bidi_streaming};
use ui::pb::{self, trading_bots::Connect};

struct Bots;

#[bidi_streaming(Connect)]
impl Bots {
    #[on(trade)]
    async fn trade(&self, _trade: pb::Trade) {}

    // Replies that no request waits for.
    #[on(command_ack)]
    async fn ack(&self, bot: &Client<Connect>, ack: pb::CommandAck) -> anyhow::Result<()> {
        anyhow::ensure!(ack.success, "{} failed: {}", bot.id(), ack.error);
        Ok(())
    }

    #[on(config_schema)]
    async fn schema(&self, _schema: pb::ConfigSchema) {}
}

fn main() {
    ui::takes::<Connect>(Bots);
}
