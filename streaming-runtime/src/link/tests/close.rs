//! How a link is closed, with a stream and without.

use std::pin::pin;

use futures_util::FutureExt as _;

use super::*;

const LONG: Duration = Duration::from_hours(1);
/// Long enough for any machine, and not too long to be waited for.
const MINUTE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn what_is_queued_when_it_is_closed_comes_before_the_goodbye() {
    const NOTES: usize = 300;
    let (addr, server) = Server::start(GRACE);
    let (link, bot) = (link::<Polite>(addr), Arc::new(Noting::default()));
    let running = started(&link, &bot);
    bot.log.has(1, "connect").await;
    let mut sent: Vec<_> = (0..NOTES).map(|number| format!("note {number}")).collect();
    for line in &sent {
        link.send(note(&line["note ".len()..])).await.expect("room");
    }
    link.close("enough");
    running.await.expect("no panic").expect("it was closed");
    server.heard.has(1, "disconnect").await;
    sent.push("disconnect goodbye: enough".to_owned());
    let heard = server.heard.lines();
    let wrong = heard[1..].iter().zip(&sent).find(|(heard, sent)| heard != sent);
    assert_eq!((wrong, heard.len()), (None, 1 + sent.len()));
}

/// A link that does not come back soon, whose bot is at a command of the hub's.
struct Busy {
    link: Link<Polite>,
    bot: Arc<Holding>,
    running: JoinHandle<Result<(), Lost>>,
    /// Whom the command's answer goes to.
    told: JoinHandle<Result<String, RequestError>>,
}

impl Busy {
    async fn on(line: &Line, server: &Server) -> Self {
        let link = link_with(line.addr, |config| {
            (config.first_delay, config.max_delay) = (LONG, LONG);
            (config.handler_grace, config.flush_timeout) = (LONG, LONG);
        });
        let log = Log::default();
        let bot = Arc::new(Holding { log: log.clone(), word: None, may_end: Semaphore::new(0) });
        let running = started(&link, &bot);
        server.heard.has(1, "connect").await;
        let hub = server.hub.clone();
        let ack = async move { hub.client("bot-1").send(measure("a")).ack().timeout(MINUTE).await };
        let told = tokio::spawn(ack);
        log.has(1, "begins").await;
        Self { link, bot, running, told }
    }

    /// Closes it, and then lets the handler end.
    fn close(&self) {
        self.link.close("enough");
        self.bot.may_end.add_permits(1);
    }
}

#[tokio::test]
async fn a_handler_that_runs_when_it_is_closed_is_still_heard() {
    let (addr, server) = Server::start(GRACE);
    let line = Line::to(addr).await;
    let busy = Busy::on(&line, &server).await;
    busy.close();
    assert_eq!(busy.told.await.expect("no panic"), Ok(String::new()));
    busy.running.await.expect("no panic").expect("it was closed");
    server.heard.has(1, "disconnect goodbye: enough").await;
}

#[tokio::test]
async fn a_handler_that_runs_when_it_is_closed_without_a_stream_ends() {
    let (addr, server) = Server::start(GRACE);
    let line = Line::to(addr).await;
    let busy = Busy::on(&line, &server).await;
    line.cut();
    busy.bot.log.has(1, "lost").await;
    busy.close();
    busy.running.await.expect("no panic").expect("it was closed");
    assert_eq!(busy.bot.log.lines(), ["connect", "begins", "lost", "ends"]);
}

#[tokio::test]
async fn one_that_is_closed_without_a_stream_ends_at_once() {
    let (addr, _server) = Server::start(GRACE);
    let line = Line::to(addr).await;
    let link = link_with::<Polite>(line.addr, |config| {
        config.first_delay = LONG;
        config.max_delay = LONG;
        config.flush_timeout = LONG;
    });
    let bot = Arc::new(Noting::default());
    let running = started(&link, &bot);
    bot.log.has(1, "connect").await;
    line.cut();
    bot.log.has(1, "lost").await;
    let mut asked = pin!(link.send(note("question")).ack().timeout(LONG));
    assert!(asked.as_mut().now_or_never().is_none(), "nobody can have answered");
    link.close("enough");
    running.await.expect("no panic").expect("it was closed");
    assert_eq!(asked.await, Err(RequestError::Disconnected { sent: false }));
}
