//! gRPC's server reflection.

/// The generated code.
pub mod pb {
    generated!("reflection");
}

#[cfg(test)]
mod tests;
