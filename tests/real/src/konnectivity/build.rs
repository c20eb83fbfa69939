//! konnectivity: one type both ways, no package; agents are known by a header, the API server by nothing.

use std::path::PathBuf;

use streaming_build::{Builder, Error};

pub(crate) fn build(builder: Builder, protos: PathBuf) -> Result<(), Error> {
    builder
        .client_id_assigned("ProxyService/Proxy")
        .client_id_from_metadata("AgentService/Connect", "agentid")
        .compile_protos(&["proto/agent/agent.proto"], &[protos])
}
