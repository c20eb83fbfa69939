//! What the hub costs, as a ratio to a server written by hand on tonic for the same proto, and what a link costs beside
//! a client written by hand.
//!
//! `bench run` starts each side as a process of its own on core 0 and the load on core 1, by turns, and prints the
//! medians. The figure that counts is the side's CPU time per message: it hardly depends on the machine's mood.

mod centrifugo;
mod client;
mod cluster;
mod figures;
mod instructions;
mod json;
mod load;
mod measure;
mod peers;
mod plot;
mod process;
mod profile;
mod quiet;
mod record;
mod report;
mod run;
mod seen;
mod server;
mod settings;
mod workloads;

/// The generated code.
pub mod pb {
    streaming_runtime::include_proto!("bench.v1");

    /// The service as tonic users have it.
    #[allow(
        missing_docs,
        unused_qualifications,
        clippy::pedantic,
        reason = "what tonic-build writes"
    )]
    pub mod plain {
        include!(concat!(env!("OUT_DIR"), "/bench.v1.Bots.rs"));
    }
}

use anyhow::{Context as _, bail, ensure};

use self::{
    run::Options,
    settings::{Flavour, ServerSettings},
};

const USAGE: &str = "\
usage: bench run [--check] [--no-wait] [RUNS [SECONDS [WORKLOAD]]]
                                     compares, and records what comes out, or with --check looks whether it is worse
                                     than recorded; waits up to two minutes for a quiet machine, unless told
                                     --no-wait; 3 runs of 4 seconds of all workloads unless told otherwise,
                                     or of those whose names begin with WORKLOAD; fewer runs than 3 are not recorded
       bench brief                   whether all workloads run
       bench peers [RUNS [SECONDS]]  servers on other stacks; with --brief whether they do the same work
       bench profile                 flame graphs of a hub, by perf
       bench centrifugo [RUNS]       the publisher against a bare loop
       bench cluster [write|outage [CLIENTS|write]]
                                     clients of another node against bare requests over NATS
       bench instructions OPTIONS    what a message costs in instructions, by callgrind; says its options
       bench server SETTINGS         one side; settings as JSON: {\"kind\":\"hub\"}
       bench load SETTINGS           the load on a server
       bench drive echo|sink|listen|nameless ADDR CONNECTIONS IN_FLIGHT MESSAGES
                                     the same with so many messages, and no more
       bench asking IN_FLIGHT [CONNECTIONS MESSAGES]
                                     the hub of those that follow
       bench client SETTINGS         a link, or a client by hand";

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["run", ref options @ ..] => run::compare(&parse(options)?),
        ["brief"] => run::brief(),
        ["centrifugo"] => alone(centrifugo::compare(3)),
        ["centrifugo", runs] => alone(centrifugo::compare(number(runs, "RUNS")?)),
        ["cluster", ref args @ ..] => cluster::run(args),
        ["server", settings] => serve(serde_json::from_str(settings).context("SETTINGS")?),
        ["load", settings] => alone(load::run(serde_json::from_str(settings).context("SETTINGS")?)),
        ["profile"] => profile::draw(),
        ["peers", "--brief"] => peers::brief(),
        ["peers"] => peers::compare(3, 4),
        ["peers", runs] => peers::compare(number(runs, "RUNS")?, 4),
        ["peers", runs, seconds] => {
            peers::compare(number(runs, "RUNS")?, number(seconds, "SECONDS")?)
        }
        ["instructions", ref options @ ..] => instructions::count(options),
        ["drive", what, addr, connections, in_flight, messages] => alone(load::drive(
            what,
            addr.parse().context("ADDR")?,
            number(connections, "CONNECTIONS")?,
            number(in_flight, "IN_FLIGHT")?,
            number(messages, "MESSAGES")?,
        )),
        ["asking", in_flight] => alone(server::serve_asking(number(in_flight, "IN_FLIGHT")?, None)),
        ["asking", in_flight, connections, messages] => {
            let clients = number(connections, "CONNECTIONS")?;
            let messages = number(messages, "MESSAGES")?;
            alone(server::serve_asking(number(in_flight, "IN_FLIGHT")?, Some((clients, messages))))
        }
        ["client", settings] => {
            alone(client::run(serde_json::from_str(settings).context("SETTINGS")?))
        }
        _ => bail!(USAGE),
    }
}

fn parse(options: &[&str]) -> anyhow::Result<Options> {
    let (mut check, mut wait) = (false, true);
    let mut rest = Vec::new();
    for option in options {
        match *option {
            "--check" => check = true,
            "--no-wait" => wait = false,
            unknown if unknown.starts_with('-') => {
                bail!("there is no option `{unknown}`\n{USAGE}");
            }
            other => rest.push(other),
        }
    }
    let runs = rest.first().map_or(Ok(3), |runs| number(runs, "RUNS"))?;
    let seconds = rest.get(1).map_or(Ok(4), |seconds| number(seconds, "SECONDS"))?;
    ensure!(runs > 0 && seconds > 0, "RUNS and SECONDS are at least 1");
    // Names have spaces.
    let only = rest.get(2..).unwrap_or_default().join(" ");
    Ok(Options { check, wait, runs, seconds, only })
}

fn number<T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>>(
    text: &str,
    what: &str,
) -> anyhow::Result<T> {
    text.parse().with_context(|| format!("{what}: `{text}` is no number that fits\n{USAGE}"))
}

fn serve(settings: ServerSettings) -> anyhow::Result<()> {
    if settings.flavour == Flavour::CurrentThread {
        return alone(server::serve(settings));
    }
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build()?.block_on(server::serve(settings))
}

/// Runs on the one thread that is pinned.
fn alone<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn options_are_runs_seconds_and_a_name_of_several_words() {
        let options = parse(&["5", "2", "echo", "16x32"]).expect("as they should be");
        assert_eq!((options.runs, options.seconds, options.only.as_str()), (5, 2, "echo 16x32"));
        assert!(!options.check);
        let options = parse(&["--check"]).expect("as it should be");
        assert!(options.check && options.wait && options.only.is_empty() && options.runs == 3);
    }

    #[test]
    fn what_is_no_option_is_named() {
        let error = |options: &[&str]| parse(options).err().expect("a mistake").to_string();
        assert!(error(&["echo"]).starts_with("RUNS: `echo` is no number"), "{}", error(&["echo"]));
        assert!(error(&["--chekc"]).starts_with("there is no option `--chekc`"));
        assert!(error(&["0"]).starts_with("RUNS and SECONDS are at least 1"));
    }
}
