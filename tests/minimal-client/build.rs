//! The one line.

fn main() -> Result<(), streaming_build::Error> {
    streaming_build::compile_protos(&["../minimal/proto/notes.proto"], &["../minimal/proto"])
}
