use streaming_runtime::Hub;
use ui::pb::{Stop, trading_bots::{Connect, ConnectCommands as _}};

fn tell(hub: &Hub<Connect>) {
    let _ = hub.client("bot-123").stop(Stop::default()).replies();
}

fn main() {}
