//! The processes of `BuildKit`'s containers.

/// The generated code.
pub mod pb {
    generated!("buildkit");
}

#[cfg(test)]
mod tests;
