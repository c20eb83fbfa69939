//! Server reflection: variants that are plain strings, answered in order.

use std::path::PathBuf;

use streaming_build::{Builder, Error};

pub(crate) fn build(builder: Builder, protos: PathBuf) -> Result<(), Error> {
    builder
        .client_id_assigned("grpc.reflection.v1.ServerReflection/ServerReflectionInfo")
        .compile_protos(&["reflection_v1.proto"], &[protos])
}
