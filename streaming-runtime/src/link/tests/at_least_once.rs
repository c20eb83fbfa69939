//! What a link asks again on each stream until it is answered.

use tokio::sync::Semaphore;

use super::*;

const LONG: Duration = Duration::from_hours(1);

/// A hub's handler that notes what it is asked, and answers when it may. What it answers is a failure, because that is an
/// answer that needs no variant of its own.
struct Answering {
    log: Log,
    may_answer: Arc<Semaphore>,
}

impl Handler<Polite> for Answering {
    async fn dispatch(&self, _: &Client<Polite>, message: Message) -> Result<(), Failure> {
        if message.question.is_empty() {
            return Ok(());
        }
        self.log.say(format!("asked {}", message.question));
        self.may_answer.acquire().await.map_err(Failure::new)?.forget();
        Err(Failure::new(tonic::Status::internal("this is the answer")))
    }

    async fn on_connect(&self, _: &Client<Polite>) -> Result<(), Failure> {
        self.log.say("connect");
        Ok(())
    }

    async fn on_resume(&self, _: &Client<Polite>) -> Result<(), Failure> {
        self.log.say("resume");
        Ok(())
    }
}

fn hub(may_answer: &Arc<Semaphore>) -> (SocketAddr, Server) {
    let heard = Log::default();
    let handler = Answering { log: heard.clone(), may_answer: may_answer.clone() };
    Server::with(heard, handler, |config| config.reconnect_grace = GRACE)
}

fn asks(link: &Link<Polite>) -> JoinHandle<Result<String, RequestError>> {
    let link = link.clone();
    tokio::spawn(async move { link.send(note("")).ack().at_least_once().timeout(LONG).await })
}

fn questions(server: &Server) -> Vec<String> {
    let lines = server.heard.lines();
    lines.iter().filter_map(|line| line.strip_prefix("asked ").map(str::to_owned)).collect()
}

#[tokio::test]
async fn a_hub_that_goes_on_with_its_session_does_it_once() {
    let may_answer = Arc::new(Semaphore::new(0));
    let (addr, server) = hub(&may_answer);
    let line = Line::to(addr).await;
    let (link, bot) = (link::<Polite>(line.addr), Arc::new(Noting::default()));
    started(&link, &bot);
    let answer = asks(&link);
    server.heard.has(1, "asked").await;
    for times in 1..3 {
        line.cut();
        bot.log.has(times, "lost").await;
        line.lead_to(addr);
        bot.log.has(times, "resume").await;
    }
    may_answer.add_permits(100);
    assert!(answer.await.expect("no panic").expect("an answer").contains("this is the answer"));
    assert_eq!(questions(&server).len(), 1);
}

#[tokio::test]
async fn an_answer_that_is_lost_comes_again_from_the_hubs_memory() {
    let may_answer = Arc::new(Semaphore::new(0));
    let (addr, server) = hub(&may_answer);
    let line = Line::to(addr).await;
    let (link, bot) = (link::<Polite>(line.addr), Arc::new(Noting::default()));
    started(&link, &bot);
    let mut answer = asks(&link);
    server.heard.has(1, "asked").await;
    let lost = line.swallow(b"this is the answer");
    may_answer.add_permits(100);
    tokio::select! {
        () = lost => {}
        answer = &mut answer => panic!("it was not lost: {answer:?}"),
    }
    line.cut();
    bot.log.has(1, "lost").await;
    line.lead_to(addr);
    assert!(answer.await.expect("no panic").expect("an answer").contains("this is the answer"));
    assert_eq!(questions(&server).len(), 1, "it was done again");
}

#[tokio::test]
async fn a_hub_that_begins_anew_is_asked_under_the_same_id() {
    let never = Arc::new(Semaphore::new(0));
    let (addr, first) = hub(&never);
    let line = Line::to(addr).await;
    let link = link::<Polite>(line.addr);
    started(&link, &Arc::new(Noting::default()));
    let answer = asks(&link);
    first.heard.has(1, "asked").await;
    let (addr, second) = hub(&Arc::new(Semaphore::new(100)));
    line.lead_to(addr);
    assert!(answer.await.expect("no panic").expect("an answer").contains("this is the answer"));
    assert_eq!(questions(&first), questions(&second));
}

#[tokio::test]
async fn it_is_not_asked_longer_than_it_may() {
    let (addr, _server) = hub(&Arc::new(Semaphore::new(0)));
    let line = Line::to(addr).await;
    line.cut();
    let link = link::<Polite>(line.addr);
    started(&link, &Arc::new(Noting::default()));
    let asked = link.send(note("")).ack().at_least_once();
    assert_eq!(asked.timeout(Duration::from_millis(300)).await, Err(RequestError::Timeout));
}

#[tokio::test]
async fn it_ends_with_its_link() {
    let (addr, server) = hub(&Arc::new(Semaphore::new(0)));
    let link = link::<Polite>(addr);
    started(&link, &Arc::new(Noting::default()));
    let answer = asks(&link);
    server.heard.has(1, "asked").await;
    link.close("enough");
    let ended = answer.await.expect("no panic");
    assert_eq!(ended, Err(RequestError::Disconnected { sent: true }));
    let late = asks(&link).await.expect("no panic");
    assert_eq!(late, Err(RequestError::Disconnected { sent: false }));
}
