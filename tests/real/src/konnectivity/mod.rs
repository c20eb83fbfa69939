//! konnectivity's proxy and agents.

/// The generated code.
pub mod pb {
    generated!("konnectivity");
}

#[cfg(test)]
mod tests;
