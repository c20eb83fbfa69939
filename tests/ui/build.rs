//! Generates the contracts that the cases use.

fn main() -> Result<(), streaming_build::Error> {
    streaming_build::configure()
        .message_id("ui.v1.Wrapped", "request_id")
        .client_id_authenticated("ui.v1.Asking/Prove")
        .client_id_from_metadata("ui.v1.Asking/Name", "client-name")
        .client_id_assigned("ui.v1.Asking/Visit")
        .compile_protos(
            &[
                "../../proto/trading/v1/trading.proto",
                "../../proto/ui/v1/asking.proto",
                "../../proto/ui/v1/shapes.proto",
            ],
            &["../../proto"],
        )
}
