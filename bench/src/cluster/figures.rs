//! What a side did in a while, and what that cost.

use std::{fs, time::Duration};

use anyhow::Context as _;

/// Of one run.
#[derive(Clone, Debug)]
pub(crate) struct Figures {
    /// Each second.
    pub(crate) rate: f64,
    /// Microseconds, in the middle and at the slow end.
    pub(crate) p50: f64,
    p99: f64,
    /// Microseconds each: in those who have a part in it as they were started, the server last.
    parts: Vec<f64>,
}

impl Figures {
    /// From what the side says: how many, seconds, and two percentiles.
    pub(super) fn of(line: &str, cpu: &[Duration]) -> anyhow::Result<Self> {
        let words: Vec<f64> = line.split(' ').map(str::parse).collect::<Result<_, _>>()?;
        let [count, seconds, p50, p99] = words[..] else { anyhow::bail!("`{line}`") };
        let parts = cpu.iter().map(|it| it.as_secs_f64() * 1e6 / count).collect();
        Ok(Self { rate: count / seconds, p50, p99, parts })
    }

    /// Microseconds of CPU in all processes.
    pub(crate) fn cost(&self) -> f64 {
        self.parts.iter().sum()
    }

    /// The clients are the second; the bare side has none.
    pub(crate) fn cost_without_clients(&self) -> f64 {
        self.cost() - if self.parts.len() == 4 { self.parts[1] } else { 0.0 }
    }

    pub(crate) fn beside(&self, bare: &Self) -> String {
        let Self { rate, p50, p99, .. } = self;
        let parts: Vec<String> = self.parts.iter().map(|part| format!("{part:.1}")).collect();
        format!(
            "{rate:.0}/s ({:.2}), p50 {p50:.0} us ({:.2}), p99 {p99:.0} us, CPU {:.1} us ({:.2}), without clients {:.1} us \
             ({:.2}); {}",
            rate / bare.rate,
            p50 / bare.p50,
            self.cost(),
            self.cost() / bare.cost(),
            self.cost_without_clients(),
            self.cost_without_clients() / bare.cost(),
            parts.join(" + ")
        )
    }
}

/// Each figure's own median.
pub(super) fn median(runs: &[Figures]) -> Figures {
    let middle = |of: &dyn Fn(&Figures) -> f64| {
        let mut all: Vec<f64> = runs.iter().map(of).collect();
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    };
    let parts = 0..runs[0].parts.len();
    Figures {
        rate: middle(&|run| run.rate),
        p50: middle(&|run| run.p50),
        p99: middle(&|run| run.p99),
        parts: parts.map(|part| middle(&|run| run.parts[part])).collect(),
    }
}

/// CPU time of a process so far, in all its threads.
pub(super) fn cpu(id: u32) -> anyhow::Result<Duration> {
    let mut nanos = 0;
    for task in fs::read_dir(format!("/proc/{id}/task"))? {
        let stat = fs::read_to_string(task?.path().join("schedstat"))?;
        nanos += stat.split(' ').next().context("schedstat")?.parse::<u64>()?;
    }
    Ok(Duration::from_nanos(nanos))
}

/// Resident memory of a process, in bytes.
pub(super) fn memory(id: u32) -> anyhow::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{id}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? * 1024)
}
