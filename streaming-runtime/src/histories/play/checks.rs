//! What the hub says against what the model says.

use tokio::time::{Instant, sleep};

use super::{
    super::model::{IDS, Model, Session},
    GROUP, NAMES, PATIENCE, Play, Sensors, holder,
};
use crate::testing::settle;

impl<C: Sensors> Play<C> {
    /// What the hub says against what the model says, when everything waits.
    pub(super) fn check(&self) {
        let mut model = self.host.model();
        let model = &mut *model;
        let mut connected = Vec::new();
        let mut away = 0;
        for (id, name) in NAMES.into_iter().enumerate() {
            let (live, there) = (model.live(id), holder(&self.hub, id));
            if model.draining {
                let within = there.is_none() || there == live;
                model.must(within, || format!("{id} is {there:?}, not {live:?}"));
                continue;
            }
            model.must(live == there, || format!("{id} is {there:?}, not {live:?}"));
            let Some(live) = live else { continue };
            let is_away = model.sessions[live].away_until.is_some();
            away += usize::from(is_away);
            if !is_away {
                connected.push(name.to_owned());
            }
            let is = self.hub.is_connected(name);
            model.must(is != is_away, || format!("{id} is connected: {is}"));
        }
        let mut ids: Vec<_> = self.hub.connected().iter().map(ToString::to_string).collect();
        ids.sort();
        let (len, stats) = (self.hub.len(), self.hub.stats());
        if !model.draining {
            let right = ids == connected && len == ids.len();
            model.must(right, || format!("{ids:?} and {len} are connected, not {connected:?}"));
            let right = (stats.total_connections, stats.away) == (connected.len(), away);
            model.must(right, || format!("{stats:?} with {connected:?} and {away} away"));
            self.check_group(model);
        }
        self.check_queues(model);
        self.check_requests(model);
    }

    fn check_group(&self, model: &mut Model) {
        let joined = |id: &usize| model.live(*id).is_some_and(|it| model.sessions[it].joined);
        let expected: Vec<_> = (0..IDS).filter(joined).map(|id| NAMES[id].to_owned()).collect();
        let members = self.hub.group(GROUP).members();
        let mut members: Vec<_> = members.iter().map(ToString::to_string).collect();
        members.sort();
        model.must(members == expected, || format!("members are {members:?}, not {expected:?}"));
    }

    fn check_queues(&self, model: &mut Model) {
        for id in 0..IDS {
            let Some((session, client)) =
                model.live(id).and_then(|live| Some((live, self.host.client(live)?)))
            else {
                continue;
            };
            let (is, expected) = (client.0.outbox.len(), model.sessions[session].queue.len());
            // A drain's goodbye is queued as well.
            let right = is == expected || model.draining;
            model.must(right, || format!("{is} wait for {session}, not {expected}"));
            let waiting = model.sessions[session].waiting.len();
            let right = waiting == 0 || expected >= model.setup.messages || model.draining;
            model.must(right, || format!("{waiting} wait for the room that is in {session}"));
        }
    }

    fn check_requests(&self, model: &mut Model) {
        let mut pending: Vec<u64> = self
            .hub
            .pending_requests()
            .iter()
            .map(|request| request.command_id.parse().expect("a number"))
            .collect();
        pending.sort_unstable();
        let open = model.requests.iter().filter(|request| request.outcome.is_none());
        let mut gone = Vec::new();
        let mut expected = Vec::new();
        for request in open {
            let session = request.session.map(|session| &model.sessions[session]);
            if session.is_some_and(Session::is_live) {
                expected.push(request.token);
            }
            if session.is_none_or(|session| session.ended) || request.answer.is_some() {
                gone.push(request.token);
            }
        }
        expected.sort_unstable();
        model.must(gone.is_empty(), || format!("the requests {gone:?} have no outcome"));
        let right = pending == expected || model.draining;
        model.must(right, || format!("the requests {pending:?} are open, not {expected:?}"));
    }

    /// Waits until nothing runs any more, or far too long.
    async fn gone(&self) {
        let patience = Instant::now() + PATIENCE;
        while Instant::now() < patience {
            let mut sessions = 0;
            self.hub.0.registry.for_each(|_| sessions += 1);
            let open = self.open.iter().any(|(task, _)| !task.is_finished());
            let over = |(session, _): &(usize, _)| self.host.model().sessions[*session].over;
            let drains = self.drain.as_ref().is_some_and(|drain| !drain.is_finished());
            if sessions == 0 && !open && !drains && self.host.clients().iter().all(over) {
                return;
            }
            settle().await;
        }
    }

    /// Everybody goes, and nothing is left.
    pub(super) async fn end(mut self) -> Result<(), String> {
        settle().await;
        for stream in 0..self.lines.len() {
            self.lines[stream].input = None;
            if self.lines[stream].output.take().is_some() {
                self.lost(stream, false);
            }
        }
        if self.exact {
            sleep(PATIENCE).await;
        } else {
            self.gone().await;
        }
        self.host.model().tick();
        if let Some(drain) = self.drain.take() {
            drain.await.expect("no panic");
        }
        for (task, _) in self.open.drain(..) {
            let finished = task.is_finished();
            self.host.model().must(finished, || "a send or a request does not end".to_owned());
        }
        if self.exact && !self.host.model().draining {
            self.check();
        }
        let mut locked = self.host.model();
        let model = &mut *locked;
        for (number, session) in model.sessions.iter().enumerate() {
            let ends =
                session.connected == session.disconnects && session.over == (session.connected > 0);
            if !ends || !session.queue.is_empty() {
                model.faults.push(format!("of {number} is left: {session:?}"));
            }
        }
        for (number, client) in self.host.clients() {
            let (queued, pending) = (client.0.outbox.len(), client.0.pending.len());
            let nothing = (queued, pending) == (0, 0);
            model.must(nothing, || format!("{queued} and {pending} are left in {number}"));
        }
        if let Some(open) = model.requests.iter().find(|request| request.outcome.is_none()) {
            let open = format!("{open:?} has no outcome");
            model.fault(open);
        }
        let mut registered = 0;
        self.hub.0.registry.for_each(|_| registered += 1);
        let keys = self.hub.0.keys.len();
        let members = self.hub.0.context.groups.members(GROUP).len();
        let left = (registered, keys, members, self.hub.len());
        model.must(left == (0, 0, 0, 0), || format!("{left:?} are left in the hub"));
        drop(locked);
        self.verdict()
    }
}
