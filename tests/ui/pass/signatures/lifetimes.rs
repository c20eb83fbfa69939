use streaming_runtime::{Client, bidi_streaming};
use ui::pb::{self, trading_bots::Connect};

struct Bots<'n> {
    name: &'n str,
}

#[bidi_streaming(Connect)]
impl<'n> Bots<'n> {
    #[on(trade)]
    async fn trade<'a>(&'a self, _bot: &'a Client<Connect>, _trade: pb::Trade) -> Result<(), &'n str> {
        Err(self.name)
    }
}

fn main() {
    let name = String::from("a handler of a hub is 'static, other uses of it need not be");
    let _ = Bots { name: &name };
    ui::takes::<Connect>(Bots { name: "bots" });
}
