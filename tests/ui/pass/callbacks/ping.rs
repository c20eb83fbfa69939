use streaming_runtime::{Client, bidi_streaming};
use ui::{
    pb::{self, trading_bots::Connect},
    shapes::{Up, shapes::Follow},
};

struct Bots<const OFFSET: u64>;

#[bidi_streaming(Connect)]
impl<const OFFSET: u64> Bots<OFFSET> {
    #[on_other]
    async fn rest(&self, _message: pb::BotMessage) {}

    #[ping]
    fn ping(&self, bot: &Client<Connect>, sequence: u64) -> pb::Ping {
        let _ = bot.id();
        pb::Ping { sequence: sequence + OFFSET }
    }
}

// An empty ping, and the client left out.
#[bidi_streaming(Follow)]
impl<const OFFSET: u64> Bots<OFFSET> {
    #[on_message]
    async fn everything(&self, _message: Up) {}

    #[ping]
    fn count(&self, _: u64) {}
}

fn main() {
    ui::takes::<Connect>(Bots::<7>);
    ui::takes::<Follow>(Bots::<7>);
}
