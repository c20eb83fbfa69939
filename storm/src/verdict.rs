//! What holds, counted from what all processes wrote down.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fmt::Write as _,
};

use anyhow::ensure;

use crate::{
    log::Line,
    notes,
    outcome::{ANSWERED, UNSENT},
};

/// What was written down.
pub(crate) struct Logs {
    /// One hub after the other.
    pub(crate) hubs: Vec<Vec<Line>>,
    /// Those that were not killed: their requests have all ended.
    pub(crate) spared: Vec<usize>,
    pub(crate) links: Vec<Line>,
    pub(crate) asker: Vec<Line>,
}

/// What there is to see, and each condition that does not hold.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    lines: Vec<String>,
    faults: Vec<String>,
}

impl Verdict {
    pub(crate) fn line(&mut self, line: String) {
        self.lines.push(line);
    }

    pub(crate) fn hold(&mut self, holds: bool, fault: impl FnOnce() -> String) {
        if !holds {
            self.faults.push(fault());
        }
    }

    /// None of these may be there.
    pub(crate) fn none<T: AsRef<str>>(&mut self, what: &str, there: &[T]) {
        let some: Vec<&str> = there.iter().take(5).map(AsRef::as_ref).collect();
        self.hold(there.is_empty(), || format!("{} {what}: {}", there.len(), some.join(", ")));
    }

    /// Prints what there is to see. Gives it; fails where something does not hold.
    pub(crate) fn end(self) -> anyhow::Result<String> {
        let mut lines = String::new();
        for line in &self.lines {
            writeln!(lines, "- {line}")?;
        }
        print!("{lines}");
        ensure!(self.faults.is_empty(), "it does not hold:\n- {}", self.faults.join("\n- "));
        println!("it holds");
        Ok(lines)
    }
}

/// Requests by their names: how often each was begun, and how it ended.
type Requests<'a> = BTreeMap<&'a str, (usize, Vec<&'a str>)>;

fn requests<'a>(lines: &'a [Line], asked: &str, told: &str) -> Requests<'a> {
    let mut requests = Requests::new();
    for line in lines {
        if line.is(asked) {
            requests.entry(&line.id).or_default().0 += 1;
        } else if line.is(told) {
            requests.entry(&line.id).or_default().1.push(&line.detail);
        }
    }
    requests
}

/// How often something happened, by name.
fn count<'a>(lines: impl IntoIterator<Item = &'a Line>, event: &str) -> HashMap<&'a str, usize> {
    let mut counts = HashMap::new();
    for line in lines.into_iter().filter(|line| line.is(event)) {
        *counts.entry(line.id.as_str()).or_default() += 1;
    }
    counts
}

/// `3 answered, 1 timeout`
pub(crate) fn list<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for word in words {
        *counts.entry(word).or_default() += 1;
    }
    let counts = counts.iter().map(|(word, count)| format!("{count} {word}"));
    counts.collect::<Vec<_>>().join(", ")
}

impl Logs {
    /// All that must hold whatever happened between them.
    pub(crate) fn judge(&self, verdict: &mut Verdict) {
        self.judge_requests(verdict);
        notes::judge(self, verdict);
    }

    /// What must hold of requests in both directions, and that no link is lost.
    pub(crate) fn judge_requests(&self, verdict: &mut Verdict) {
        self.judge_commands(verdict);
        let handled = count(self.hubs.iter().flatten(), "handled");
        let asked = requests(&self.links, "asked", "told");
        one_outcome(verdict, "requests of the links", &asked);
        verdict.none("requests of links were handled twice", &twice(&handled));
        true_outcomes(verdict, "requests of the links", &asked, &handled);
        let ended: Vec<_> = self.links.iter().filter(|line| line.is("ended")).collect();
        let ended: Vec<_> = ended.iter().map(|it| format!("{} {}", it.client, it.detail)).collect();
        verdict.none("links ended for good", &ended);
    }

