//! Generates the writers.

fn main() -> Result<(), streaming_build::Error> {
    streaming_build::compile_protos(
        &["proto/kinds/v1/kinds.proto", "proto/kinds/v1/legacy.proto"],
        &["proto"],
    )
}
