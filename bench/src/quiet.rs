//! Waits until nobody else uses the machine.

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use anyhow::Context as _;

/// Quiet is what leaves so much of all cores.
const BUSY: f64 = 0.1;
const LOOK: Duration = Duration::from_millis(500);

/// How long a run waits in all.
pub(crate) struct Patience(pub(crate) Duration);

impl Patience {
    /// Waits, and tells whether the machine is quiet. Where patience has ended one look must do.
    pub(crate) fn wait(&mut self) -> anyhow::Result<bool> {
        let start = Instant::now();
        loop {
            let quiet = busy(LOOK)? < BUSY;
            if quiet || start.elapsed() >= self.0 {
                self.0 = self.0.saturating_sub(start.elapsed());
                return Ok(quiet);
            }
        }
    }
}

/// Which part of all cores is used in this time.
fn busy(time: Duration) -> anyhow::Result<f64> {
    let stat = || Ok::<_, anyhow::Error>(fs::read_to_string("/proc/stat")?);
    let before = stat()?;
    thread::sleep(time);
    share(&before, &stat()?).context("/proc/stat")
}

/// Of two states of /proc/stat.
fn share(before: &str, after: &str) -> Option<f64> {
    let (idle, total) = ticks(before)?;
    let (idle_after, total_after) = ticks(after)?;
    let passed = total_after.checked_sub(total)?.max(1);
    let idle = idle_after.saturating_sub(idle).min(passed);
    Some(crate::figures::float(passed - idle) / crate::figures::float(passed))
}

/// Idle, also while waiting for a disk, and all.
fn ticks(stat: &str) -> Option<(u64, u64)> {
    let numbers = stat.lines().next()?.strip_prefix("cpu ")?.split_whitespace();
    let ticks: Vec<u64> = numbers.map_while(|number| number.parse().ok()).collect();
    Some((ticks.get(3)? + ticks.get(4)?, ticks.iter().take(8).sum()))
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn what_is_not_idle_is_busy() {
        let before = "cpu  100 0 100 700 100 0 0 0 50 0\ncpu0 1 1 1 1\n";
        let after = "cpu  110 0 110 770 110 0 0 0 60 0\ncpu0 1 1 1 1\n";
        let busy = share(before, after).expect("its form");
        assert!((busy - 0.2).abs() < 1e-9, "{busy}");
        assert_eq!(share("intr 1", after), None);
    }
}
