#![no_implicit_prelude]
#![allow(dead_code)]

use ::streaming_runtime::{Client, Inbox, bidi_streaming};
use ::ui::{
    pb::{self, trading_bots::Connect},
    shapes::shapes::Control,
};

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

    #[ping]
    fn ping(&self, sequence: u64) -> pb::Ping {
        pb::Ping { sequence }
    }
}

#[bidi_streaming(Control)]
impl Bots {
    #[session]
    async fn session(&self, inbox: Inbox<Control>) -> ::std::io::Result<()> {
        let _ = inbox;
        ::std::io::Result::Ok(())
    }
}

fn main() {
    ::ui::takes::<Connect>(Bots);
    ::ui::takes::<Control>(Bots);
}
