//! Generates the contract from the proto.

fn main() -> Result<(), streaming_build::Error> {
    streaming_build::compile_protos(&["../../proto/trading/v1/trading.proto"], &["../../proto"])
}
