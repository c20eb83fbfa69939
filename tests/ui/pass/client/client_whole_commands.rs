use streaming_runtime::{Link, bidi_streaming};
use ui::{
    pb::{self, trading_bots::{Connect, ConnectLink}},
    shapes::{Packet, shapes::{Relay, RelayLink}},
};

struct Bot;

#[bidi_streaming(Connect, client)]
impl Bot {
    #[on_message]
    async fn all(&self, _link: &Link<Connect>, _command: pb::BotCommand) -> anyhow::Result<()> {
        Ok(())
    }
}

struct Other;

#[bidi_streaming(Connect, client)]
impl Other {
    #[on(stop)]
    async fn stop(&self, _stop: pb::Stop) {}

    #[on_other]
    async fn rest(&self, _command: pb::BotCommand) {}
}

// Without a oneof.
struct Relayed;

#[bidi_streaming(Relay, client)]
impl Relayed {
    #[on_message]
    async fn packet(&self, link: &Link<Relay>, packet: Packet) -> anyhow::Result<()> {
        link.send(packet).await?;
        Ok(())
    }
}

fn main() {
    ui::takes::<ConnectLink>(Bot);
    ui::takes::<ConnectLink>(Other);
    ui::takes::<RelayLink>(Relayed);
}
