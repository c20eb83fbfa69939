//! `BuildKit`: names in capitals, one type both ways, beside many other rpcs.

use std::path::PathBuf;

use streaming_build::{Builder, Error};

pub(crate) fn build(builder: Builder, protos: PathBuf) -> Result<(), Error> {
    builder
        .client_id_assigned("moby.buildkit.v1.frontend.LLBBridge/ExecProcess")
        .compile_protos(&["github.com/moby/buildkit/frontend/gateway/pb/gateway.proto"], &[protos])
}
