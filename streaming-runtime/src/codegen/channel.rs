//! What the constructor of generated clients says where the feature `channel` is off.

/// What a client would connect to. Nothing is, without the feature.
#[diagnostic::on_unimplemented(
    message = "clients connect where `streaming-runtime` has the feature `channel`",
    label = "the feature `channel` is off",
    note = "write `features = [\"channel\"]` at `streaming-runtime` in Cargo.toml, or give the client's `new` a channel of your own"
)]
pub trait Channel: Sized {
    /// The client.
    fn client<T>(self) -> T;
}
