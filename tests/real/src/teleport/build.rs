//! Teleport: the client's id in its hello, and a heartbeat and a goodbye that are called so in capitals.

use std::path::PathBuf;

use streaming_build::{Builder, Error};

pub(crate) fn build(builder: Builder, protos: PathBuf) -> Result<(), Error> {
    let message = "proto.UpstreamInventoryOneOf";
    builder
        .only(["proto.AuthService/InventoryControlStream"])
        .client_id(message, "Hello.ServerID")
        .heartbeat(message, "Heartbeat")
        .goodbye(message, "Goodbye")
        .compile_protos(&["teleport/legacy/client/proto/authservice.proto"], &[protos])
}
