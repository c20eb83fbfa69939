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
        verdict.hold(*accepted == clients, || {
            format!("a broadcast when all was well was accepted by {accepted} of {clients} clients")
        });
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
}
