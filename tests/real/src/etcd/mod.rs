//! etcd's watches and leases.

/// The generated code.
pub mod pb {
    generated!("etcd");
}

#[cfg(test)]
mod tests;
