//! What a hub says twice is done once, as long as it means the same.

use super::{
    peers::{Answer, Peer, Running},
    *,
};

fn named(id: &str) -> Command {
    Command { id: id.to_owned(), ..measure(id) }
}

#[tokio::test]
async fn what_is_asked_twice_is_done_once() {
    let (addr, server) = Server::start(GRACE);
    let (link, bot) = (link::<Polite>(addr), Arc::new(Noting::default()));
    started(&link, &bot);
    server.heard.has(1, "connect").await;
    let client = server.hub.client("bot-1");
    assert_eq!(client.send(named("same")).ack().await, Ok(String::new()));
    assert_eq!(client.send(named("same")).ack().await, Ok(String::new()), "it is answered again");
    assert_eq!(bot.executed.load(Ordering::Relaxed), 1, "it was executed again");
}

/// How often a command of the same id is executed whose hub is killed and begins anew in between.
async fn executed_across_a_restart<C>() -> usize
where
    C: Linked<Message = Message, Command = Command> + Acks<Ack = String>,
    C::Turned: Contract<Message = Command, Command = Message> + Answers<N<1>>,
{
    let start = || {
        let heard = Log::default();
        Server::<C>::with(heard.clone(), Hearing(heard), |config| config.reconnect_grace = GRACE)
    };
    let (addr, first) = start();
    let line = Line::to(addr).await;
    let (link, bot) = (link::<C>(line.addr), Arc::new(Noting::default()));
    started(&link, &bot);
    first.heard.has(1, "connect").await;
    assert_eq!(first.hub.client("bot-1").send(named("1")).ack().await, Ok(String::new()));
    drop(first);
    let (addr, second) = start();
    line.lead_to(addr);
    second.heard.has(1, "connect").await;
    assert_eq!(second.hub.client("bot-1").send(named("1")).ack().await, Ok(String::new()));
    bot.executed.load(Ordering::Relaxed)
}

#[tokio::test]
async fn the_first_command_of_a_hub_that_counts_anew_is_executed() {
    assert_eq!(executed_across_a_restart::<SmallNamed>().await, 2);
}

#[tokio::test]
async fn an_id_that_is_unique_is_known_to_a_hub_that_begins_anew() {
    assert_eq!(executed_across_a_restart::<Polite>().await, 1);
}

#[tokio::test]
async fn where_there_are_no_sessions_nothing_is_taken_for_a_repetition() {
    let said = Answer::Say(vec![named("same"), named("same")], None);
    let peer = Peer::start([said]);
    let running = Running::to(&peer);
    running.bot.log.has(2, "executed same").await;
}