    /// What the hubs asked their links.
    fn judge_commands(&self, verdict: &mut Verdict) {
        let executed = count(&self.links, "executed");
        verdict.line(format!("commands: {} executed", executed.len()));
        verdict.none("commands were executed twice", &twice(&executed));

        let attempts = requests(&self.asker, "asked", "told");
        one_outcome(verdict, "requests through the API", &attempts);
        let mut asked = Requests::new();
        for (attempt, (begun, outcomes)) in &attempts {
            let name = attempt.split_once('/').map_or(*attempt, |(name, _)| name);
            let request = asked.entry(name).or_default();
            request.0 += begun;
            request.1.extend(outcomes);
        }
        let unanswered = asked.iter().filter(|(_, (_, all))| !all.contains(&ANSWERED));
        let unanswered: Vec<_> = unanswered.map(|(name, _)| *name).collect();
        verdict.none("requests through the API were never answered", &unanswered);
        true_outcomes(verdict, "requests through the API", &asked, &executed);
        let again = attempts.len() - asked.len();
        verdict.line(format!(
            "{} different ones through the API, asked again {again} times",
            asked.len()
        ));

        let mut own = Requests::new();
        for (hub, lines) in self.hubs.iter().enumerate() {
            let asked = requests(lines, "asked", "told");
            let what = format!("requests of hub {}", hub + 1);
            if self.spared.contains(&hub) {
                one_outcome(verdict, &what, &asked);
            } else {
                let open = asked.values().filter(|(_, outcomes)| outcomes.is_empty()).count();
                verdict
                    .line(format!("{what}, which was killed: {}, {open} open", outcomes(&asked)));
                let more = asked.iter().filter(|(_, (begun, ends))| *begun != 1 || ends.len() > 1);
                let more: Vec<_> = more.map(|(name, _)| *name).collect();
                verdict.none(&format!("{what} with more than one outcome"), &more);
            }
            own.extend(asked);
            let through = requests(lines, "api-asked", "api-told");
            let more = through.iter().filter(|(_, (_, outcomes))| outcomes.is_empty());
            if self.spared.contains(&hub) {
                let more: Vec<_> = more.map(|(name, _)| *name).collect();
                verdict.none(
                    &format!("requests through the API of hub {} never ended", hub + 1),
                    &more,
                );
            }
        }
        true_outcomes(verdict, "requests of the hubs", &own, &executed);
        let again = self.on_hubs("asked").filter(|line| line.detail == "at-least-once");
        let again: Vec<_> = again.filter_map(|line| own.get(line.id.as_str())).collect();
        let ends = again.iter().flat_map(|(_, outcomes)| outcomes.iter().copied());
        verdict.line(format!("of these, {} at least once: {}", again.len(), list(ends)));
    }

    /// All of this that the hubs wrote down.
    pub(crate) fn on_hubs<'a>(&'a self, event: &'a str) -> impl Iterator<Item = &'a Line> {
        self.hubs.iter().flatten().filter(move |line| line.is(event))
    }
}

fn twice<'a>(counts: &HashMap<&'a str, usize>) -> Vec<&'a str> {
    counts.iter().filter(|(_, count)| **count > 1).map(|(name, _)| *name).collect()
}

fn outcomes(requests: &Requests<'_>) -> String {
    let ends = requests.values().flat_map(|(_, outcomes)| outcomes.iter().copied());
    format!("{} asked, {} outcomes ({})", requests.len(), ends.clone().count(), list(ends))
}

/// Each has exactly one.
fn one_outcome(verdict: &mut Verdict, what: &str, requests: &Requests<'_>) {
    verdict.line(format!("{what}: {}", outcomes(requests)));
    let other = requests.iter().filter(|(_, (begun, outcomes))| *begun != 1 || outcomes.len() != 1);
    let other: Vec<_> = other.map(|(name, (_, outcomes))| format!("{name} {outcomes:?}")).collect();
    verdict.none(&format!("{what} without exactly one outcome"), &other);
    let answered = requests.values().any(|(_, outcomes)| outcomes.contains(&ANSWERED));
    verdict.hold(answered, || format!("no {what} were answered"));
}

