use streaming_runtime::{Hub, bidi_streaming};
use ui::shapes::{Packet, shapes::{Relay, Service}};

struct Relays;

#[bidi_streaming(Relay)]
impl Relays {
    #[on_message]
    async fn relay(&self, _packet: Packet) {}
}

fn serve(hub: Hub<Relay>) {
    let _service = Service::builder()
        .unimplemented_control()
        .unimplemented_follow()
        .relay(Relays, hub)
        .build();
}

fn main() {}
