use streaming_runtime::Client;
use ui::pb::{
    self,
    trading_bots::{Connect, ConnectCommands as _},
};

async fn stop(bot: &Client<Connect>) {
    let _ = bot.stop(pb::Stop::default()).reply().at_least_once().await;
}

fn main() {}
