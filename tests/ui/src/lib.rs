//! The contracts that the cases in `fail/` and `pass/` use.

/// The trading bots of the examples.
pub mod pb {
    streaming_runtime::include_proto!("trading.v1");
}

/// Rpcs of other shapes: `proto/ui/v1/shapes.proto`.
pub mod shapes {
    streaming_runtime::include_proto!("ui.v1");
}

/// Takes what the attribute made a handler of `C`.
pub fn takes<C: streaming_runtime::Contract>(_: impl streaming_runtime::session::Handler<C>) {}
