//! The transcript's lines, and the command line.

use std::{fmt::Display, net::SocketAddr, sync::OnceLock, time::Instant};

use anyhow::{Context as _, bail};

/// Where `--serve` listens unless it is told otherwise.
const DEFAULT: &str = "127.0.0.1:50051";

/// Prints one line: when, who, what.
pub(crate) fn say(who: &str, what: impl Display) {
    static START: OnceLock<Instant> = OnceLock::new();
    let at = START.get_or_init(Instant::now).elapsed().as_secs_f64();
    println!("{at:5.1}s  {who:<8} {what}");
}

/// The address of `--serve [ADDR]`; `None` without it.
pub(crate) fn serve_address() -> anyhow::Result<Option<SocketAddr>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let addr = match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => return Ok(None),
        ["--serve"] => DEFAULT,
        ["--serve", addr] => addr,
        _ => bail!("usage: quickstart [--serve [ADDR]]; ADDR is {DEFAULT} unless it is given"),
    };
    let addr = addr
        .parse()
        .with_context(|| format!("`{addr}` is no address like `{DEFAULT}`"))?;
    Ok(Some(addr))
}
