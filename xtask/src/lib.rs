//! What both `cargo xtask` and the tests need: programs of others, built or installed once.
//!
//! ```no_run
//! let grpcurl = xtask::services::grpcurl()?;
//! let version = std::process::Command::new(grpcurl).arg("--version").output()?;
//! # Ok::<(), anyhow::Error>(())
//! ```

mod benchmarks;
mod peer;
pub mod services;

use std::path::Path;

pub use benchmarks::write_section;
pub use peer::Peer;

/// The folder of the workspace.
///
/// # Panics
///
/// Never: `xtask` lies in a folder of the workspace.
#[must_use]
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is a folder of the workspace")
}
