//! What holds in a cluster: where its clients are, and what became of what was sent to them.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    time::Duration,
};

use anyhow::Context as _;
use xtask::Peer;

use crate::{
    traffic::client,
    verdict::{Logs, Verdict},
};

/// Where each node says that clients are.
pub(crate) struct Whereabouts(Vec<Node>);

struct Node {
    name: String,
    /// Those that are connected here.
    clients: Vec<String>,
    /// Where each client is, in the order of their numbers.
    located: Vec<String>,
}

impl Whereabouts {
    /// Asks all nodes, at once.
    pub(crate) fn of(hubs: &mut [Peer]) -> anyhow::Result<Self> {
        for hub in &mut *hubs {
            hub.tell("whereabouts")?;
        }
        let words = |line: String| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let nodes = hubs.iter_mut().map(|hub| {
            let (clients, located) = (hub.line()?, words(hub.line()?));
            let (name, clients) = clients.split_once(':').context("a node and its clients")?;
            let clients = clients.split_whitespace().map(str::to_owned).collect();
            Ok(Node { name: name.to_owned(), clients, located })
        });
        nodes.collect::<anyhow::Result<_>>().map(Self)
    }

    /// Each client is at one node, and every node knows where.
    pub(crate) fn judge(&self, clients: usize) -> Result<(), String> {
        let mut at: HashMap<&str, Vec<&str>> = HashMap::new();
        for node in &self.0 {
            for client in &node.clients {
                at.entry(client).or_default().push(&node.name);
            }
        }
        let names: Vec<String> = (0..clients).map(client).collect();
        let (mut missing, mut doubled, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
        for (number, name) in names.iter().enumerate() {
            match at.get(name.as_str()).map_or(&[][..], Vec::as_slice) {
                [] => missing.push(name.clone()),
                [one] => {
                    for node in &self.0 {
                        let located = node.located.get(number).map_or("-", String::as_str);
                        if located != *one {
                            wrong.push(format!("{name} at {one}, {} says {located}", node.name));
                        }
                    }
                }
                more => doubled.push(format!("{name} at {}", more.join(" and "))),
            }
        }
        let mut faults = Vec::new();
        for (what, which) in
            [("are nowhere", missing), ("are at two nodes", doubled), ("are not found", wrong)]
        {
            if !which.is_empty() {
                let some = which[..which.len().min(3)].join(", ");
                faults.push(format!("{} clients {what}: {some}", which.len()));
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(faults.join("; ")) }
    }
}

/// All that must hold whatever befell the cluster. These broadcasts were made when nothing failed any more.
pub(crate) fn judge(logs: &Logs, clients: usize, calm: &[(String, usize)], verdict: &mut Verdict) {
    logs.judge_requests(verdict);
    let mut heard: HashMap<&str, HashMap<&str, usize>> = HashMap::new();
    for line in logs.links.iter().filter(|line| line.is("heard")) {
        *heard.entry(&line.id).or_default().entry(&line.client).or_default() += 1;
    }
    let doubled = heard.values().flat_map(HashMap::values).filter(|times| **times > 1).count();
    let copies: usize = heard.values().map(HashMap::len).sum();
    let made = logs.on_hubs("shouts").count();
    verdict.line(format!("broadcasts: {made}, heard {copies} times, twice by {doubled}"));
    for (number, accepted) in calm {
        verdict.line(format!("when all was well again, a broadcast was accepted by {accepted}"));
        let by = heard.get(number.as_str());
        let once = by.map_or(0, |by| by.values().filter(|times| **times == 1).count());
        verdict.hold(once == clients, || {
            format!("a broadcast when all was well was heard once by {once} of {clients} clients")
        });
    }
    let made: BTreeSet<&str> = logs.on_hubs("shouts").map(|line| line.id.as_str()).collect();
    let unknown: Vec<_> = heard.keys().filter(|number| !made.contains(**number)).collect();
    verdict.none("broadcasts were heard and never made", &unknown);
    for hub in &logs.spared {
        let count = |event| logs.hubs[*hub].iter().filter(|line| line.is(event)).count();
        let (begun, ended) = (count("shouts"), count("shouted"));
        verdict.hold(begun == ended, || {
            format!("{begun} broadcasts of hub {} had {ended} reports", hub + 1)
        });
    }
    let mut notes: HashMap<(&str, &str), usize> = HashMap::new();
    for line in logs.on_hubs("heard") {
        *notes.entry((&line.client, &line.id)).or_default() += 1;
    }
    let twice = notes.iter().filter(|(_, times)| **times > 1);
    let twice: Vec<_> = twice.map(|((client, note), _)| format!("{client} {note}")).collect();
    verdict.line(format!("notes of the links: {} heard", notes.len()));
    verdict.none("notes of the links came twice", &twice);
}

/// What is sent again on each of a client's streams is answered once the client is back: this late nobody was away.
pub(crate) fn judge_again(logs: &Logs, over: Duration, verdict: &mut Verdict) {
    for hub in &logs.spared {
        let lines = &logs.hubs[*hub];
        let again = lines.iter().filter(|line| line.is("asked") && line.detail == "at-least-once");
        let again: HashSet<&str> = again.map(|line| line.id.as_str()).collect();
        let late = lines.iter().filter(|line| line.is("told") && line.detail == "timeout");
        let late = late.filter(|line| again.contains(line.id.as_str()) && line.at > over);
        let late: Vec<_> = late.map(|line| &line.id).collect();
        verdict.none(
            &format!("requests of hub {} were to be sent again, and never answered", hub + 1),
            &late,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::Line;

    fn node(name: &str, clients: &[&str], located: &[&str]) -> Node {
        let owned = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        Node { name: name.to_owned(), clients: owned(clients), located: owned(located) }
    }

    #[test]
    fn each_client_is_at_one_node_and_all_know_it() {
        let [a, b] = [node("a", &["bot-1"], &["b", "a"]), node("b", &["bot-0"], &["b", "a"])];
        assert_eq!(Whereabouts(vec![a, b]).judge(2), Ok(()));
    }

    #[test]
    fn whatever_is_not_so_is_named() {
        let [a, b] =
            [node("a", &["bot-1", "bot-3"], &["b", "a"]), node("b", &["bot-0", "bot-1"], &["-"])];
        let fault = Whereabouts(vec![a, b]).judge(3).expect_err("something is wrong");
        assert_eq!(
            fault,
            "1 clients are nowhere: bot-2; 1 clients are at two nodes: bot-1 at a and b; \
             1 clients are not found: bot-0 at b, b says -"
        );
    }

    fn lines(text: &str) -> Vec<Line> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        lines.map(|line| format!("7000000 {line}").parse().expect("a line")).collect()
    }

    /// Two clients and one hub.
    fn as_it_should_be() -> Logs {
        let hub = "
            asked bot-0 own-1-0 at-least-once
            told bot-0 own-1-0 answered
            handled bot-0 bot-0-0 -
            heard bot-0 0 -
            shouts - 1 -
            shouted - 1 2";
        let links = "
            asked bot-0 bot-0-0 -
            told bot-0 bot-0-0 answered
            executed bot-0 own-1-0 -
            executed bot-0 api-0-0 -
            heard bot-0 1 -
            heard bot-1 1 -";
        let asker = "
            asked bot-0 api-0-0/0 -
            told bot-0 api-0-0/0 answered";
        let (hubs, spared) = (vec![lines(hub)], vec![0]);
        Logs { hubs, spared, links: lines(links), asker: lines(asker) }
    }

    fn judged(logs: &Logs) -> Result<String, String> {
        let mut verdict = Verdict::default();
        judge(logs, 2, &[("1".to_owned(), 2)], &mut verdict);
        judge_again(logs, Duration::from_secs(5), &mut verdict);
        verdict.end().map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_as_it_should_be_in_a_cluster_is_no_fault() {
        judged(&as_it_should_be()).expect("it holds");
    }

    #[test]
    fn whatever_does_not_hold_in_a_cluster_is_named() {
        type Spoil = fn(&mut Logs);
        let cases: [(Spoil, &str); 6] = [
            (|it| it.links.extend(lines("heard bot-1 1 -")), "heard once by 1 of 2 clients"),
            (|it| it.links.extend(lines("heard bot-1 2 -")), "heard and never made: 2"),
            (|it| it.hubs[0].extend(lines("shouts - 3 -")), "2 broadcasts of hub 1 had 1 reports"),
            (|it| it.hubs[0].extend(lines("heard bot-0 0 -")), "came twice: bot-0 0"),
            (|it| it.links.extend(lines("executed bot-0 own-1-0 -")), "executed twice: own-1-0"),
            (
                |it| {
                    let late = "asked bot-0 own-1-1 at-least-once\ntold bot-0 own-1-1 timeout";
                    it.hubs[0].extend(lines(late));
                },
                "sent again, and never answered: own-1-1",
            ),
        ];
        for (spoil, expected) in cases {
            let mut logs = as_it_should_be();
            spoil(&mut logs);
            let fault = judged(&logs).expect_err(expected);
            assert!(fault.contains(expected), "{fault}, {expected}");
        }
    }
}
