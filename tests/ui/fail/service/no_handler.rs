use streaming_runtime::{Hub, HubConfig};
use ui::pb::trading_bots::{Connect, Service};

struct Bots;

fn main() {
    let hub: Hub<Connect> = Hub::new(HubConfig::production()).unwrap();
    let _service = Service::new(Bots, hub);
}
