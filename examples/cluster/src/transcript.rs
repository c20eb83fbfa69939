//! The transcript's lines.

use std::{fmt::Display, sync::OnceLock, time::Instant};

/// Prints one line: when, who, what.
pub(crate) fn say(who: &str, what: impl Display) {
    static START: OnceLock<Instant> = OnceLock::new();
    let at = START.get_or_init(Instant::now).elapsed().as_secs_f64();
    println!("{at:5.1}s  {who:<8} {what}");
}
