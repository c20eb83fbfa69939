//! Envoy's external processor and aggregated discovery.

/// The generated code.
pub mod pb {
    generated!("envoy");
}

#[cfg(test)]
mod tests;
