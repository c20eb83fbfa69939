//! What is measured: the workloads, the sides that are compared in each, and the limits that hold for them.

use crate::{
    figures::{Figure, Figures},
    settings::{ClientKind, Does, Duty, Flavour, Kind},
};

/// One comparison.
pub(crate) struct Workload {
    pub(crate) name: String,
    /// What is compared, and first what it is compared with.
    pub(crate) sides: Vec<Side>,
    pub(crate) does: Does,
    pub(crate) duty: Duty,
    pub(crate) connections: usize,
    /// On each connection.
    pub(crate) streams: usize,
    pub(crate) in_flight: usize,
    pub(crate) flavour: Flavour,
    pub(crate) ping_seconds: Option<u64>,
    /// What takes its time is not measured for less.
    pub(crate) least_seconds: u64,
    /// What is compared first of all.
    pub(crate) counts: Figure,
    pub(crate) limits: Vec<Limit>,
}

#[derive(Clone, Copy)]
pub(crate) struct Side {
    pub(crate) name: &'static str,
    pub(crate) program: Program,
    /// Streams beside the others that are never read.
    pub(crate) stalled: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Program {
    Server(Kind),
    Client(ClientKind),
}

/// What a figure of a side must not be worse than.
#[derive(Clone, Copy)]
pub(crate) struct Limit {
    pub(crate) side: &'static str,
    pub(crate) figure: Figure,
    /// The side whose figure it is divided by; none: it is taken as it is.
    pub(crate) of: Option<&'static str>,
    /// At most; of figures that should be large, at least.
    pub(crate) bound: f64,
}

impl Limit {
    const fn of(side: &'static str, figure: Figure, of: &'static str, bound: f64) -> Self {
        Self { side, figure, of: Some(of), bound }
    }

    const fn hub(figure: Figure, bound: f64) -> Self {
        Self::of("hub", figure, "tonic", bound)
    }

    pub(crate) fn holds(&self, value: f64) -> bool {
        if self.figure.grows() { value >= self.bound } else { value <= self.bound }
    }

    /// `hub / tonic, CPU`.
    pub(crate) fn what(&self) -> String {
        let of = self.of.map(|of| format!(" / {of}")).unwrap_or_default();
        let words = if self.figure.grows() { "at least" } else { "at most" };
        format!("{}{of}: {}, {words}", self.side, self.figure.label())
    }

    /// What the limit is about, where both sides have it.
    pub(crate) fn value(&self, sides: &[(String, Figures)]) -> Option<f64> {
        let figure = |name: &str| {
            let (_, figures) = sides.iter().find(|(side, _)| side == name)?;
            figures.get(&self.figure).copied()
        };
        let value = figure(self.side)?;
        self.of.map_or(Some(value), |of| Some(value / figure(of)?))
    }
}

const TONIC: Side = server("tonic", Kind::Tonic);
const HUB: Side = server("hub", Kind::Hub);

/// What is left of a hub that publishes when the JSON is taken away, which a server by hand makes as well.
pub(crate) const LESS_JSON: &str = "published less JSON";

const fn server(name: &'static str, kind: Kind) -> Side {
    Side { name, program: Program::Server(kind), stalled: 0 }
}

const fn client(name: &'static str, kind: ClientKind) -> Side {
    Side { name, program: Program::Client(kind), stalled: 0 }
}

const fn stalled(name: &'static str, kind: Kind) -> Side {
    Side { name, program: Program::Server(kind), stalled: 1 }
}

impl Workload {
    fn new(name: &str, does: Does, connections: usize, in_flight: usize) -> Self {
        Self {
            name: name.to_owned(),
            sides: vec![TONIC, HUB],
            does,
            duty: Duty::Echo,
            connections,
            streams: 1,
            in_flight,
            flavour: Flavour::CurrentThread,
            ping_seconds: None,
            least_seconds: 0,
            counts: Figure::Cpu,
            limits: Vec::new(),
        }
    }

