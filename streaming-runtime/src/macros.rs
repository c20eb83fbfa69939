//! `include_proto!`, the macros that drop what belongs to a feature that is off, and one for this crate.

/// Includes the code that `streaming-build` generated.
///
/// `include_proto!("trading.v1")` puts one package into the module where it stands: for a package that refers to no
/// other. `include_proto!()` includes every package as a tree of modules named as the packages are. A package is
/// included once per crate.
#[cfg(feature = "macros")]
#[macro_export]
macro_rules! include_proto {
    ($($package:tt)*) => { $crate::codegen::include! { $($package)* } };
}

/// Includes the code that `streaming-build` generated.
///
/// `include_proto!("trading.v1")` puts one package into the module where it stands: for a package that refers to no
/// other. `include_proto!()` includes every package as a tree of modules named as the packages are. A package is
/// included once per crate.
#[cfg(not(feature = "macros"))]
#[macro_export]
macro_rules! include_proto {
    () => {
        ::core::include!(::core::concat!($crate::include_proto!(@dir), "/streaming.rs"));
    };
    (@dir) => {
        ::core::env!(
            "OUT_DIR",
            "nothing to include: this crate has no build script; write one, build.rs, that calls `streaming_build::compile_protos`"
        )
    };
    ($package:tt) => {
        ::core::include!(::core::concat!($crate::include_proto!(@dir), "/", $package, ".rs"));
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

/// Keeps its items where the feature `channel` is off.
#[cfg(feature = "channel")]
#[doc(hidden)]
#[macro_export]
macro_rules! if_no_channel {
    ($($item:tt)*) => {};
}

/// Keeps its items where the feature `channel` is off.
#[cfg(not(feature = "channel"))]
#[doc(hidden)]
#[macro_export]
macro_rules! if_no_channel {
    ($($item:tt)*) => { $($item)* };
}

/// Keeps its items where the feature `testing` is on.
#[cfg(feature = "testing")]
#[doc(hidden)]
#[macro_export]
macro_rules! if_testing {
    ($($item:tt)*) => { $($item)* };
}

/// Keeps its items where the feature `testing` is on.
#[cfg(not(feature = "testing"))]
#[doc(hidden)]
#[macro_export]
macro_rules! if_testing {
    ($($item:tt)*) => {};
}

/// Keeps its items where the feature `link` is on.
#[cfg(feature = "link")]
#[doc(hidden)]
#[macro_export]
macro_rules! if_link {
    ($($item:tt)*) => { $($item)* };
}

/// Keeps its items where the feature `link` is on.
#[cfg(not(feature = "link"))]
#[doc(hidden)]
#[macro_export]
macro_rules! if_link {
    ($($item:tt)*) => {};
}

/// What a client's handler expands to where the feature `link` is off.
#[cfg(all(feature = "macros", not(feature = "link")))]
#[doc(hidden)]
#[macro_export]
macro_rules! __no_link {
    ($($handler:tt)*) => {
        ::core::compile_error!(
            "a client's handler needs the feature `link` of streaming-runtime; name it in Cargo.toml"
        );
    };
}

#[cfg(all(feature = "macros", not(feature = "link")))]
pub use __no_link as expand_client;

/// `Debug` as a name with what is worth showing. A derived one would ask for a contract that can be shown.
#[cfg(feature = "_session")]
macro_rules! impl_debug {
    ([$($generics:tt)*] $name:ident<$($argument:tt),+>, |$this:ident| $($shown:expr),+) => {
        impl<$($generics)*> ::std::fmt::Debug for $name<$($argument),+> {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                let $this = self;
                f.debug_tuple(stringify!($name))$(.field(&$shown))+.finish()
            }
        }
    };
}

#[cfg(feature = "_session")]
pub(crate) use impl_debug;
