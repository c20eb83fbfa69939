//! Generates the contract, and what a server written by hand is written on: the service with tonic's own codec.

use tonic_build::manual::{Builder, Method, Service};

fn main() -> Result<(), streaming_build::Error> {
    let connect = Method::builder()
        .name("connect")
        .route_name("Connect")
        .input_type("crate::pb::BotMessage")
        .output_type("crate::pb::BotCommand")
        .codec_path("tonic_prost::ProstCodec")
        .client_streaming()
        .server_streaming()
        .build();
    let plain = Service::builder().name("Bots").package("bench.v1").method(connect).build();
    Builder::new().build_client(false).build_transport(false).compile(&[plain]);
    streaming_build::compile_protos(&["proto/bench/v1/bench.proto"], &["proto"])
}
