//! Teleport's inventory: one contract of a service with hundreds of rpcs. What the others lack: a stream that greets and
//! says goodbye.

/// The generated code.
pub mod pb {
    generated!("teleport");
}

#[cfg(test)]
mod tests;
