//! Contracts that others wrote, each in a folder of its own: its build lines, and tests that send every variant through
//! a hub. The protos come from packages of others when this is built.

/// Includes what the build lines of a contract generate.
macro_rules! generated {
    ($name:literal) => {
        include!(concat!(env!("OUT_DIR"), "/", $name, "/streaming.rs"));
    };
}

pub mod buildkit;
pub mod dapr;
pub mod envoy;
pub mod etcd;
pub mod konnectivity;
pub mod reflection;
pub mod teleport;

#[cfg(test)]
mod stage;
