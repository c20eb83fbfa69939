//! Who is a member, and for how long.

use std::sync::Arc;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::{hub, of, report};
use crate::{
    Client, Hub,
    config::HubConfig,
    error::Failure,
    id::ClientId,
    sample::{Message, RESET, Sample, note},
    session::{Disconnect, Handler},
    status::Reason,
    testing::{Clients, Peer},
};

fn members(hub: &Hub<Sample>, name: &str) -> Vec<ClientId> {
    let mut members = hub.group(name).members();
    members.sort();
    members
}

#[tokio::test]
async fn what_is_sent_to_a_group_reaches_its_members_as_a_broadcast_does() {
    let hub = hub();
    let [one, two, three] = ["one", "two", "three"].map(|id| Client(hub.connect(id)));
    assert_eq!(hub.group("lobby").send(of(RESET)).await, report(0, &[]), "nobody has joined");
    one.join("lobby");
    two.join("lobby");
    three.join(7_u32);
    assert_eq!(members(&hub, "lobby"), ["one", "two"]);
    assert_eq!(members(&hub, "7"), ["three"]);
    two.send(of(RESET)).await.expect("room");
    let lobby = hub.group("lobby");
    assert_eq!(lobby.send(of(RESET)).await, report(1, &["two"]), "somebody was waited for");
    one.leave("lobby");
    assert_eq!(lobby.send(of(RESET)).await, report(0, &["two"]));
    let queued = [one, two, three].map(|client| client.0.outbox.len());
    assert_eq!(queued, [1, 1, 0]);
}

#[tokio::test]
async fn a_member_whose_session_has_ended_is_not_sent_to() {
    let hub = hub();
    let [one, two] = ["one", "two"].map(|id| Client(hub.connect(id)));
    one.join("lobby");
    two.join("lobby");
    one.0.end(Reason::ClientGone);
    assert_eq!(members(&hub, "lobby"), ["two"]);
    assert_eq!(hub.group("lobby").send(of(RESET)).await, report(1, &[]));
}

/// Lets clients into the lobby whose headers say so, and tells what it sees when they come and go.
struct Lobby {
    hub: Hub<Sample>,
    told: UnboundedSender<String>,
}

impl Lobby {
    fn tell(&self, what: &str) {
        let lobby = self.hub.0.context.groups.members("lobby").len();
        let reached = self.hub.group("lobby").members().len();
        let _ = self.told.send(format!("{what}: {lobby} in the lobby, {reached} reached"));
    }
}

impl Handler<Sample> for Lobby {
    async fn on_connect(&self, client: &Client<Sample>) -> Result<(), Failure> {
        if client.session().metadata().contains_key("joins") {
            client.join("lobby");
        }
        self.tell("connects");
        Ok(())
    }

    async fn dispatch(&self, _: &Client<Sample>, _: Message) -> Result<(), Failure> {
        self.tell("handles");
        Ok(())
    }

    async fn on_disconnect(
        &self,
        client: &Client<Sample>,
        _: &Disconnect<Sample>,
    ) -> Result<(), Failure> {
        self.tell("leaves");
        client.join("lobby");
        Ok(())
    }
}

async fn open(lobby: &Arc<Lobby>, joins: bool) -> Peer<Sample> {
    let clients = Clients::from_arc(lobby.clone(), lobby.hub.clone());
    let clients = if joins { clients.metadata("joins", "yes") } else { clients };
    clients.open(note(0)).await.expect("let in")
}

async fn expect(lines: &mut UnboundedReceiver<String>, expected: &[&str]) {
    for expected in expected {
        assert_eq!(lines.recv().await.as_deref(), Some(*expected));
    }
}

#[tokio::test(start_paused = true)]
async fn a_membership_is_the_sessions_and_not_its_successors() {
    let (told, mut lines) = unbounded_channel();
    let hub = Hub::new(HubConfig::testing()).expect("valid settings");
    let lobby = Arc::new(Lobby { hub, told });
    let _old = open(&lobby, true).await;
    expect(
        &mut lines,
        &["connects: 1 in the lobby, 0 reached", "handles: 1 in the lobby, 1 reached"],
    )
    .await;
    // It joins again when it is told that it has ended, which is too late to count for the newer stream.
    let new = open(&lobby, false).await;
    expect(
        &mut lines,
        &[
            "leaves: 1 in the lobby, 0 reached",
            "connects: 0 in the lobby, 0 reached",
            "handles: 0 in the lobby, 0 reached",
        ],
    )
    .await;
    drop(new);
    expect(&mut lines, &["leaves: 0 in the lobby, 0 reached"]).await;
    let third = open(&lobby, true).await;
    expect(&mut lines, &["connects: 1 in the lobby, 0 reached"]).await;
    drop(third);
}
