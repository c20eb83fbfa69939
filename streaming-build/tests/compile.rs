//! The golden files compile, without a warning, in a crate that has neither tonic nor prost.

#![deny(warnings, missing_docs, clippy::all, clippy::pedantic)]
#![no_implicit_prelude]

/// As `include_proto!` does it.
macro_rules! golden {
    ($($module:ident $file:literal;)*) => {$(
        #[doc = $file]
        pub mod $module {
            ::core::include!(::core::concat!("golden/", $file));
        }
    )*};
}

golden! {
    trading "trading/trading.v1.rs";
    nested "nested/nested.v1.rs";
    flag "flag/flag.v1.rs";
    names "names/names.type.rs";
    foreign "foreign/streaming.rs";
    several "several/several.v1.rs";
    envelope "envelope/envelope.v1.rs";
    answers "answers/answers.v1.rs";
    state "state/state.v1.rs";
    legacy "legacy/legacy.v1.rs";
    overridden "overridden/overridden.v1.rs";
    packets "packets/_.rs";
    hostile "hostile/hostile.v1.rs";
    kinds "kinds/kinds.v1.rs";
}