/// What was answered was done, and what was not sent was not.
fn true_outcomes(
    verdict: &mut Verdict,
    what: &str,
    requests: &Requests<'_>,
    done: &HashMap<&str, usize>,
) {
    let (mut undone, mut surprising) = (Vec::new(), Vec::new());
    let known: HashSet<&str> = UNSENT.into_iter().collect();
    for (name, (_, outcomes)) in requests {
        let done = done.contains_key(name);
        if outcomes.contains(&ANSWERED) && !done {
            undone.push(*name);
        }
        if done && !outcomes.is_empty() && outcomes.iter().all(|outcome| known.contains(outcome)) {
            surprising.push(*name);
        }
    }
    verdict.none(&format!("{what} were answered and not executed"), &undone);
    verdict.none(&format!("{what} were not sent, and executed"), &surprising);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines without their times.
    fn lines(text: &str) -> Vec<Line> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        lines.map(|line| format!("0 {line}").parse().expect("a line")).collect()
    }

    /// A hub that was killed, and the one after it.
    fn as_it_should_be() -> Logs {
        let killed = "
            connected bot-0 - -
            asked bot-0 own-1-0 once
            told bot-0 own-1-0 answered
            asked bot-0 own-1-1 once
            heard bot-0 0 -
            handled bot-0 bot-0-0 -
            api-asked bot-0 api-0-0 -
            said bot-0 1 accepted";
        let spared = "
            connected bot-0 - -
            heard bot-0 2 -
            handled bot-0 bot-0-1 -
            asked bot-0 own-2-0 at-least-once
            told bot-0 own-2-0 answered
            asked bot-0 own-2-1 once
            told bot-0 own-2-1 unsent
            api-asked bot-0 api-0-0 -
            api-told bot-0 api-0-0 answered
            said bot-0 2 accepted
            said bot-0 3 accepted
            returned bot-0 3 -";
        let links = "
            opens bot-0 - -
            connected bot-0 - -
            asked bot-0 bot-0-0 -
            told bot-0 bot-0-0 perhaps-sent
            executed bot-0 own-1-0 -
            executed bot-0 api-0-0 -
            heard bot-0 1 -
            says bot-0 0 -
            said bot-0 0 accepted
            says bot-0 1 -
            said bot-0 1 accepted
            lost bot-0 - Unavailable
            says bot-0 2 -
            said bot-0 2 accepted
            opens bot-0 - -
            asked bot-0 bot-0-1 -
            told bot-0 bot-0-1 answered
            executed bot-0 own-2-0 -
            heard bot-0 2 -";
        let asker = "
            asked bot-0 api-0-0/0 -
            told bot-0 api-0-0/0 broken
            asked bot-0 api-0-0/1 -
            told bot-0 api-0-0/1 answered";
        Logs {
            hubs: vec![lines(killed), lines(spared)],
            spared: vec![1],
            links: lines(links),
            asker: lines(asker),
        }
    }

    fn faults(logs: &Logs) -> Vec<String> {
        let mut verdict = Verdict::default();
        logs.judge(&mut verdict);
        verdict.faults
    }

    #[test]
    fn what_is_as_it_should_be_is_no_fault() {
        assert_eq!(faults(&as_it_should_be()), [""; 0]);
    }

    #[test]
    fn whatever_does_not_hold_is_named() {
        type Spoil = fn(&mut Logs);
        let cases: [(Spoil, &str); 16] = [
            (
                |it| it.links.extend(lines("executed bot-0 api-0-0 -")),
                "commands were executed twice: api-0-0",
            ),
            (
                |it| it.links.extend(lines("executed bot-0 own-2-1 -")),
                "not sent, and executed: own-2-1",
            ),
            (
                |it| it.links.retain(|line| line.id != "own-2-0"),
                "answered and not executed: own-2-0",
            ),
            (
                |it| it.links.extend(lines("asked bot-0 bot-0-2 -")),
                "links without exactly one outcome: bot-0-2",
            ),
            (
                |it| it.links.extend(lines("told bot-0 bot-0-1 timeout")),
                "links without exactly one outcome: bot-0-1",
            ),
            (
                |it| it.links.extend(lines("ended bot-0 - Aborted")),
                "links ended for good: bot-0 Aborted",
            ),
            (
                |it| {
                    let timeout = "asked bot-0 api-0-1/0 -\ntold bot-0 api-0-1/0 timeout";
                    it.asker.extend(lines(timeout));
                },
                "never answered: api-0-1",
            ),
            (
                |it| it.asker.extend(lines("told bot-0 api-0-0/1 broken")),
                "API without exactly one outcome: api-0-0/1",
            ),
            (|it| it.hubs[1].extend(lines("handled bot-0 bot-0-1 -")), "handled twice: bot-0-1"),
            (
                |it| it.hubs[1].extend(lines("asked bot-0 own-2-2 once")),
                "hub 2 without exactly one outcome: own-2-2",
            ),
            (
                |it| it.hubs[0].extend(lines("told bot-0 own-1-0 timeout")),
                "hub 1 with more than one outcome: own-1-0",
            ),
            (
                |it| it.hubs[1].extend(lines("api-asked bot-0 api-0-1 -")),
                "hub 2 never ended: api-0-1",
            ),
            (
                |it| it.hubs[1].retain(|line| !line.is("heard")),
                "had no stream, and were lost: bot-0 2",
            ),
            (
                |it| it.hubs[1].extend(lines("heard bot-0 2 -")),
                "notes of the links that came twice: bot-0",
            ),
            (
                |it| it.hubs[1].extend(lines("heard bot-0 1 -")),
                "notes of the links out of order: bot-0",
            ),
            (|it| it.links.extend(lines("heard bot-0 3 -")), "given back, and came: bot-0 3"),
        ];
        for (spoil, expected) in cases {
            let mut logs = as_it_should_be();
            spoil(&mut logs);
            let faults = faults(&logs);
            assert!(faults.len() == 1 && faults[0].contains(expected), "{faults:#?}, {expected}");
        }
    }

    #[test]
    fn messages_may_be_lost_with_a_stream_and_not_otherwise() {
        let mut logs = as_it_should_be();
        for number in 4..10 {
            logs.hubs[1].extend(lines(&format!("said bot-0 {number} accepted")));
            if number % 2 == 1 {
                logs.links.extend(lines(&format!("heard bot-0 {number} -")));
            }
        }
        let [fault] = &faults(&logs)[..] else { panic!("{:#?}", faults(&logs)) };
        assert!(fault.ends_with("more gaps in words of the hubs than streams: bot-0 3"), "{fault}");
    }
}
