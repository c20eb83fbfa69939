//! What holds of messages that nobody answers: the notes of the links, and the hubs' words.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::{
    log::Line,
    verdict::{Logs, Verdict},
};

/// Sent once, in order; lost only with a stream.
pub(crate) fn judge(logs: &Logs, verdict: &mut Verdict) {
    let mut links: BTreeMap<&str, Vec<&Line>> = BTreeMap::new();
    for line in &logs.links {
        links.entry(&line.client).or_default().push(line);
    }
    let mut hubs: HashMap<&str, Vec<&Line>> = HashMap::new();
    for line in logs.hubs.iter().flatten() {
        hubs.entry(&line.client).or_default().push(line);
    }
    let none = Vec::new();
    let (mut notes, mut words) = (Flow::default(), Flow::default());
    let (mut kept, mut dropped) = (0, Vec::new());
    for (client, link) in links {
        let hub = hubs.get(client).unwrap_or(&none);
        let streams = link.iter().filter(|line| line.is("opens")).count();
        notes.add(client, &link, hub, streams);
        words.add(client, hub, &link, streams);
        let heard: HashSet<&str> = numbers(hub, "heard").collect();
        for number in waited(&link) {
            kept += 1;
            if !heard.contains(number) {
                dropped.push(format!("{client} {number}"));
            }
        }
    }
    notes.judge("notes of the links", verdict);
    words.judge("words of the hubs", verdict);
    verdict
        .line(format!("{kept} notes waited in links that had no stream, and went out on the next"));
    verdict.none("notes waited in links that had no stream, and were lost", &dropped);
    verdict.hold(kept > 0, || "no note waited for a stream".to_owned());
}

fn numbers<'a>(lines: &[&'a Line], event: &str) -> impl Iterator<Item = &'a str> {
    lines.iter().filter(move |line| line.is(event)).map(|line| line.id.as_str())
}

/// Numbered messages in one direction, of all clients.
#[derive(Default)]
struct Flow {
    accepted: usize,
    heard: usize,
    returned: usize,
    gaps: usize,
    doubled: Vec<String>,
    disordered: Vec<String>,
    /// Heard or returned, and not accepted; or both heard and returned.
    surprising: Vec<String>,
    /// Clients with more gaps than streams.
    gaping: Vec<String>,
}

impl Flow {
    fn add(&mut self, client: &str, from: &[&Line], to: &[&Line], streams: usize) {
        let said = from.iter().filter(|line| line.is("said") && line.detail == "accepted");
        let accepted: Vec<&str> = said.map(|line| line.id.as_str()).collect();
        // A hub that is killed may have sent what it did not write down any more.
        let refused = from.iter().filter(|line| line.is("said") && line.detail == "refused");
        let refused = refused.map(|line| line.id.as_str());
        let heard: Vec<&str> = numbers(to, "heard").collect();
        let arrived: HashSet<&str> = heard.iter().copied().collect();
        let returned: HashSet<&str> = numbers(from, "returned").collect();
        self.accepted += accepted.len();
        self.heard += arrived.len();
        self.returned += returned.len();
        if arrived.len() < heard.len() {
            self.doubled.push(client.to_owned());
        }
        let order = heard.iter().map(|number| number.parse::<u64>().unwrap_or_default());
        if !order.is_sorted() {
            self.disordered.push(client.to_owned());
        }
        let surprising = refused.chain(returned.iter().copied());
        let surprising = surprising.filter(|number| arrived.contains(number));
        self.surprising.extend(surprising.map(|number| format!("{client} {number}")));
        let there = accepted.iter().filter(|number| !returned.contains(*number));
        let there: Vec<bool> = there.map(|number| arrived.contains(number)).collect();
        let gaps = there.chunk_by(PartialEq::eq).filter(|run| !run[0]).count();
        self.gaps += gaps;
        if gaps > streams {
            self.gaping.push(format!("{client} {gaps}"));
        }
    }

    fn judge(&self, what: &str, verdict: &mut Verdict) {
        let Self { accepted, heard, returned, gaps, .. } = self;
        let lost = accepted.saturating_sub(heard + returned);
        verdict.line(format!(
            "{what}: {accepted} accepted, {heard} heard, {returned} given back, {lost} lost with streams, in {gaps} gaps"
        ));
        verdict.none(&format!("clients with {what} that came twice"), &self.doubled);
        verdict.none(&format!("clients with {what} out of order"), &self.disordered);
        verdict.none(&format!("{what} were refused or given back, and came"), &self.surprising);
        verdict.none(&format!("clients with more gaps in {what} than streams"), &self.gaping);
        verdict.hold(*heard > 0, || format!("none of the {what} were heard"));
    }
}

/// The notes of one link that were accepted while it had no stream, and had to go out on the next: it was the only one
/// that was opened until a later request was answered.
fn waited<'a>(link: &[&'a Line]) -> Vec<&'a str> {
    let mut waited = Vec::new();
    let mut absence = None;
    for line in link {
        if line.is("lost") {
            absence = Some(Absence::default());
        }
        let Some(now) = &mut absence else { continue };
        match line.event.as_str() {
            "opens" if now.opens => absence = None,
            "opens" => now.opens = true,
            "says" if !now.opens => now.says = Some(&line.id),
            "said" if !now.opens && now.says == Some(&line.id) && line.detail == "accepted" => {
                now.notes.push(&line.id);
            }
            "asked" => now.asked = Some((&line.id, now.notes.len())),
            "told" if line.detail == "answered" => {
                if let Some((id, notes)) = now.asked
                    && id == line.id
                {
                    waited.extend(now.notes.drain(..notes));
                    now.asked = None;
                }
            }
            _ => {}
        }
    }
    waited
}

/// From the loss of a stream until the second attempt afterwards.
#[derive(Default)]
struct Absence<'a> {
    /// Whether there was an attempt.
    opens: bool,
    /// The note that is being said.
    says: Option<&'a str>,
    notes: Vec<&'a str>,
    /// The request that was made last, and how many of the notes were accepted before.
    asked: Option<(&'a str, usize)>,
}
