//! What a hub says twice is done once, as long as it means the same.

use std::pin::pin;

use futures_util::future::join_all;

use super::{
    peers::{Answer, Peer, Running},
    *,
};

const MINUTE: Duration = Duration::from_mins(1);

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
async fn a_session_that_goes_on_means_the_same_by_each_id() {
    let heard = Log::default();
    let (addr, server) = Server::<SmallNamed>::with(heard.clone(), Hearing(heard), |config| {
        config.reconnect_grace = GRACE;
    });
    let line = Line::to(addr).await;
    let (link, bot) = (link::<SmallNamed>(line.addr), Arc::new(Noting::default()));
    started(&link, &bot);
    server.heard.has(1, "connect").await;
    assert_eq!(server.hub.client("bot-1").send(named("1")).ack().await, Ok(String::new()));
    line.cut();
    bot.log.has(1, "lost").await;
    line.lead_to(addr);
    server.heard.has(1, "resume").await;
    assert_eq!(server.hub.client("bot-1").send(named("1")).ack().await, Ok(String::new()));
    assert_eq!(bot.executed.load(Ordering::Relaxed), 1, "it was executed again");
}

#[tokio::test]
async fn the_last_10000_commands_are_known() {
    let heard = Log::default();
    let (addr, server) = Server::<Polite>::with(heard.clone(), Hearing(heard), |config| {
        config.outbox.messages = 20_000;
        config.reply_timeout = MINUTE;
    });
    let (link, bot) = (link::<Polite>(addr), Arc::new(Noting::default()));
    started(&link, &bot);
    server.heard.has(1, "connect").await;
    let ask = |number: usize| server.hub.client("bot-1").send(named(&number.to_string())).ack();
    for answer in join_all((0..=10_000).map(|number| ask(number).into_future())).await {
        assert_eq!(answer, Ok(String::new()));
    }
    for (number, executed) in [(1, 10_001), (10_000, 10_001), (0, 10_002)] {
        assert_eq!(ask(number).await, Ok(String::new()));
        assert_eq!(bot.executed.load(Ordering::Relaxed), executed, "after {number}");
    }
}

#[tokio::test]
async fn what_runs_for_a_hub_before_answers_nothing_of_one_that_counts_anew() {
    let start = || {
        let heard = Log::default();
        Server::<SmallNamed>::with(heard.clone(), Hearing(heard), |_| {})
    };
    let (addr, first) = start();
    let line = Line::to(addr).await;
    let (link, log) = (link::<SmallNamed>(line.addr), Log::default());
    let bot = Arc::new(Holding { log: log.clone(), word: None, may_end: Semaphore::new(0) });
    started(&link, &bot);
    first.heard.has(1, "connect").await;
    first.hub.client("bot-1").send(named("1")).await.expect("room");
    log.has(1, "begins").await;
    let (addr, second) = start();
    line.lead_to(addr);
    second.heard.has(1, "connect").await;
    let client = second.hub.client("bot-1");
    let mut asked = pin!(client.send(named("1")).ack().timeout(MINUTE).into_future());
    tokio::select! {
        () = log.has(2, "begins") => {}
        answer = &mut asked => panic!("it was answered at once: {answer:?}"),
    }
    bot.may_end.add_permits(1);
    log.has(1, "ends").await;
    // It comes behind the answer, if there is one.
    link.send(note("behind")).await.expect("room");
    tokio::select! {
        () = second.heard.has(1, "note behind") => {}
        answer = &mut asked => panic!("the other answered: {answer:?}"),
    }
    bot.may_end.add_permits(1);
    assert_eq!(asked.await, Ok(String::new()));
}

#[tokio::test]
async fn what_was_done_for_a_hub_before_is_not_told_to_one_that_counts_anew() {
    let word = Some("this is the answer".to_owned());
    // The last one waits for room in the queue.
    for (word, room) in [(None, 100), (word.clone(), 100), (word, 1)] {
        let heard = Log::default();
        let start = || Server::<SmallNamed>::with(heard.clone(), Hearing(heard.clone()), |_| {});
        let (addr, first) = start();
        let line = Line::to(addr).await;
        let link = link_with::<SmallNamed>(line.addr, |config| {
            config.outbox.messages = room;
            config.send_timeout = MINUTE;
        });
        let log = Log::default();
        let bot = Arc::new(Holding { log: log.clone(), word, may_end: Semaphore::new(0) });
        started(&link, &bot);
        heard.has(1, "connect").await;
        first.hub.client("bot-1").send(named("1")).await.expect("room");
        log.has(1, "begins").await;
        line.cut();
        log.has(1, "lost").await;
        link.send(note("before")).await.expect("room");
        bot.may_end.add_permits(1);
        log.has(1, "ends").await;
        let (addr, second) = start();
        line.lead_to(addr);
        link.send(note("behind")).await.expect("room");
        heard.has(1, "note behind").await;
        let read = second.hub.info("bot-1").expect("it is connected").message_count;
        assert_eq!(read, 3, "there is more than who comes and two notes");
        assert_eq!(heard.lines().iter().filter(|line| line.starts_with("note")).count(), 2);
    }
}

#[tokio::test]
async fn where_there_are_no_sessions_nothing_is_taken_for_a_repetition() {
    let said = Answer::Say(vec![named("same"), named("same")], None);
    let peer = Peer::start([said]);
    let running = Running::to(&peer);
    running.bot.log.has(2, "executed same").await;
}
