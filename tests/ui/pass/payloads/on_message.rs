use streaming_runtime::{Client, bidi_streaming, tonic::Status};
use ui::{pb, pb::trading_bots::Connect, shapes::Packet, shapes::shapes::Relay};

struct Bots;

#[bidi_streaming(Connect)]
impl Bots {
    #[on_message]
    async fn process(&self, bot: &Client<Connect>, message: pb::BotMessage) -> Result<(), Status> {
        message.payload.map(drop).ok_or_else(|| Status::not_found(bot.id().to_string()))
    }
}

// A contract without a oneof.
#[bidi_streaming(Relay)]
impl Bots {
    #[on_message]
    async fn relay(&self, packet: Packet) {
        drop(packet);
    }
}

fn main() {
    ui::takes::<Connect>(Bots);
    ui::takes::<Relay>(Bots);
}
