//! A hub that is killed under its links, and comes back on the same port.

use std::{
    collections::HashSet,
    fmt::Write as _,
    fs, thread,
    time::{Duration, Instant},
};

use crate::{
    hub,
    log::Line,
    run::{LinkTimes, Run},
    verdict::Verdict,
};

const SECOND: Duration = Duration::from_secs(1);

/// How a run is.
pub(crate) struct Restart {
    clients: usize,
    /// How long the hub is away, one time after the other.
    downs: &'static [Duration],
    /// How long it is there before it goes again.
    holds: Duration,
    /// What each of its clients, and each that asks, rests between one and the next at most.
    pause: Duration,
    links: LinkTimes,
    drain: Duration,
    /// How soon all are back, and whether it is written down.
    full: bool,
}

impl Restart {
    pub(crate) const FULL: Self = Self {
        clients: 500,
        downs: &[
            Duration::from_secs(3),
            Duration::from_secs(10),
            Duration::from_secs(30),
            Duration::from_millis(500),
        ],
        // After a stream that held as long as the largest delay, the first delay is short again.
        holds: Duration::from_secs(8),
        pause: Duration::from_secs(2),
        links: LinkTimes {
            first: Duration::from_secs(2),
            max: Duration::from_secs(4),
            open_timeout: Duration::from_secs(10),
            silence: Duration::from_secs(90),
            // Less than the hub is away at its longest.
            reply: Duration::from_secs(20),
        },
        drain: Duration::from_secs(10),
        full: true,
    };

    pub(crate) const BRIEF: Self = Self {
        clients: 50,
        downs: &[SECOND, Duration::ZERO],
        holds: SECOND,
        pause: Duration::from_millis(200),
        links: LinkTimes {
            first: Duration::from_millis(200),
            max: Duration::from_millis(400),
            open_timeout: Duration::from_secs(10),
            silence: Duration::from_secs(90),
            reply: Duration::from_secs(5),
        },
        drain: SECOND,
        full: false,
    };
}

/// Within this time all are back.
const BACK: Duration = Duration::from_secs(5);
/// In so short a time …
const WINDOW: Duration = Duration::from_millis(250);

pub(crate) fn run(restart: &Restart) -> anyhow::Result<()> {
    let hubs = hub::Settings {
        clients: restart.clients,
        pause: restart.pause,
        grace: Duration::ZERO,
        drain: restart.drain,
        ping: 5 * SECOND,
        silence: 30 * SECOND,
        reply: restart.links.reply / 2,
        at_least_once: Duration::from_mins(1),
        ..hub::Settings::default()
    };
    let mut run = Run::new("restart", 1, hubs)?;
    let mut hub = run.start_hub()?;
    let mut links = run.start_links(vec![run.nodes[0].grpc], restart.pause, &restart.links)?;
    let mut asker = run.start_asker()?;
    run.all_are_there(&mut hub)?;
    for down in restart.downs {
        thread::sleep(restart.holds);
        println!("the hub is killed, and away for {down:?}");
        // Killed before it knows.
        drop(hub);
        thread::sleep(*down);
        hub = run.start_hub()?;
        run.all_are_there(&mut hub)?;
    }
    thread::sleep(restart.holds);
    println!("the hub is drained within {:?}, and back at once", restart.drain);
    let since = Instant::now();
    let report = hub.ask("drain")?;
    drop(hub);
    let drained = since.elapsed();
    hub = run.start_hub()?;
    run.all_are_there(&mut hub)?;
    thread::sleep(restart.holds);
    for quiet in [&mut asker, &mut links, &mut hub] {
        quiet.ask("quiet")?;
    }
    drop((asker, links, hub));

    let last = restart.downs.len() + 1;
    let logs = run.logs(vec![last - 1, last])?;
    let mut verdict = Verdict::default();
    verdict.line(format!(
        "{} links over TCP, {}; first delay up to {:?}, at most {:?}",
        restart.clients, run.machine, restart.links.first, restart.links.max
    ));
    for (hub, down) in logs.hubs[1..].iter().zip(restart.downs) {
        let arrivals = Arrivals::of(hub);
        verdict.line(format!("killed, and away for {down:?}: {}", arrivals.line()));
        if restart.full {
            // Those who lose it at once and find it again at once come within the first delay.
            let most = if *down < SECOND { 3 } else { 5 };
            verdict.hold(arrivals.last <= BACK, || {
                format!("away for {down:?}, it had all back after {:?}", arrivals.last)
            });
            verdict.hold(arrivals.densest * most <= arrivals.count, || {
                format!(
                    "away for {down:?}, {} of {} came within {WINDOW:?}",
                    arrivals.densest, arrivals.count
                )
            });
        }
    }
    let arrivals = Arrivals::of(&logs.hubs[last]);
    verdict.line(format!(
        "drained in {:.1} s ({report}): {}",
        drained.as_secs_f64(),
        arrivals.line()
    ));
    logs.judge(&mut verdict);
    let lines = verdict.end()?;
    fs::remove_dir_all(&run.folder)?;
    if restart.full {
        let mut text = INTRODUCTION.to_owned();
        text.write_str(&lines)?;
        xtask::write_section("Links whose hub restarts", &text)?;
    }
    Ok(())
}

const INTRODUCTION: &str = "\
Written by `cargo xtask storm restart`, which fails where it takes longer than 5 s until all links are back, where more than
a fifth of them come within 250 ms (after a restart within a second: a third), where a command is executed twice, or where
a request has not exactly one outcome. Hub, links and those who ask through an HTTP API of the hub's are processes of their
own; who asks there asks again under the same id until it is answered.

";

/// How the clients came back to a hub.
struct Arrivals {
    count: usize,
    /// After the hub listened.
    last: Duration,
    /// How many came within one window at most.
    densest: usize,
}

impl Arrivals {
    /// Of each client the first counts.
    fn of(hub: &[Line]) -> Self {
        let begins = hub.iter().find(|line| line.is("listens")).map_or(Duration::ZERO, |it| it.at);
        let mut clients = HashSet::new();
        let connected = hub.iter().filter(|line| line.is("connected"));
        let times: Vec<Duration> = connected
            .filter(|line| clients.insert(line.client.as_str()))
            .map(|line| line.at.saturating_sub(begins))
            .collect();
        let within = |from: Duration| {
            let window = from..from + WINDOW;
            times.iter().filter(|at| window.contains(at)).count()
        };
        Self {
            count: times.len(),
            last: times.last().copied().unwrap_or_default(),
            densest: times.iter().copied().map(within).max().unwrap_or_default(),
        }
    }

    fn line(&self) -> String {
        let Self { count, last, densest } = self;
        format!(
            "{count} back after {:.2} s, at most {densest} of them within {WINDOW:?}",
            last.as_secs_f64()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrivals_are_counted_from_when_the_hub_listens() {
        let mut text = "1000000 listens - - -\n".to_owned();
        for (client, millis) in [(0, 100), (1, 200), (2, 349), (1, 350), (3, 450), (4, 3000)] {
            let at = 1_000_000 + millis * 1000;
            writeln!(text, "{at} connected bot-{client} - -").expect("a string takes everything");
        }
        let hub: Vec<Line> = text.lines().map(|line| line.parse().expect("a line")).collect();
        let Arrivals { count, last, densest } = Arrivals::of(&hub);
        assert_eq!((count, last, densest), (5, Duration::from_secs(3), 3));
    }
}
