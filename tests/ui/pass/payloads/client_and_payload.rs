use streaming_runtime::{Client, bidi_streaming};
use ui::pb::{self, trading_bots::Connect};

struct Bots;

#[bidi_streaming(Connect)]
impl Bots {
    #[on(trade)]
    async fn trade(&self, bot: &Client<Connect>, trade: pb::Trade) {
        let _ = (bot.id(), trade.symbol);
    }

    // Heartbeats and replies may have handlers.
    #[on(heartbeat)]
    async fn beat(self: &Self, pb::Heartbeat { cpu, .. }: pb::Heartbeat) {
        let _ = cpu;
    }

    #[on(command_ack)]
    async fn late(&self, _bot: &Client<Connect>, mut ack: pb::CommandAck) {
        ack.error.clear();
    }
}

fn main() {
    ui::takes::<Connect>(Bots);
}
