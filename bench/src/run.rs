//! The comparison: each side by turns, medians, ratios, limits; what is recorded, and what is compared with it.

use std::time::Duration;

use anyhow::{bail, ensure};

use crate::{
    alone, centrifugo, figures,
    measure::{Bench, Scale},
    plot,
    quiet::Patience,
    record::{Comparison, Record},
    report,
    settings::Kind,
    workloads::{self, Program, Workload},
};

/// Fewer runs are not recorded.
pub(crate) const RECORDED: usize = 3;
/// So long a run waits in all for others to be done.
pub(crate) const PATIENCE: Duration = Duration::from_mins(2);

pub(crate) struct Options {
    pub(crate) check: bool,
    /// Whether it waits for a quiet machine.
    pub(crate) wait: bool,
    pub(crate) runs: usize,
    pub(crate) seconds: u64,
    /// What the names of the workloads begin with.
    pub(crate) only: String,
}

/// Compares the sides, and records or checks what comes out.
pub(crate) fn compare(options: &Options) -> anyhow::Result<()> {
    let all = workloads::all();
    let chosen: Vec<&Workload> =
        all.iter().filter(|it| it.name.starts_with(&options.only)).collect();
    if chosen.is_empty() {
        let names: Vec<&str> = all.iter().map(|workload| workload.name.as_str()).collect();
        bail!("no workload begins with `{}`; there are: {}", options.only, names.join(", "));
    }
    let cores = std::thread::available_parallelism()?.get();
    ensure!(cores > 1, "server and load need a core each, and there is one");
    let (runs, seconds) = (options.runs, options.seconds);
    println!("medians of {runs} runs of {seconds} s; server and load on a core each");
    let mut patience = Patience(if options.wait { PATIENCE } else { Duration::ZERO });
    let mut now = Record::default();
    for workload in chosen {
        let quiet = patience.wait()?;
        if !quiet {
            println!("the machine is not quiet; going on anyway");
        }
        let mut comparison = measure(workload, runs, Scale::Full { seconds })?;
        comparison.quiet = quiet;
        comparison.seconds = seconds.max(workload.least_seconds);
        print!("{}", report::text(workload, &comparison));
        now.0.insert(workload.name.clone(), comparison);
    }
    let mut record = Record::read()?;
    if options.check {
        let worse = record.regressions(&now, &all);
        ensure!(worse.is_empty(), "worse than recorded:\n- {}", worse.join("\n- "));
        println!("nothing is worse than recorded");
        return Ok(());
    }
    if runs < RECORDED {
        println!("not recorded: that takes {RECORDED} runs");
        return Ok(());
    }
    record.merge(now, &all);
    record.write()?;
    plot::draw(&record, &all)?;
    xtask::write_section(report::HEADING, &report::section(&record, &all))?;
    println!("recorded in bench/recorded.json and docs/benchmarks.md");
    Ok(())
}

/// Runs every side of every workload once, small, and fails where one gives no figure.
pub(crate) fn brief() -> anyhow::Result<()> {
    for workload in workloads::all() {
        let comparison = measure(&workload, 1, Scale::Brief)?;
        print!("{}", report::text(&workload, &comparison));
        for (side, figures) in &comparison.sides {
            let value = figures.get(&workload.counts).copied().unwrap_or_default();
            let derived = side == workloads::LESS_JSON;
            ensure!(
                derived || value > 0.0 && value.is_finite(),
                "{}, {side}: no {}: {figures:?}",
                workload.name,
                workload.counts.label()
            );
        }
    }
    println!("all workloads run");
    Ok(())
}

pub(crate) fn measure(
    workload: &Workload,
    runs: usize,
    scale: Scale,
) -> anyhow::Result<Comparison> {
    let published = workload.sides.iter().any(|it| it.program == Program::Server(Kind::Centrifugo));
    // It ends with this.
    let centrifugo = published.then(|| alone(centrifugo::Server::start())).transpose()?;
    let url = centrifugo.as_ref().map(|server| server.url.clone());
    let bench = Bench { workload, scale, centrifugo: url };
    let mut figures = vec![Vec::new(); workload.sides.len()];
    for _ in 0..runs {
        for (side, figures) in workload.sides.iter().zip(&mut figures) {
            figures.push(bench.run(side)?);
        }
    }
    let names = workload.sides.iter().map(|side| side.name.to_owned());
    let sides = names.zip(figures.iter().map(|runs| figures::medians(runs))).collect();
    let mut comparison = Comparison { quiet: false, runs, seconds: 0, sides };
    comparison.derive();
    Ok(comparison)
}
