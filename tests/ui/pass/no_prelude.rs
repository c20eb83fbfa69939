#![no_implicit_prelude]
#![allow(dead_code)]

use ::streaming_runtime::{Client, bidi_streaming};
use ::ui::pb::{self, trading_bots::Connect};

struct Bots;
struct Result;
struct Option;
struct Send;
struct Some;
mod core {}

#[bidi_streaming(Connect)]
impl Bots {
    #[on(trade)]
    async fn handle(&self, client: &Client<Connect>, payload: pb::Trade) -> ::std::io::Result<()> {
        let _ = (client, payload);
        ::std::io::Result::Ok(())
    }

    #[on_other]
    async fn dispatch(&self, message: pb::BotMessage) {
        let _ = message;
    }
}

fn main() {
    ::ui::takes::<Connect>(Bots);
}
