//! One run of one side.

use anyhow::Context as _;

use crate::{
    figures::{Figure, Figures, float},
    process::Pinned,
    settings::{ClientSettings, Does, Duty, Kind, LoadSettings, Seen, ServerSettings},
    workloads::{Program, Side, Workload},
};

const SERVER_CORE: usize = 0;
const LOAD_CORE: usize = 1;

/// How large and how long.
#[derive(Clone, Copy)]
pub(crate) enum Scale {
    /// As the workloads say, each process on its core.
    Full { seconds: u64 },
    /// Whether it runs at all.
    Brief,
}

impl Scale {
    fn warm_up_ms(self) -> u64 {
        if matches!(self, Self::Brief) { 50 } else { 1000 }
    }

    fn measured_ms(self, workload: &Workload) -> u64 {
        match self {
            Self::Full { seconds } => seconds.max(workload.least_seconds) * 1000,
            Self::Brief => 300,
        }
    }

    fn of(self, number: usize, brief: usize) -> usize {
        if matches!(self, Self::Brief) { number.min(brief) } else { number }
    }

    fn core(self, core: usize) -> Option<usize> {
        matches!(self, Self::Full { .. }).then_some(core)
    }
}

/// A workload in a size, and the Centrifugo that some sides need.
pub(crate) struct Bench<'a> {
    pub(crate) workload: &'a Workload,
    pub(crate) scale: Scale,
    pub(crate) centrifugo: Option<String>,
}

impl Bench<'_> {
    pub(crate) fn run(&self, side: &Side) -> anyhow::Result<Figures> {
        match side.program {
            Program::Server(kind) => self.server(side, kind),
            Program::Client(_) => self.client(side),
        }
    }

    fn server(&self, side: &Side, kind: Kind) -> anyhow::Result<Figures> {
        let settings = serde_json::to_string(&self.server_settings(kind))?;
        let core = self.scale.core(SERVER_CORE);
        let mut server = Pinned::server(kind, core, &settings)?;
        let addr = server.line().context("the server's address")?;
        let empty = server.memory()?;
        let settings = serde_json::to_string(&self.load_settings(side, &addr)?)?;
        let mut load = Pinned::own(self.scale.core(LOAD_CORE), &["load", &settings])?;
        load.line().context("the begin of the load")?;
        let tells = self.workload.asks_server() || kind == Kind::Centrifugo;
        if tells {
            server.ask("begin")?;
        }
        let before = server.cpu()?;
        let line = load.line().context("the end of the load")?;
        let cpu = server.cpu()?.saturating_sub(before).as_secs_f64();
        let seen: Seen = serde_json::from_str(&line)?;
        let memory = float(server.memory()?.saturating_sub(empty)) / 1024.0;
        let mut figures = self.figures(seen, cpu, memory);
        if tells {
            let seen: Seen = serde_json::from_str(&server.ask("end")?)?;
            figures.extend(latencies(seen));
        }
        if self.workload.asks_server() && matches!(self.workload.duty, Duty::LookUps) {
            // It would be that of streams, and not of what is looked up.
            figures.remove(&Figure::Cpu);
        }
        if let Some(dropped) = figures.get_mut(&Figure::Dropped) {
            *dropped /= float(seen.count.max(1));
        }
        Ok(figures)
    }

    fn figures(&self, seen: Seen, cpu: f64, memory: f64) -> Figures {
        if self.workload.is_idle() {
            let streams = self.streams() * self.connections();
            return Figures::from([
                (Figure::Memory, memory / float(u64::try_from(streams).unwrap_or(1))),
                (Figure::Rest, cpu / seen.seconds),
            ]);
        }
        let mut figures = Figures::from([
            (Figure::Cpu, cpu * 1e6 / float(seen.count.max(1))),
            (Figure::Rate, float(seen.count) / seen.seconds),
        ]);
        figures.extend(latencies(seen));
        figures
    }

    fn client(&self, side: &Side) -> anyhow::Result<Figures> {
        let Program::Client(kind) = side.program else {
            anyhow::bail!("`{}` is no client", side.name);
        };
        let in_flight = self.in_flight().to_string();
        let mut server = Pinned::own(self.scale.core(SERVER_CORE), &["asking", &in_flight])?;
        let settings = ClientSettings {
            kind,
            addr: server.line().context("the server's address")?.parse()?,
            connections: self.connections(),
            warm_up_ms: self.scale.warm_up_ms(),
            measured_ms: self.scale.measured_ms(self.workload),
        };
        let settings = serde_json::to_string(&settings)?;
        let mut client = Pinned::own(self.scale.core(LOAD_CORE), &["client", &settings])?;
        client.line().context("the begin of the clients")?;
        let before = client.cpu()?;
        let line = client.line().context("the end of the clients")?;
        let cpu = client.cpu()?.saturating_sub(before).as_secs_f64();
        Ok(self.figures(serde_json::from_str(&line)?, cpu, 0.0))
    }

    fn server_settings(&self, kind: Kind) -> ServerSettings {
        let duty = match self.workload.duty {
            Duty::Requests { in_flight, .. } => Duty::Requests {
                in_flight: self.scale.of(in_flight, 8),
                streams: self.connections() * self.streams(),
            },
            Duty::Broadcast { every_ms, burst } => match self.scale {
                Scale::Full { .. } => Duty::Broadcast { every_ms, burst },
                Scale::Brief => Duty::Broadcast { every_ms: 10, burst: burst.min(2) },
            },
            duty => duty,
        };
        ServerSettings {
            kind,
            flavour: self.workload.flavour,
            duty,
            ping_seconds: self.workload.ping_seconds,
            centrifugo: self.centrifugo.clone(),
        }
    }

    fn load_settings(&self, side: &Side, addr: &str) -> anyhow::Result<LoadSettings> {
        Ok(LoadSettings {
            does: self.workload.does,
            addr: addr.parse()?,
            connections: self.connections(),
            streams: self.streams(),
            in_flight: self.in_flight(),
            stalled: side.stalled,
            warm_up_ms: self.scale.warm_up_ms(),
            measured_ms: self.scale.measured_ms(self.workload),
        })
    }

    fn connections(&self) -> usize {
        self.scale.of(self.workload.connections, 2)
    }

    fn streams(&self) -> usize {
        self.scale.of(self.workload.streams, 2)
    }

    fn in_flight(&self) -> usize {
        // A storm's streams take their time where everything else is small.
        let brief = if self.workload.does == Does::Churn { 2 } else { 4 };
        self.scale.of(self.workload.in_flight, brief)
    }
}

fn latencies(seen: Seen) -> impl Iterator<Item = (Figure, f64)> {
    #[expect(clippy::cast_precision_loss, reason = "a count of publications")]
    let dropped = seen.dropped.map(|dropped| dropped as f64);
    let figures = [(Figure::P50, seen.p50), (Figure::P99, seen.p99), (Figure::Dropped, dropped)];
    figures.into_iter().filter_map(|(figure, value)| Some((figure, value?)))
}
