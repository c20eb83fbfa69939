//! Generates contracts whose names get in everybody's way, for a runtime of another name.

fn main() -> Result<(), streaming_build::Error> {
    streaming_build::configure()
        .runtime_path("::rt")
        .compile_protos(&["proto/worst.proto", "proto/one.proto", "proto/other.proto"], &["proto"])
}
