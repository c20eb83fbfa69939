use streaming_runtime::{Hub, HubConfig, bidi_streaming};
use ui::{pb::trading_bots::{Connect, Service}, shapes::{Packet, shapes::Relay}};

struct Bots;

#[bidi_streaming(Relay)]
impl Bots {
    #[on_message]
    async fn relay(&self, _packet: Packet) {}
}

fn main() {
    let hub: Hub<Connect> = Hub::new(HubConfig::production()).unwrap();
    let _service = Service::new(Bots, hub);
}
