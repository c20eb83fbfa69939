//! What waits for the next stream: messages and acks, how many, and for how long.

use futures_util::{FutureExt as _, StreamExt as _};
use tokio::sync::oneshot;

use super::*;
use crate::{
    contract::Overflow,
    error::SendError,
    frame::Frame,
    link::attempt::Outgoing,
    session::{CommandStream, Rpc},
};

const LONG: Duration = Duration::from_hours(1);
/// Long enough for any machine, and not too long to be waited for.
const MINUTE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn what_is_sent_without_a_stream_goes_out_in_order_on_the_next() {
    const NOTES: usize = 300;
    let (addr, server) = Server::start(GRACE);
    let line = Line::to(addr).await;
    let (link, bot) = (link::<Polite>(line.addr), Arc::new(Noting::default()));
    started(&link, &bot);
    bot.log.has(1, "connect").await;
    for number in 0..NOTES {
        match number {
            100 => line.cut(),
            200 => bot.log.has(1, "lost").await,
            _ => {}
        }
        link.send(note(&format!("{number:03}"))).await.expect("room");
    }
    line.lead_to(addr);
    server.heard.has(1, &format!("note {}", NOTES - 1)).await;
    let heard = server.heard.lines();
    let heard: Vec<_> = heard.iter().filter(|line| line.starts_with("note")).collect();
    assert!(heard.is_sorted_by(|one, next| one < next), "out of order or twice: {heard:?}");
    let queued = heard.iter().filter(|line| line.as_str() >= "note 200").count();
    assert_eq!(queued, 100, "what was queued was lost: {heard:?}");
}

/// A link of a hub that is not there yet, whose queue holds two messages, both taken.
async fn full(addr: SocketAddr, overflow: Overflow) -> Link<Polite> {
    let link = link_with::<Polite>(addr, |config| {
        config.outbox.messages = 2;
        config.overflow = overflow;
        config.send_timeout = LONG;
    });
    for text in ["first", "second"] {
        link.send(note(text)).await.expect("room");
    }
    link
}

/// The notes that the hub hears until it has heard `last`.
async fn heard(server: &Server, last: &str) -> Vec<String> {
    server.heard.has(1, &format!("note {last}")).await;
    let lines = server.heard.lines();
    lines.iter().filter_map(|line| line.strip_prefix("note ").map(str::to_owned)).collect()
}

#[tokio::test]
async fn a_full_queue_is_waited_for() {
    let (addr, server) = Server::start(GRACE);
    let link = full(addr, Overflow::Wait).await;
    let third = tokio::spawn({
        let link = link.clone();
        async move { link.send(note("third")).await }
    });
    tokio::task::yield_now().await;
    assert!(!third.is_finished(), "there is no room");
    started(&link, &Arc::new(Noting::default()));
    third.await.expect("no panic").expect("room at last");
    assert_eq!(heard(&server, "third").await, ["first", "second", "third"]);
}

#[tokio::test]
async fn a_full_queue_turns_away() {
    let (addr, server) = Server::start(GRACE);
    let link = full(addr, Overflow::Reject).await;
    assert_eq!(link.send(note("third")).await, Err(SendError::Overflow));
    started(&link, &Arc::new(Noting::default()));
    server.heard.has(1, "note second").await;
    link.send(note("fourth")).await.expect("room");
    assert_eq!(heard(&server, "fourth").await, ["first", "second", "fourth"]);
}

#[tokio::test]
async fn a_full_queue_drops_its_oldest() {
    let (addr, server) = Server::start(GRACE);
    let link = full(addr, Overflow::DropOldest).await;
    link.send(note("third")).await.expect("it takes the place of the first");
    started(&link, &Arc::new(Noting::default()));
    assert_eq!(heard(&server, "third").await, ["second", "third"]);
}

#[tokio::test]
async fn a_full_queue_closes_the_link() {
    let (addr, server) = Server::start(GRACE);
    let link = full(addr, Overflow::Disconnect).await;
    assert_eq!(link.send(note("third")).await, Err(SendError::Overflow));
    let ended = started(&link, &Arc::new(Noting::default())).await.expect("no panic");
    ended.expect("nobody refused it");
    assert!(matches!(link.state(), LinkState::Ended(None)), "{:?}", link.state());
    assert_eq!(heard(&server, "second").await, ["first", "second"]);
    assert_eq!(link.send(note("late")).await, Err(SendError::Disconnected { sent: false }));
}

#[tokio::test]
async fn what_has_waited_too_long_is_not_sent() {
    let (addr, server) = Server::start(GRACE);
    let line = Line::to(addr).await;
    let link = link_with::<Polite>(line.addr, |config| {
        config.message_ttl = Some(Duration::from_secs(2));
    });
    let bot = Arc::new(Noting::default());
    started(&link, &bot);
    bot.log.has(1, "connect").await;
    line.cut();
    bot.log.has(1, "lost").await;
    link.send(note("old")).await.expect("room");
    // It came later, and so it goes later.
    let asked = link.send(note("old question")).ack().timeout(LONG).await;
    assert_eq!(asked, Err(RequestError::Timeout));
    line.lead_to(addr);
    bot.log.has(1, "resume").await;
    link.send(note("fresh")).await.expect("room");
    assert_eq!(heard(&server, "fresh").await, ["fresh"]);
}

