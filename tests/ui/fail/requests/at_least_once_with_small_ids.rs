use streaming_runtime::{Hub, contract::{Acks, Contract}};

// Nothing says that its command ids are unique for good, as of those of 32 bits.
async fn ask<C: Contract + Acks>(hub: &Hub<C>, command: C::Command) {
    let _ = hub.client("counter").send(command).ack().at_least_once().await;
}

fn main() {}
