//! `include_proto!`, and the macros that drop what belongs to a feature that is off.

/// Includes the code that `streaming-build` generated.
///
/// `include_proto!("trading.v1")` puts one package into the module where it stands: for a package that refers to no
/// other. `include_proto!()` includes every package as a tree of modules named as the packages are. A package is
/// included once per crate.
#[macro_export]
macro_rules! include_proto {
    () => {
        ::core::include!(::core::concat!(::core::env!("OUT_DIR"), "/streaming.rs"));
    };
    ($package:tt) => {
        ::core::include!(::core::concat!(::core::env!("OUT_DIR"), "/", $package, ".rs"));
    };
}

/// Keeps its items where the feature `server` is on.
#[cfg(feature = "server")]
#[doc(hidden)]
#[macro_export]
macro_rules! if_server {
    ($($item:tt)*) => { $($item)* };
}

/// Keeps its items where the feature `server` is on.
#[cfg(not(feature = "server"))]
#[doc(hidden)]
#[macro_export]
macro_rules! if_server {
    ($($item:tt)*) => {};
}

/// Keeps its items where the feature `channel` is on.
#[cfg(feature = "channel")]
#[doc(hidden)]
#[macro_export]
macro_rules! if_channel {
    ($($item:tt)*) => { $($item)* };
}

/// Keeps its items where the feature `channel` is on.
#[cfg(not(feature = "channel"))]
#[doc(hidden)]
#[macro_export]
macro_rules! if_channel {
    ($($item:tt)*) => {};
}
