use streaming_runtime::Link;
use ui::pb::{self, trading_bots::{Connect, ConnectMessages as _}};

async fn trade(link: &Link<Connect>) {
    let _ = link.trade(pb::Trade::default()).reply().await;
    let _ = link.send(pb::BotMessage::default()).ack().await;
}

fn main() {}
