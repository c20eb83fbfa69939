//! Lines between links and their hub that are cut, late, still or dead in one direction, at random.

use std::{
    collections::BTreeMap,
    env, fs,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::Context as _;
use e2e::proxy::{Line, carry_each};
use fastrand::Rng;
use tokio::{sync::watch, time::sleep};

use crate::{
    hub,
    log::Line as Entry,
    run::{LinkTimes, Run},
    traffic::client,
    verdict::{Logs, Verdict, list},
};

const SECOND: Duration = Duration::from_secs(1);

/// How a run is.
pub(crate) struct Faults {
    clients: usize,
    /// How long lines fail.
    time: Duration,
    /// A line is good for up to six of these, and bad for up to four.
    unit: Duration,
    /// What each of the hub's clients, and each that asks, rests between one and the next at most.
    pause: Duration,
    links: LinkTimes,
    /// Whether it is written down.
    full: bool,
}

impl Faults {
    pub(crate) const FULL: Self = Self {
        clients: 100,
        time: Duration::from_mins(2),
        unit: SECOND,
        pause: Duration::from_millis(500),
        links: LinkTimes {
            first: Duration::from_millis(500),
            max: Duration::from_secs(2),
            open_timeout: Duration::from_secs(3),
            silence: Duration::from_secs(3),
            reply: Duration::from_secs(10),
        },
        full: true,
    };

    pub(crate) const BRIEF: Self = Self {
        clients: 50,
        time: Duration::from_secs(6),
        unit: Duration::from_millis(400),
        pause: Duration::from_millis(200),
        links: LinkTimes {
            first: Duration::from_millis(100),
            max: Duration::from_millis(400),
            open_timeout: Duration::from_secs(2),
            silence: Duration::from_secs(2),
            reply: Duration::from_secs(4),
        },
        full: false,
    };
}

pub(crate) fn run(faults: &Faults) -> anyhow::Result<()> {
    let seed = match env::var("STREAMING_SEED") {
        Ok(seed) => seed.parse().context("STREAMING_SEED is a number")?,
        Err(_) => fastrand::u64(..),
    };
    println!("the lines: STREAMING_SEED={seed}");
    let hubs = hub::Settings {
        clients: faults.clients,
        pause: faults.pause,
        // Longer than any line is bad.
        grace: 10 * crate::run::PATIENCE,
        drain: SECOND,
        ping: faults.links.silence / 4,
        // So that a session outlives a line on which its client cannot be heard.
        silence: 5 * faults.unit + SECOND,
        reply: faults.links.reply,
        at_least_once: Duration::from_mins(1),
        ..hub::Settings::default()
    };
    let mut run = Run::new("faults", 1, hubs)?;
    let mut hub = run.start_hub()?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let weather = Arc::new(Weather::new(seed, faults.unit));
    let lines = {
        let weather = weather.clone();
        let hub = SocketAddr::from(([127, 0, 0, 1], run.nodes[0].grpc));
        runtime.block_on(carry_each(hub, move || weather.line()))
    };
    let mut links = run.start_links(vec![lines.port()], faults.pause, &faults.links)?;
    let mut asker = run.start_asker()?;
    run.all_are_there(&mut hub)?;
    println!("lines fail for {:?}", faults.time);
    weather.sky.send_replace(Sky::Storm);
    std::thread::sleep(faults.time);
    weather.sky.send_replace(Sky::Over);
    for quiet in [&mut asker, &mut links, &mut hub] {
        quiet.ask("quiet")?;
    }
    drop((asker, links, hub));

    let logs = run.logs(vec![0])?;
    let mut verdict = Verdict::default();
    verdict.line(format!(
        "{} links over TCP for {:?}, {}, STREAMING_SEED={seed}",
        faults.clients, faults.time, run.machine
    ));
    weather.judge(&mut verdict);
    judge_sessions(&logs, faults.clients, &mut verdict);
    logs.judge(&mut verdict);
    let lines = verdict.end()?;
    fs::remove_dir_all(&run.folder)?;
    if faults.full {
        xtask::write_section("Links over lines that fail", &format!("{INTRODUCTION}{lines}"))?;
    }
    Ok(())
}

const INTRODUCTION: &str = "\
Written by `cargo xtask storm faults`, which fails where a request has not exactly one outcome, where a command is executed
twice, where what waited in a link for a stream is lost, or where a client that comes back does not go on with its session.
It cannot where the headers with its next key were lost on their way: such a session ends as `replaced`.

";

/// A client that comes back goes on with its session. It is allowed not to where it was silent for too long, where an attempt
/// of its own had no answer (the headers with the next key may have been lost, and the attempt may be a session itself), and
/// where an attempt never became a stream of the hub's (its key is not the session's then).
fn judge_sessions(logs: &Logs, clients: usize, verdict: &mut Verdict) {
    let [connects, resumes] = ["connected", "resumed"].map(|event| logs.on_hubs(event).count());
    let ends = list(logs.on_hubs("disconnected").map(|line| line.detail.as_str()));
    verdict.line(format!(
        "sessions: {connects} begun by {clients} clients, {resumes} resumes; ended: {ends}"
    ));
    verdict.hold(resumes > 0, || "no client went on with its session".to_owned());
    let mut anew = Vec::new();
    for client in (0..clients).map(client) {
        let count = |lines: &[Entry], events: &[&str]| {
            let of = lines.iter().filter(|line| line.client == client);
            of.filter(|line| events.contains(&line.event.as_str())).count()
        };
        let streams = ["connected", "resumed"];
        let hub = &logs.hubs[0];
        let silent = logs.on_hubs("disconnected").filter(|line| line.client == client);
        let silent = silent.filter(|line| line.detail == "ping-timeout").count();
        let attempts = count(&logs.links, &["opens"]);
        let unanswered = attempts.saturating_sub(count(&logs.links, &streams));
        let unheard = attempts.saturating_sub(count(hub, &streams));
        let begun = count(hub, &["connected"]);
        if begun > 1 + silent + 2 * unanswered + unheard {
            anew.push(format!("{client} {begun}"));
        }
    }
    verdict.none("clients did not go on with their sessions", &anew);
}

/// When lines fail.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sky {
    NotYet,
    Storm,
    Over,
}

