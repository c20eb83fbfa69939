use streaming_runtime::Hub;
use ui::pb::{Stop, trading_bots::{Connect, ConnectCommands as _}};

fn tell(hub: &Hub<Connect>) {
    let _ = hub.broadcast().stop(Stop::default()).reply();
}

fn main() {}
