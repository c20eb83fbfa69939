//! What is generated, in a crate that denies every lint, has no prelude, calls the runtime by another name, and has
//! items of its own by every name that generated code might use. That it compiles, under clippy and rustdoc too, is the
//! test.
#![no_implicit_prelude]
#![deny(warnings, clippy::all, clippy::pedantic, clippy::nursery)]
#![deny(missing_docs, single_use_lifetimes, trivial_casts, trivial_numeric_casts, unit_bindings)]
#![deny(unreachable_pub, unused_lifetimes, unused_qualifications)]
#![forbid(unsafe_code)]

/// The generated packages.
pub mod pb {
    ::rt::include_proto!();
}

/// The runtime by yet another path.
pub use ::rt as runtime;

mod core;
// tonic's own code is not free of these.
#[deny(let_underscore_drop, unused_results)]
pub mod clients;
#[deny(let_underscore_drop, unused_results)]
pub mod generic;
#[deny(let_underscore_drop, unused_results)]
pub mod twins;
#[deny(let_underscore_drop, unused_results)]
pub mod worst;
