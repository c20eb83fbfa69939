//! Dapr's scheduler.

/// The generated code.
pub mod pb {
    generated!("dapr");
}

#[cfg(test)]
mod tests;
