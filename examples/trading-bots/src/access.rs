//! Who may use the API and the rpc.

/// Whether a caller has the token.
pub(crate) enum Access {
    Granted,
    NoToken,
    Foreign,
}

/// Reads an `authorization: Bearer TOKEN`.
pub(crate) fn access(header: Option<&[u8]>, token: &str) -> Access {
    let Some(given) = header.and_then(|it| it.strip_prefix(b"Bearer ")) else {
        return Access::NoToken;
    };
    // Takes as long wherever they differ, so that nobody can guess it piece by piece.
    let differ = given.iter().zip(token.as_bytes()).fold(0, |all, (a, b)| all | (a ^ b));
    if given.len() == token.len() && differ == 0 { Access::Granted } else { Access::Foreign }
}