/// What befalls lines.
struct Weather {
    seed: u64,
    unit: Duration,
    sky: watch::Sender<Sky>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    lines: usize,
    faults: BTreeMap<&'static str, u64>,
}

/// The ways in which a line fails.
const FAULTS: [&str; 6] = ["cut", "late", "still for a while", "still", "mute", "deaf"];

impl Weather {
    fn new(seed: u64, unit: Duration) -> Self {
        Self { seed, unit, sky: watch::Sender::new(Sky::NotYet), state: Mutex::default() }
    }

    /// The line of the next connection.
    fn line(self: &Arc<Self>) -> watch::Receiver<Line> {
        let (line, changes) = watch::channel(Line::Open);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.lines += 1;
        // In turn, so that none is left out.
        let fault = FAULTS[state.lines % FAULTS.len()];
        let random = Rng::with_seed(self.seed ^ state.lines as u64);
        let course = self.clone().course(line, fault, random);
        drop(state);
        tokio::spawn(course);
        changes
    }

    /// What becomes of a line: it fails in one way, unless the storm is over before. A line that nobody keeps is cut.
    async fn course(
        self: Arc<Self>,
        line: watch::Sender<Line>,
        fault: &'static str,
        mut random: Rng,
    ) {
        let mut units = |most: f64| self.unit.mul_f64(most * random.f64());
        // Some are bad from the start.
        let good = units(9.0).saturating_sub(3 * self.unit);
        let (late, bad) = (units(0.3), units(4.0));
        let (mut begins, mut ends) = (self.sky.subscribe(), self.sky.subscribe());
        let fails = async {
            if begins.wait_for(|sky| *sky == Sky::Storm).await.is_err() {
                return;
            }
            sleep(good).await;
            if line.is_closed() {
                return;
            }
            self.count(fault);
            line.send_replace(match fault {
                "cut" => Line::Cut,
                "late" => Line::Late(late),
                "mute" => Line::Mute,
                "deaf" => Line::Deaf,
                _ => Line::Still,
            });
            sleep(bad).await;
            if fault == "still for a while" {
                line.send_replace(Line::Open);
                line.closed().await;
            }
        };
        let over = async { ends.wait_for(|sky| *sky == Sky::Over).await.map(drop) };
        tokio::select! {
            () = fails => {}
            _ = over => if *line.borrow() == Line::Open {
                line.closed().await;
            }
        }
    }

    fn count(&self, fault: &'static str) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        *state.faults.entry(fault).or_default() += 1;
    }

    fn judge(&self, verdict: &mut Verdict) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let faults = state.faults.iter().map(|(fault, count)| format!("{count} {fault}"));
        let faults: Vec<String> = faults.collect();
        verdict.line(format!("{} connections, which failed: {}", state.lines, faults.join(", ")));
        for fault in FAULTS {
            verdict.hold(state.faults.contains_key(fault), || format!("no line was {fault}"));
        }
    }
}
