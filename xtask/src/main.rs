//! `cargo xtask <command>`: the chores of this repository. `cargo xtask help` lists them.

mod cases;
mod compile_cost;
mod crates;
mod demo;
mod fuzz;
mod interleavings;
mod package;
mod run;
mod test;
mod tools;

use std::process::ExitCode;

use anyhow::{Result, bail};

const HELP: &str = "\
cargo xtask demo       bots, their hub and every message in the browser; takes options of examples/trading-bots
cargo xtask test       everything that must hold: format, lints, docs, crate counts, packages, tests
cargo xtask bench      what the hub costs beside hand-written tonic; takes --check, --no-wait, RUNS, SECONDS and WORKLOAD
cargo xtask bench instructions   what a message costs in instructions, by callgrind; takes --check, --write, --top and more
cargo xtask bench peers    servers of the same proto on grpc-go and grpcio beside them; takes RUNS and SECONDS
cargo xtask bench cluster  requests to clients of another node beside bare ones over NATS; with write records them, and with
                           outage (write) how fast clients are back when NATS is
cargo xtask bench profile  draws where a hub's time goes, by perf
cargo xtask loom       tries every interleaving of what threads share
cargo xtask fuzz       raw bytes into a hub for five minutes, or so many SECONDS
cargo xtask soak       clients that come and go for ten minutes, or SECONDS, and what is left of them
cargo xtask storm      hubs that are killed (restart) lines that fail (faults), nodes of a cluster (cluster), and what becomes of what was promised
cargo xtask compile-cost   what the toolkit costs at compile time beside tonic-prost-build
cargo xtask services   builds or installs the programs that tests need, into target/services
cargo xtask package    packages the three crates that are published
cargo xtask crates     counts the crates that each feature set pulls in";

fn main() -> ExitCode {
    match command() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn command() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["demo", ref options @ ..] => demo::show(options),
        ["test"] => test::all(),
        ["bench", ref settings @ ..] => bench(settings),
        ["loom"] => interleavings::explore(),
        ["fuzz"] => fuzz::run_for(None),
        ["fuzz", seconds] => fuzz::run_for(Some(seconds)),
        ["soak"] => soak(&[]),
        ["soak", seconds] => soak(&[seconds]),
        ["storm", which] => storm(which),
        ["compile-cost"] => compile_cost::measure(),
        ["services"] => services(),
        ["package"] => package::check(),
        ["crates"] => crates::check(),
        [] | ["help" | "--help" | "-h"] => {
            println!("{HELP}");
            Ok(())
        }
        _ => bail!("no command `{}`; commands:\n{HELP}", args.join(" ")),
    }
}

fn bench(settings: &[&str]) -> Result<()> {
    let mut bench = run::cargo(["run", "--release", "--quiet", "--package", "bench", "--"]);
    match settings {
        ["cluster" | "instructions" | "peers" | "profile", ..] => {}
        _ => {
            bench.arg("run");
        }
    }
    run::run(bench.args(settings))
}

fn soak(settings: &[&str]) -> Result<()> {
    let mut soak = run::cargo(["run", "--release", "--quiet", "--package", "soak", "--", "run"]);
    run::run(soak.args(settings))
}

fn storm(which: &str) -> Result<()> {
    let mut storm = run::cargo(["run", "--release", "--quiet", "--package", "storm", "--"]);
    run::run(storm.arg(which))
}

fn services() -> Result<()> {
    tools::check()?;
    println!("grpcurl      {}", xtask::services::grpcurl()?.display());
    println!("centrifugo   {}", xtask::services::centrifugo()?.display());
    println!("nats-server  {}", xtask::services::nats_server()?.display());
    println!("chromium     {}", xtask::services::chromium()?.display());
    println!("python       {}", xtask::services::python()?.display());
    println!("npm packages {}", xtask::services::node_modules()?.display());
    println!("protos       {}", xtask::services::protos()?.display());
    println!("peers        {}", xtask::services::peers()?.display());
    println!("bench peer   {}", xtask::services::bench_peer()?.display());
    Ok(())
}
