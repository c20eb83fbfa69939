use streaming_runtime::Hub;
use ui::small::{
    self,
    counters::{Count, CountCommands as _},
};

async fn reset(hub: &Hub<Count>) {
    let _ = hub.client("counter").reset(small::Reset {}).reply().at_least_once().await;
}

fn main() {}
