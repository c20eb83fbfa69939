use std::time::Duration;

use streaming_runtime::{AtLeastOnce, ClientTarget, Hub, RequestError};
use ui::pb::{
    self,
    trading_bots::{Connect, ConnectCommands as _},
};

type Stopping<'a> = AtLeastOnce<ClientTarget<'a, Connect>, Connect, pb::CommandAck>;

fn stop(hub: &Hub<Connect>) -> Stopping<'_> {
    let stopping = hub.client("bot").stop(pb::Stop::default()).ack();
    stopping.timeout(Duration::from_secs(9)).at_least_once().timeout(Duration::from_secs(60))
}

async fn ask(hub: Hub<Connect>) -> Result<String, RequestError> {
    let ask = pb::RequestConfigSchema {};
    Ok(hub.client("bot").request_config_schema(ask).reply().at_least_once().await?.json)
}

fn spawned<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) {
    drop(future);
}

fn main() {
    let hub: Hub<Connect> = Hub::new(streaming_runtime::HubConfig::testing()).unwrap();
    drop(stop(&hub));
    spawned(ask(hub));
}
