//! Generates the contracts that the cases use.

fn main() -> Result<(), streaming_build::Error> {
    streaming_build::compile_protos(
        &["../../proto/trading/v1/trading.proto", "../../proto/ui/v1/shapes.proto"],
        &["../../proto"],
    )
}
