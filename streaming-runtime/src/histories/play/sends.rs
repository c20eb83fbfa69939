//! Sends, requests and broadcasts, whose outcomes the model is told.

use std::{
    future::{Future, poll_fn},
    pin::pin,
};

use tokio::time::Instant;

use super::{
    super::{
        host::{Host, number},
        model::{IDS, Item, Outcome, Place, Request},
    },
    GROUP, NAMES, Play, Sensors, WINDOW, holder,
};
use crate::{
    contract::{Contract, Overflow},
    error::RequestError,
    sample::{Command, RESET},
    session::Client,
    target::{Sending, Target, Whole},
};

/// A send with its own word on a full outbox, if it has one.
fn with<T: Target<C>, C: Contract>(
    sending: Sending<T, C, Whole>,
    own: Option<Overflow>,
) -> Sending<T, C, Whole> {
    match own {
        Some(overflow) => sending.overflow(overflow),
        None => sending,
    }
}

/// Somebody who may wait for a place in an outbox.
struct Waits<'a, C: Contract>(&'a Host<C>, Option<usize>, u64);

impl<'a, C: Contract> Waits<'a, C> {
    fn new(host: &'a Host<C>, session: Option<usize>, item: Item, policy: Overflow) -> Self {
        if let Some(session) = session {
            host.model().sessions[session].waiting.push((item.token, policy));
        }
        Self(host, session, item.token)
    }
}

impl<C: Contract> Drop for Waits<'_, C> {
    fn drop(&mut self) {
        if let Some(session) = self.1 {
            self.0.model().sessions[session].waiting.retain(|(token, _)| *token != self.2);
        }
    }
}

/// A request, of which it is seen when it is accepted.
struct Asked<'a, C: Contract> {
    host: &'a Host<C>,
    to: Option<Client<C>>,
    item: Item,
    policy: Overflow,
}

impl<C: Contract> Asked<'_, C> {
    async fn end_of(
        &self,
        request: impl Future<Output = Result<String, RequestError>>,
    ) -> Result<String, RequestError> {
        let to = self.to.as_ref().map(number);
        let (mut request, mut waits) =
            (pin!(request), Some(Waits::new(self.host, to, self.item, self.policy)));
        poll_fn(|cx| {
            let before = self.count();
            let polled = request.as_mut().poll(cx);
            if let Some(to) = to
                && self.count() > before
            {
                self.host.model().accepted(to, self.item, self.policy);
                waits = None;
            }
            polled
        })
        .await
    }

    /// How many commands the outbox has accepted.
    fn count(&self) -> u64 {
        let outbox = self.to.as_ref().map(|client| &client.0.outbox);
        outbox.map_or(0, |outbox| {
            let (written, dropped) = outbox.counts();
            written + dropped + outbox.len() as u64
        })
    }
}

impl<C: Sensors> Play<C> {
    /// A command under a new number.
    fn command(&self, kind: u32) -> (Command, Item) {
        let token = self.host.model().token();
        // Over a network each fills a window, so that outboxes fill as well.
        let text = if self.exact { String::new() } else { "x".repeat(WINDOW) };
        let command = Command { kind, id: token.to_string(), value: token, text };
        (command, Item { token, kind, request: None })
    }

    pub(super) fn send(&mut self, client: Client<C>, kind: u32, own: Option<Overflow>) {
        let ((command, item), host) = (self.command(kind), self.host.clone());
        let policy = host.model().policy(kind, own);
        let sending = tokio::spawn(async move {
            let since = Instant::now();
            let session = number(&client);
            let waits = Waits::new(&host, Some(session), item, policy);
            let result = with(client.send(command), own).await;
            host.model().sent(Some(session), item, policy, since, &result);
            drop(waits);
        });
        self.open.push((sending, None));
    }

    pub(super) fn send_by_id(&mut self, id: usize, kind: u32, own: Option<Overflow>) {
        let ((command, item), host, hub) =
            (self.command(kind), self.host.clone(), self.hub.clone());
        let policy = host.model().policy(kind, own);
        let sending = tokio::spawn(async move {
            let since = Instant::now();
            let session = holder(&hub, id);
            let waits = Waits::new(&host, session, item, policy);
            let result = with(hub.client(NAMES[id]).send(command), own).await;
            host.model().sent(session, item, policy, since, &result);
            drop(waits);
        });
        self.open.push((sending, None));
    }

    pub(super) fn request(&mut self, id: usize, client: Option<Client<C>>, own: Option<Overflow>) {
        let ((command, item), host, hub) =
            (self.command(RESET), self.host.clone(), self.hub.clone());
        let policy = host.model().policy(RESET, own);
        let mut model = self.host.model();
        let request = model.requests.len();
        let item = Item { request: Some(request), ..item };
        model.requests.push(Request {
            token: item.token,
            session: None,
            since: Instant::now(),
            place: Place::Unwritten,
            answer: None,
            outcome: None,
        });
        drop(model);
        let asking = tokio::spawn(async move {
            let found = || hub.session(NAMES[id].into()).map(Client);
            let to = client.clone().or_else(found);
            {
                let asked = &mut host.model().requests[request];
                (asked.session, asked.since) = (to.as_ref().map(number), Instant::now());
            }
            let seen = Asked { host: &host, to, item, policy };
            let outcome = match client {
                Some(client) => seen.end_of(with(client.send(command), own).ack()).await,
                None => seen.end_of(with(hub.client(NAMES[id]).send(command), own).ack()).await,
            };
            host.model().ended(request, policy, Outcome::Is(outcome));
        });
        self.open.push((asking, Some(request)));
    }

    pub(super) async fn broadcast(&self, kind: u32, own: Option<Overflow>, group: bool) {
        let (command, item) = self.command(kind);
        let policy = self.host.model().policy(kind, own);
        let to: Vec<_> = (0..IDS).filter_map(|id| Some((id, holder(&self.hub, id)?))).collect();
        let report = if group {
            with(self.hub.group(GROUP).send(command), own).await
        } else {
            with(self.hub.broadcast().send(command), own).await
        };
        let mut model = self.host.model();
        let to: Vec<_> =
            to.into_iter().filter(|(_, to)| !group || model.sessions[*to].joined).collect();
        let all = report.accepted + report.refused.len() == to.len();
        model.must(all, || format!("{report:?} is not of {to:?}"));
        for (id, session) in to {
            match report.refused.iter().find(|(refused, _)| *refused == *NAMES[id]) {
                None => model.accepted(session, item, policy),
                Some((_, error)) => {
                    // Nobody waits for anybody.
                    let policy = if policy == Overflow::Wait { Overflow::Reject } else { policy };
                    model.sessions[session].waiting.push((item.token, policy));
                    model.refused(session, policy, Instant::now(), error);
                    model.sessions[session].waiting.pop();
                }
            }
        }
    }
}
