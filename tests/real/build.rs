//! Generates each contract by the lines in its folder, into a folder of its own.

#[path = "src/buildkit/build.rs"]
mod buildkit;
#[path = "src/dapr/build.rs"]
mod dapr;
#[path = "src/envoy/build.rs"]
mod envoy;
#[path = "src/etcd/build.rs"]
mod etcd;
#[path = "src/konnectivity/build.rs"]
mod konnectivity;
#[path = "src/reflection/build.rs"]
mod reflection;
#[path = "src/teleport/build.rs"]
mod teleport;

use std::{env, fs, path::PathBuf};

use streaming_build::{Builder, Error, configure};

type Build = fn(Builder, PathBuf) -> Result<(), Error>;

const CONTRACTS: [(&str, Build); 7] = [
    ("buildkit", buildkit::build),
    ("dapr", dapr::build),
    ("envoy", envoy::build),
    ("etcd", etcd::build),
    ("konnectivity", konnectivity::build),
    ("reflection", reflection::build),
    ("teleport", teleport::build),
];

fn main() -> Result<(), Error> {
    // What was fetched must be there again after it was deleted.
    let protos = match xtask::services::protos() {
        Ok(protos) => protos,
        Err(error) => {
            println!("cargo::error=the protos of others are missing: {error:#}");
            return Ok(());
        }
    };
    let out_dir = env::var_os("OUT_DIR").map(PathBuf::from).ok_or(Error::NoOutDir)?;
    for (name, build) in CONTRACTS {
        let out_dir = out_dir.join(name);
        fs::create_dir_all(&out_dir).expect("cargo's folder can be written to");
        build(configure().out_dir(out_dir), protos.join(name))?;
    }
    Ok(())
}
