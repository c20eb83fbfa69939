//! The options of the command line, each of which is an environment variable as well.

use std::{env, net::SocketAddr, str::FromStr};

use anyhow::{Context as _, Result, bail, ensure};

pub(crate) const HELP: &str = "\
`cargo xtask demo` starts all of it, Centrifugo included. By hand:

trading-bots [OPTION VALUE]..., or as variables: TRADING_BOTS_HTTP and so on
  --http ADDR           where the page and its API are (127.0.0.1:8080); port 0 for any
  --grpc ADDR           where bots connect (127.0.0.1:50051); port 0 for any
  --bots N              how many bots are simulated, up to 500 (20)
  --rate R              trades per second of each (1)
  --centrifugo URL      the server that pages get messages from (http://127.0.0.1:8000)
  --api-key KEY         its `api_key`
  --hmac-secret SECRET  its `token_hmac_secret_key`
  --token TOKEN         what the API and `SendCommand` ask for (a random one)";

const OPTIONS: [&str; 8] =
    ["http", "grpc", "bots", "rate", "centrifugo", "api-key", "hmac-secret", "token"];
const MOST_BOTS: usize = 500;
const FASTEST: f64 = 100.0;

/// What the program was told.
pub(crate) struct Settings {
    pub(crate) http: SocketAddr,
    pub(crate) grpc: SocketAddr,
    pub(crate) bots: usize,
    pub(crate) rate: f64,
    pub(crate) centrifugo: String,
    pub(crate) api_key: String,
    pub(crate) hmac_secret: String,
    pub(crate) token: String,
}

impl Settings {
    /// From the command line, then from the environment.
    pub(crate) fn read() -> Result<Self> {
        let args: Vec<String> = env::args().skip(1).collect();
        let mut given = Vec::new();
        for pair in args.chunks(2) {
            let name = pair[0].strip_prefix("--").filter(|name| OPTIONS.contains(name));
            match (name, pair.get(1)) {
                (Some(name), Some(value)) => given.push((name, value.clone())),
                (Some(name), None) => bail!("`--{name}` needs a value\n\n{HELP}"),
                (None, _) => bail!("there is no option `{}`\n\n{HELP}", pair[0]),
            }
        }
        let value = |name: &str| {
            let last = given.iter().rfind(|(given, _)| *given == name);
            last.map(|(_, value)| value.clone()).or_else(|| {
                env::var(format!("TRADING_BOTS_{}", name.to_uppercase().replace('-', "_"))).ok()
            })
        };
        let needed = |name: &str, key: &str| {
            let what = || format!("`--{name}` is missing: Centrifugo's `{key}`\n\n{HELP}");
            value(name).filter(|it| !it.is_empty()).with_context(what)
        };
        let settings = Self {
            http: parse("http", value("http"), SocketAddr::from(([127, 0, 0, 1], 8080)))?,
            grpc: parse("grpc", value("grpc"), SocketAddr::from(([127, 0, 0, 1], 50051)))?,
            bots: parse("bots", value("bots"), 20)?,
            rate: parse("rate", value("rate"), 1.0)?,
            centrifugo: parse("centrifugo", value("centrifugo"), "http://127.0.0.1:8000".into())?,
            api_key: needed("api-key", "api_key")?,
            hmac_secret: needed("hmac-secret", "token_hmac_secret_key")?,
            token: value("token").unwrap_or_else(|| uuid::Uuid::new_v4().simple().to_string()),
        };
        settings.check()
    }

    fn check(self) -> Result<Self> {
        let Self { bots, rate, centrifugo, token, .. } = &self;
        ensure!(*bots <= MOST_BOTS, "`--bots` is {bots}, at most {MOST_BOTS} are allowed");
        ensure!(
            (0.0..=FASTEST).contains(rate),
            "`--rate` is {rate}; it must be from 0 to {FASTEST}"
        );
        ensure!(
            centrifugo.starts_with("http://"),
            "`--centrifugo` is `{centrifugo}`; it must be like http://127.0.0.1:8000"
        );
        let plain = |it: char| it.is_ascii_alphanumeric() || "-._~".contains(it);
        ensure!(
            !token.is_empty() && token.chars().all(plain),
            "`--token` must consist of letters, digits and `-._~`, as it is part of the page's address"
        );
        Ok(self)
    }
}

fn parse<T: FromStr>(name: &str, value: Option<String>, default: T) -> Result<T> {
    let Some(value) = value else {
        return Ok(default);
    };
    value.parse().ok().with_context(|| format!("`{value}` is no value for `--{name}`\n\n{HELP}"))
}