    fn duty(self, duty: Duty) -> Self {
        Self { duty, ..self }
    }

    fn counts(self, counts: Figure) -> Self {
        Self { counts, ..self }
    }

    fn sides(self, sides: &[Side]) -> Self {
        Self { sides: sides.to_vec(), ..self }
    }

    fn limit(mut self, limit: Limit) -> Self {
        self.limits.push(limit);
        self
    }

    /// The same on several threads.
    fn threaded(self) -> Self {
        let name = format!("{} threads", self.name);
        Self { name, flavour: Flavour::MultiThread, ..self }
    }

    /// Whether nothing happens in it.
    pub(crate) fn is_idle(&self) -> bool {
        self.does == Does::Hold
    }

    /// Whether the server knows latencies that its clients do not.
    pub(crate) fn asks_server(&self) -> bool {
        matches!(self.duty, Duty::Requests { .. } | Duty::LookUps)
    }
}

/// All of them, in the order in which they are told.
pub(crate) fn all() -> Vec<Workload> {
    let mut all = echoes();
    all.extend(idle());
    all.extend(broadcasts());
    all.extend(requests());
    all.extend(streams());
    all.extend(publishing());
    all.extend(links());
    all
}

/// What servers on other stacks are compared on.
pub(crate) fn peers() -> Vec<Workload> {
    let sides = [TONIC, HUB, server("grpc-go", Kind::GrpcGo), server("grpcio", Kind::Grpcio)];
    vec![
        Workload::new("echo 16x32", Does::Echo, 16, 32).sides(&sides),
        Workload::new("sink 16x128", Does::SinkInTurns, 16, 128).sides(&sides),
    ]
}

fn echoes() -> Vec<Workload> {
    let echo =
        |name, connections, in_flight| Workload::new(name, Does::Echo, connections, in_flight);
    let wide = || echo("echo 16x32", 16, 32).limit(Limit::hub(Figure::Cpu, 1.0));
    let wider = || echo("echo 256x32", 256, 32).limit(Limit::hub(Figure::Cpu, 1.0));
    let sink = || Workload::new("sink 16", Does::Sink, 16, 128).limit(Limit::hub(Figure::Cpu, 1.1));
    vec![
        echo("echo 1x1", 1, 1).counts(Figure::P50).limit(Limit::hub(Figure::P50, 1.05)),
        wide(),
        wide().threaded(),
        wider(),
        wider().threaded(),
        sink(),
        sink().threaded(),
    ]
}

fn idle() -> Vec<Workload> {
    let idle =
        |name, connections| Workload::new(name, Does::Hold, connections, 1).counts(Figure::Memory);
    let many = Workload {
        streams: 20,
        ping_seconds: Some(30),
        least_seconds: 30,
        ..idle("idle 1000x20", 1000)
    };
    let rest = Limit { side: "hub", figure: Figure::Rest, of: None, bound: 0.05 };
    vec![
        idle("idle 1000x1", 1000).limit(Limit::hub(Figure::Memory, 0.7)),
        idle("idle 1000x1", 1000).threaded(),
        many.limit(rest),
    ]
}

fn broadcasts() -> Vec<Workload> {
    let listen = |name| Workload::new(name, Does::Listen, 1000, 8);
    let every = Duty::Broadcast { every_ms: 50, burst: 1 };
    let bursts = Duty::Broadcast { every_ms: 250, burst: 16 };
    let one = || listen("broadcast").duty(every).limit(Limit::hub(Figure::Cpu, 0.7));
    let burst = || listen("broadcast bursts").duty(bursts).limit(Limit::hub(Figure::Cpu, 0.3));
    let beside = listen("broadcast, one stalled").duty(every).counts(Figure::P99).sides(&[
        TONIC,
        stalled("tonic, one stalled", Kind::Tonic),
        HUB,
        stalled("hub, one stalled", Kind::Hub),
    ]);
    vec![
        one(),
        one().threaded(),
        burst(),
        burst().threaded(),
        beside.limit(Limit::of("hub, one stalled", Figure::P99, "hub", 1.1)),
    ]
}

fn requests() -> Vec<Workload> {
    let requests = |name, in_flight, streams| {
        let duty = Duty::Requests { in_flight, streams };
        Workload::new(name, Does::Listen, streams, 128).duty(duty)
    };
    let many = || requests("requests 1024 over 1", 1024, 1).limit(Limit::hub(Figure::Cpu, 1.0));
    let spread = || requests("requests 1024 over 16", 1024, 16).limit(Limit::hub(Figure::Cpu, 1.0));
    vec![
        requests("requests 1 over 1", 1, 1),
        requests("requests 64 over 1", 64, 1),
        many(),
        many().threaded(),
        requests("requests 64 over 16", 64, 16),
        spread(),
        spread().threaded(),
    ]
}

fn streams() -> Vec<Workload> {
    let look_ups =
        || Workload::new("look-ups", Does::Churn, 1000, 16).duty(Duty::LookUps).counts(Figure::P50);
    vec![
        Workload::new("storm of streams", Does::Storm, 16, 4),
        Workload::new("storm of streams", Does::Storm, 16, 4).threaded(),
        Workload::new("storm of connections", Does::Reconnect, 16, 4),
        look_ups(),
        look_ups().threaded(),
    ]
}

fn publishing() -> Vec<Workload> {
    let sides = [
        TONIC,
        server("tonic+json", Kind::TonicJson),
        HUB,
        server("published", Kind::Published),
        server("centrifugo", Kind::Centrifugo),
    ];
    let publishing = |name, connections, in_flight| {
        Workload::new(name, Does::Echo, connections, in_flight).sides(&sides)
    };
    vec![
        publishing("publishing 1x1", 1, 1),
        publishing("publishing 16x32", 16, 32).limit(Limit::of(
            LESS_JSON,
            Figure::Cpu,
            "hub",
            1.15,
        )),
    ]
}

fn links() -> Vec<Workload> {
    let sides = [
        client("by-hand+memory", ClientKind::ByHandMemory),
        client("by-hand", ClientKind::ByHand),
        client("link", ClientKind::Link),
    ];
    let link = |name, connections, in_flight| {
        let limit = Limit::of("link", Figure::Rate, "by-hand+memory", 1.0);
        Workload::new(name, Does::Listen, connections, in_flight).sides(&sides).limit(limit)
    };
    vec![link("link 1x1", 1, 1), link("link 1x32", 1, 32), link("link 16x32", 16, 32)]
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_given_once() {
        let mut names = HashSet::new();
        for workload in all() {
            assert!(names.insert(workload.name.clone()), "two are called `{}`", workload.name);
        }
    }

    #[test]
    fn limits_are_about_sides_that_there_are() {
        for workload in all() {
            let known = |name| name == LESS_JSON || workload.sides.iter().any(|it| it.name == name);
            for limit in &workload.limits {
                let of = limit.of.is_none_or(known);
                assert!(known(limit.side) && of, "{}: {}", workload.name, limit.what());
            }
        }
    }

    #[test]
    fn a_limit_holds_up_to_its_bound() {
        let sides = |tonic, hub| {
            let side = |name: &str, value| (name.to_owned(), Figures::from([(Figure::Cpu, value)]));
            [side("tonic", tonic), side("hub", hub)]
        };
        let limit = Limit::hub(Figure::Cpu, 1.0);
        assert!(limit.holds(limit.value(&sides(2.0, 2.0)).expect("both")));
        assert!(!limit.holds(limit.value(&sides(2.0, 2.1)).expect("both")));
        assert_eq!(limit.value(&sides(2.0, 2.0)[..1]), None);
        assert!(Limit::of("link", Figure::Rate, "by-hand", 1.0).holds(1.2));
    }
}
