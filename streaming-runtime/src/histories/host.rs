//! The handler, which tells the model what it is called for.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard},
    time::Duration,
};

use tokio::time::{Instant, sleep};

use super::model::Model;
use crate::{
    contract::Contract,
    error::Failure,
    sample::{Command, Message},
    session::{Client, Disconnect, Handler},
};

pub(super) struct Host<C: Contract> {
    model: Mutex<Model>,
    clients: Mutex<HashMap<usize, Client<C>>>,
}

impl<C: Contract> Host<C> {
    pub(super) fn new(model: Model) -> Self {
        Self { model: Mutex::new(model), clients: Mutex::default() }
    }

    pub(super) fn model(&self) -> MutexGuard<'_, Model> {
        self.model.lock().expect("no panic")
    }

    /// The handle on the session of this number, once `on_connect` was called.
    pub(super) fn client(&self, session: usize) -> Option<Client<C>> {
        self.clients.lock().expect("no panic").get(&session).cloned()
    }

    pub(super) fn clients(&self) -> Vec<(usize, Client<C>)> {
        let clients = self.clients.lock().expect("no panic");
        clients.iter().map(|(session, client)| (*session, client.clone())).collect()
    }
}

/// A number among the headers of the stream that opened the session.
fn header<C: Contract>(client: &Client<C>, name: &str) -> u64 {
    let header = client.session().metadata().get(name).expect("a header");
    header.to_str().expect("ASCII").parse().expect("a number")
}

pub(super) fn number<C: Contract>(client: &Client<C>) -> usize {
    usize::try_from(header(client, "number")).expect("few sessions")
}

impl<C: Contract<Message = Message, Command = Command>> Handler<C> for Host<C> {
    async fn dispatch(&self, client: &Client<C>, message: Message) -> Result<(), Failure> {
        let number = number(client);
        {
            let mut model = self.model();
            let session = &model.sessions[number];
            let within = session.connected == 1 && session.disconnects == 0;
            model.must(within, || format!("a handler of {number} runs outside of its session"));
        }
        sleep(Duration::from_millis(message.value)).await;
        Ok(())
    }

    async fn on_connect(&self, client: &Client<C>) -> Result<(), Failure> {
        let (number, slow) = (number(client), header(client, "slow"));
        self.clients.lock().expect("no panic").insert(number, client.clone());
        {
            let mut model = self.model();
            let id = model.sessions[number].id;
            let mut others = model.sessions.iter().enumerate();
            let open = others.find(|(other, session)| {
                *other != number && session.id == id && session.connected > 0 && !session.over
            });
            let open = open.map(|(other, _)| other);
            model.must(open.is_none(), || format!("{number} opens while {open:?} is open"));
            if !model.exact {
                model.holders[id] = Some(number);
            }
            model.sessions[number].connects += 1;
            model.sessions[number].opens = Some(Instant::now() + Duration::from_millis(slow));
            let once = model.sessions[number].connects == 1;
            model.must(once, || format!("{number} opens twice"));
        }
        if slow > 0 {
            sleep(Duration::from_millis(slow)).await;
        }
        let mut model = self.model();
        let exact = model.exact;
        let session = &mut model.sessions[number];
        session.connected += 1;
        // What its client did before this: it was read while this ran, or is read now.
        if std::mem::take(&mut session.left) {
            if slow > 0 || !exact {
                session.ended = true;
            } else {
                model.lost(number, number, true);
            }
        }
        Ok(())
    }

    async fn on_resume(&self, client: &Client<C>) -> Result<(), Failure> {
        let number = number(client);
        let mut model = self.model();
        let within = model.sessions[number].connected == 1;
        model.must(within, || format!("{number} comes back and was never there"));
        Ok(())
    }

    async fn on_disconnect(&self, client: &Client<C>, end: &Disconnect<C>) -> Result<(), Failure> {
        let number = number(client);
        {
            let mut model = self.model();
            model.tick();
            let session = &mut model.sessions[number];
            session.disconnects += 1;
            let rest = std::mem::take(&mut session.queue).into_iter();
            let rest: Vec<_> =
                rest.filter(|item| item.request.is_none()).map(|item| item.token).collect();
            let undelivered: Vec<_> = end.undelivered.iter().map(|command| command.value).collect();
            let once = session.connected == 1 && session.disconnects == 1;
            let ended = session.ended || model.draining || !model.exact;
            let reason = &end.reason;
            model.must(once, || format!("{number} was disconnected twice, or never connected"));
            model.must(ended, || format!("{number} ended: {reason}"));
            model.must(rest == undelivered, || {
                format!("of {number} is undelivered {undelivered:?}, not {rest:?}")
            });
        }
        sleep(Duration::from_millis(header(client, "slow"))).await;
        self.model().sessions[number].over = true;
        Ok(())
    }
}
