//! Nothing that is emitted trips a lint.
#![deny(warnings, missing_docs, unreachable_pub, unused_qualifications, unused_lifetimes)]
#![deny(let_underscore_drop, single_use_lifetimes, trivial_casts, unused_results)]

use streaming_runtime::{Client, HandlerError, Inbox, bidi_streaming};
use ui::pb::{self, trading_bots::Connect};
use ui::shapes::shapes::Follow;

struct Bots;

#[bidi_streaming(Connect)]
impl Bots {
    #[on(trade)]
    async fn trade(&self, _bot: &Client<Connect>, _trade: pb::Trade) -> anyhow::Result<()> {
        Ok(())
    }

    #[on_other]
    async fn rest(&self, _message: pb::BotMessage) {}

    #[on_error]
    async fn failed(&self, _bot: &Client<Connect>, _error: &HandlerError) {}

    #[ping]
    fn alive(&self, sequence: u64) -> pb::Ping {
        pb::Ping { sequence }
    }
}

#[bidi_streaming(Follow)]
impl Bots {
    #[session]
    async fn run(&self, mut inbox: Inbox<Follow>) -> anyhow::Result<()> {
        while inbox.next().await.is_some() {}
        Ok(())
    }

    #[ping]
    fn nothing(&self, _: u64) {}
}

fn main() {
    ui::takes::<Connect>(Bots);
    ui::takes::<Follow>(Bots);
}
