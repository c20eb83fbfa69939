//! gRPC health that follows a hub: what probes and balancers ask for.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use tonic_health::{
    ServingStatus,
    pb::health_server::{Health, HealthServer},
    server::{HealthReporter, health_reporter},
};

use crate::{Hub, contract::Contract, hub::Inner};

/// How often the hub is looked at.
const EVERY: Duration = Duration::from_secs(1);

/// The service `grpc.health.v1.Health` for the hub's service and for the server as a whole (`""`), to be added to the same
/// tonic server: `SERVING` while the hub takes new streams, looked at once a second until the hub is dropped.
///
/// ```no_run
/// # async fn example<C: streaming_runtime::Contract>(hub: &streaming_runtime::Hub<C>) {
/// let health = streaming_runtime::health::service(hub).await;
/// let router = streaming_runtime::server().add_service(health);
/// # }
/// ```
///
/// # Cancel safety
/// Dropped before it is ready, it has left nothing.
pub async fn service<C: Contract>(hub: &Hub<C>) -> HealthServer<impl Health> {
    let (reporter, service) = health_reporter();
    report(&reporter, hub).await;
    tokio::spawn(follow(Arc::downgrade(&hub.0), reporter));
    service
}

async fn follow<C: Contract>(hub: Weak<Inner<C>>, reporter: HealthReporter) {
    loop {
        tokio::time::sleep(EVERY).await;
        let Some(hub) = hub.upgrade().map(Hub) else {
            return;
        };
        report(&reporter, &hub).await;
    }
}

async fn report<C: Contract>(reporter: &HealthReporter, hub: &Hub<C>) {
    let accepting = hub.health().accepting;
    let status = if accepting { ServingStatus::Serving } else { ServingStatus::NotServing };
    for name in ["", C::NAME.split('/').next().unwrap_or_default()] {
        reporter.set_service_status(name, status).await;
    }
}
