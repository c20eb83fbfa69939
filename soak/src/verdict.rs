//! What must hold afterwards.

use std::{collections::BTreeMap, fmt::Write as _, time::Duration};

use crate::{
    CLIENTS,
    figures::{Done, Figures},
};

/// The server without clients.
pub(crate) struct Empty {
    /// Before the first came.
    pub(crate) started: Figures,
    /// When all had left for the first time.
    pub(crate) first: Figures,
    /// When all had left for good.
    pub(crate) last: Figures,
}

/// The heap may differ by so much of itself.
const PERCENT: usize = 1;

/// What must have happened, or nothing was tried.
const ENDS: [&str; 5] = ["client-gone", "closed", "ping-timeout", "replaced", "stalled"];

/// Whether nothing but the heap is more than it was.
pub(crate) fn is_empty(now: &Figures, started: &Figures) -> bool {
    now.sessions == 0
        && now.pending == 0
        && now.tasks <= started.tasks
        && now.descriptors <= started.descriptors
}

/// Each condition that does not hold, in a sentence.
pub(crate) fn faults(empty: &Empty, done: &Done) -> Vec<String> {
    let Empty { started, first, last } = empty;
    let mut faults = Vec::new();
    let mut hold = |holds: bool, fault: String| {
        if !holds {
            faults.push(fault);
        }
    };
    hold(last.sessions == 0, format!("{} sessions", last.sessions));
    hold(last.pending == 0, format!("{} pending requests", last.pending));
    let more = |what: &str, now, before| format!("{now} {what}, and there were {before}");
    hold(last.tasks <= started.tasks, more("tasks", last.tasks, started.tasks));
    let descriptors = more("descriptors", last.descriptors, started.descriptors);
    hold(last.descriptors <= started.descriptors, descriptors);
    let difference = last.heap.abs_diff(first.heap);
    let heap = format!("{}; at most {PERCENT} % are allowed", heap(empty));
    hold(difference * 100 <= first.heap * PERCENT, heap);

    let outcomes = sum(&last.outcomes);
    let asked = last.asked;
    hold(outcomes == asked, format!("{asked} requests had {outcomes} outcomes"));
    hold(last.mixed_up == 0, format!("{} replies to other requests", last.mixed_up));
    hold(done.twice == 0, format!("{} requests were written twice", done.twice));
    let (connects, disconnects) = (last.connects, sum(&last.disconnects));
    let calls = format!("{connects} calls of `on_connect`, {disconnects} of `on_disconnect`");
    hold(connects == disconnects, calls);
    let out_of_turn = last.out_of_turn;
    hold(out_of_turn == 0, format!("{out_of_turn} callbacks were called out of turn"));

    hold(connects >= CLIENTS as u64, format!("only {connects} clients came"));
    hold(last.resumes > 0, "no client went on with its session".to_owned());
    hold(last.outcomes.contains_key("answered"), "no request was answered".to_owned());
    for end in ENDS {
        hold(last.disconnects.contains_key(end), format!("no session ended as `{end}`"));
    }
    faults
}

/// What there is to see, one line each.
pub(crate) fn lines(empty: &Empty, done: &Done, total: Duration) -> String {
    let Empty { started, last, .. } = empty;
    let mut lines = String::new();
    let mut line = |line: String| writeln!(lines, "- {line}").expect("a string takes everything");
    line(format!(
        "{CLIENTS} clients on 100 connections for {} s, of which {} were cut or fell silent",
        total.as_secs(),
        done.faults
    ));
    line(format!(
        "streams: {} opened, {} of them to go on with a session; {} attempts failed or were refused",
        done.opened, done.resumed, done.refused
    ));
    line(format!("how clients left: {}", list(&done.ends)));
    line(format!(
        "sessions: {} connects, {} resumes, {} disconnects ({})",
        last.connects,
        last.resumes,
        sum(&last.disconnects),
        list(&last.disconnects)
    ));
    line(format!(
        "requests: {} asked, {} outcomes ({})",
        last.asked,
        sum(&last.outcomes),
        list(&last.outcomes)
    ));
    line(format!(
        "{} messages sent, {} commands read, {} accepted from broadcasts, {} publications",
        done.sent, done.read, last.accepted, last.published
    ));
    line(format!(
        "afterwards: {} sessions, {} pending requests; tasks {} before, {} after; descriptors {} before, {} after",
        last.sessions,
        last.pending,
        started.tasks,
        last.tasks,
        started.descriptors,
        last.descriptors
    ));
    line(heap(empty));
    lines
}

fn heap(empty: &Empty) -> String {
    let (first, last) = (empty.first.heap, empty.last.heap);
    let started = empty.started.heap;
    #[expect(clippy::cast_precision_loss, reason = "a percentage")]
    let percent = (last as f64 / first as f64 - 1.0) * 100.0;
    format!(
        "live heap: {started} bytes before the first client, {first} when all had left for the first time, {last} in the end ({percent:+.2} %)"
    )
}

fn sum(counts: &BTreeMap<String, u64>) -> u64 {
    counts.values().sum()
}

fn list(counts: &BTreeMap<String, u64>) -> String {
    let counts = counts.iter().map(|(name, count)| format!("{count} {name}"));
    counts.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As it should be.
    fn clean() -> (Empty, Done) {
        let counted =
            |names: &[&str], count| names.iter().map(|name| ((*name).to_owned(), count)).collect();
        let started = Figures { heap: 900, tasks: 1, descriptors: 10, ..Figures::default() };
        let first = Figures { heap: 1000, ..started.clone() };
        let last = Figures {
            heap: 1010,
            asked: 5,
            outcomes: counted(&["answered"], 5),
            connects: 3000,
            disconnects: counted(&ENDS, 600),
            resumes: 1,
            ..first.clone()
        };
        (Empty { started, first, last }, Done::default())
    }

    #[test]
    fn nothing_is_said_where_nothing_is_left() {
        let (empty, done) = clean();
        assert_eq!(faults(&empty, &done), [""; 0]);
        assert!(is_empty(&empty.last, &empty.started));
    }

    #[test]
    fn whatever_is_left_is_named() {
        type Leave = fn(&mut Figures);
        let leaves: [(Leave, &str); 11] = [
            (|last| last.sessions = 1, "1 sessions"),
            (|last| last.pending = 2, "2 pending requests"),
            (|last| last.tasks = 2, "2 tasks, and there were 1"),
            (|last| last.descriptors = 11, "11 descriptors, and there were 10"),
            (|last| last.heap = 1011, "(+1.10 %); at most 1 % are allowed"),
            (|last| last.heap = 989, "(-1.10 %); at most 1 % are allowed"),
            (|last| last.asked = 6, "6 requests had 5 outcomes"),
            (|last| last.mixed_up = 1, "1 replies to other requests"),
            (|last| last.connects = 3001, "3001 calls of `on_connect`, 3000 of `on_disconnect`"),
            (|last| last.out_of_turn = 3, "3 callbacks were called out of turn"),
            (|last| last.resumes = 0, "no client went on"),
        ];
        for (leave, expected) in leaves {
            let (mut empty, done) = clean();
            leave(&mut empty.last);
            let faults = faults(&empty, &done);
            assert!(faults.len() == 1 && faults[0].contains(expected), "{faults:?}, {expected}");
        }
        let (empty, mut done) = clean();
        done.twice = 1;
        assert_eq!(faults(&empty, &done), ["1 requests were written twice"]);
    }
}