/// Whether all of 200 commands are answered whose handlers end while there is no stream and the queue is full.
async fn answers_what_is_done_without_a_stream(
    word: Option<String>,
    change: impl FnOnce(&mut LinkConfig),
) {
    const COMMANDS: usize = 200;
    let heard = Log::default();
    let (addr, server) = Server::<Polite>::with(heard.clone(), Hearing(heard), |config| {
        config.reconnect_grace = LONG;
        config.outbox.messages = COMMANDS;
    });
    let line = Line::to(addr).await;
    let (link, log) = (link_with::<Polite>(line.addr, change), Log::default());
    let bot =
        Arc::new(Holding { log: log.clone(), word: word.clone(), may_end: Semaphore::new(0) });
    let running = started(&link, &bot);
    log.has(1, "connect").await;
    let mut told = JoinSet::new();
    for _ in 0..COMMANDS {
        let hub = server.hub.clone();
        let ack = async move { hub.client("bot-1").send(measure("a")).ack().timeout(MINUTE).await };
        told.spawn(ack);
    }
    log.has(COMMANDS, "begins").await;
    line.cut();
    log.has(1, "lost").await;
    bot.may_end.add_permits(COMMANDS);
    log.has(COMMANDS, "ends").await;
    line.lead_to(addr);
    while let Some(told) = told.join_next().await {
        assert_eq!(told.expect("no panic"), Ok(word.clone().unwrap_or_default()));
    }
    assert!(!running.is_finished(), "the link has ended");
}

#[tokio::test]
async fn what_is_done_while_there_is_no_stream_is_acknowledged_on_the_next_one() {
    answers_what_is_done_without_a_stream(None, |_| {}).await;
}

#[tokio::test]
async fn acks_take_no_room_of_messages() {
    answers_what_is_done_without_a_stream(None, |config| config.outbox.messages = 2).await;
}

#[tokio::test]
async fn acks_for_which_there_is_no_place_are_lost_and_the_link_is_not() {
    const COMMANDS: usize = 9;
    let (addr, server) = Server::start(LONG);
    let line = Line::to(addr).await;
    let link = link_with::<Polite>(line.addr, |config| config.outbox.bytes = 100);
    let log = Log::default();
    let may_end = Semaphore::new(0);
    let bot = Arc::new(Holding { log: log.clone(), word: None, may_end });
    started(&link, &bot);
    log.has(1, "connect").await;
    let client = server.hub.client("bot-1");
    for number in 0..COMMANDS {
        let id = format!("a name of more than twenty letters {number}");
        client.send(Command { id, ..measure("a") }).await.expect("room");
    }
    log.has(COMMANDS, "begins").await;
    line.cut();
    log.has(1, "lost").await;
    bot.may_end.add_permits(COMMANDS + 1);
    log.has(COMMANDS, "ends").await;
    line.lead_to(addr);
    server.heard.has(1, "resume").await;
    assert_eq!(client.send(measure("b")).ack().timeout(MINUTE).await, Ok(String::new()));
    // Who comes, twice, and the last ack are no late ones.
    let read = server.hub.info("bot-1").expect("it is connected").message_count - 3;
    assert!((1..COMMANDS as u64).contains(&read), "{read} acks came of {COMMANDS}");
}

#[tokio::test]
async fn an_answer_waits_for_room_whatever_messages_do() {
    for overflow in [Overflow::Wait, Overflow::Reject, Overflow::Disconnect] {
        let small = |config: &mut LinkConfig| {
            config.outbox.messages = 2;
            config.overflow = overflow;
            config.send_timeout = Duration::from_millis(1);
        };
        answers_what_is_done_without_a_stream(Some("this is the answer".to_owned()), small).await;
    }
}

#[tokio::test]
async fn what_a_stream_has_taken_it_writes_before_it_is_left() {
    let link = link::<Polite>(([127, 0, 0, 1], 1).into());
    let rpc = Rpc::new();
    let rest = Some(CommandStream::new(rpc.clone()).read_by_tonic(true));
    rpc.attach(&link.0.0, 0);
    let (leave, left) = oneshot::channel();
    let mut outgoing = Outgoing { first: None, rest, leave: Some(left), link: link.clone() };
    let mut next = || match outgoing.next().now_or_never() {
        Some(Some(Frame::Message(message))) => Some(message.error),
        Some(None) => None,
        other => panic!("neither a message nor the end: {other:?}"),
    };
    for text in ["first", "second", "third"] {
        link.send(note(text)).await.expect("room");
    }
    assert_eq!(next().as_deref(), Some("first"));
    let (park, _parked) = oneshot::channel();
    assert!(leave.send(park).is_ok(), "it listens");
    link.send(note("of the next stream")).await.expect("room");
    for text in ["second", "third"] {
        assert_eq!(next().as_deref(), Some(text));
    }
    assert_eq!(next(), None);
    assert_eq!(link.0.0.outbox.len(), 1, "the last was lost with the stream");
}
