//! Envoy: a node says who it is in its first message alone; a stream of the processor says it nowhere.

use std::path::PathBuf;

use streaming_build::{Builder, Error};

pub(crate) fn build(builder: Builder, protos: PathBuf) -> Result<(), Error> {
    let files = [
        "envoy/service/discovery/v3/ads.proto",
        "envoy/service/ext_proc/v3/external_processor.proto",
    ];
    builder
        .client_id("envoy.service.discovery.v3.DiscoveryRequest", "node.id")
        .client_id("envoy.service.discovery.v3.DeltaDiscoveryRequest", "node.id")
        .client_id_assigned("envoy.service.ext_proc.v3.ExternalProcessor/Process")
        .compile_protos(&files, &[protos])
}
