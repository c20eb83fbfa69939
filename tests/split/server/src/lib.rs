//! Handles a contract that was generated in another crate, under another name.

use protos::trading::v1::{
    Start, Trade,
    trading_bots::{Connect, ConnectCommands as _},
};
use streaming_runtime::{Client, SendError, bidi_streaming};

/// Sends the symbol of each trade back.
#[derive(Debug)]
pub struct Mirror;

#[bidi_streaming(protos::trading::v1::trading_bots::Connect)]
impl Mirror {
    #[on(trade)]
    async fn trade(&self, bot: &Client<Connect>, trade: Trade) -> Result<(), SendError> {
        bot.start(Start { strategy: trade.symbol }).await
    }
}
