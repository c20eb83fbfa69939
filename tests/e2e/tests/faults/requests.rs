//! Requests and their answers: c, d, l, m8, m9.

use e2e::{Bot, Event, Server, pb, until, within};
use pb::{bot_command::Payload, bot_message, trading_bots::ConnectCommands as _};
use streaming_runtime::{Rejection, RequestError};

use crate::{calm, ms};

async fn connected(server: &Server, id: &str) -> Bot {
    let bot = Bot::connect(server.addr, id).await;
    until("the bot is connected", || server.hub.is_connected(id)).await;
    bot
}

#[tokio::test]
async fn c_the_timeout_is_kept_and_nothing_stays_registered() {
    let server = Server::start(calm());
    let mut bot = connected(&server, "bot").await;
    let hub = &server.hub;

    let request = hub.client("bot").start(pb::Start::default()).reply().timeout(ms(50));
    assert_eq!(within("the timeout", request).await, Err(RequestError::Timeout));
    assert_eq!(hub.pending_requests(), []);
    let (late, _) = bot.command().await;
    bot.ack(&late, true).await;

    let (answer, ()) = tokio::join!(hub.client("bot").start(pb::Start::default()).reply(), async {
        let (id, _) = bot.command().await;
        assert_eq!(hub.pending_requests().len(), 1);
        bot.ack(&id, true).await;
    });
    assert!(answer.expect("a good ack").success);
    assert_eq!(hub.pending_requests(), []);

    let (answer, ()) = tokio::join!(hub.client("bot").start(pb::Start::default()).reply(), async {
        let (id, _) = bot.command().await;
        bot.ack(&id, false).await;
    });
    let rejection =
        Rejection { message: "the bot's words".to_owned(), error: "refused".to_owned() };
    assert_eq!(answer, Err(RequestError::Rejected(rejection)));
    assert_eq!(hub.pending_requests(), []);

    // The caller gives up.
    let request = hub.client("bot").start(pb::Start::default()).reply();
    assert!(tokio::time::timeout(ms(50), request).await.is_err());
    assert_eq!(hub.pending_requests(), []);

    assert_eq!(
        hub.client("nobody").start(pb::Start::default()).reply().await,
        Err(RequestError::NotConnected),
    );
}

#[tokio::test]
async fn c_an_ack_is_given_as_it_is() {
    let server = Server::start(calm());
    let mut bot = connected(&server, "bot").await;
    let command = pb::BotCommand {
        command_id: "cmd-1".to_owned(),
        payload: Some(Payload::Stop(pb::Stop::default())),
    };
    let (ack, ()) = tokio::join!(server.hub.client("bot").send(command).ack(), async {
        let (id, _) = bot.command().await;
        assert_eq!(id, "cmd-1");
        bot.ack(&id, false).await;
    });
    assert!(!ack.expect("an ack, though a failed one").success);
}

#[tokio::test]
async fn d_a_reply_counts_only_from_the_client_that_was_asked() {
    let server = Server::start(calm());
    let mut asked = connected(&server, "asked").await;
    let forger = connected(&server, "forger").await;
    let target = server.hub.client("asked");
    let (answer, ()) = tokio::join!(target.start(pb::Start::default()).reply(), async {
        let (id, _) = asked.command().await;
        forger.ack(&id, false).await;
        let forged = || server.hub.info("forger").is_some_and(|forger| forger.message_count == 2);
        until("the forged ack was read", forged).await;
        assert_eq!(server.hub.pending_requests().len(), 1);
        asked.ack(&id, true).await;
    });
    assert!(answer.expect("the real answer").success);
}

#[tokio::test]
async fn l_waiters_end_at_once_when_the_client_goes() {
    let server = Server::start(calm());
    let mut bot = connected(&server, "bot").await;
    let request = server.hub.client("bot").start(pb::Start::default()).reply();
    let (answer, ()) = tokio::join!(within("the end of the request", request), async {
        bot.command().await;
        drop(bot);
    });
    assert_eq!(answer, Err(RequestError::Disconnected { sent: true }));
}

#[tokio::test]
async fn m8_an_id_in_use_is_refused_and_an_empty_one_is_filled_in() {
    let server = Server::start(calm());
    let mut bot = connected(&server, "bot").await;
    let target = server.hub.client("bot");
    let named = |name: &'static str| {
        let start = target.start(pb::Start::default());
        start.with(move |command| command.command_id = name.to_owned()).reply()
    };
    let (first, (second, third)) = tokio::join!(named("one"), async {
        let (id, _) = bot.command().await;
        assert_eq!(id, "one");
        let second = named("one").await;
        bot.ack("one", true).await;
        let (third, ()) = tokio::join!(named(""), async {
            let (id, _) = bot.command().await;
            // A UUID: 36 characters, version 7.
            assert_eq!((id.len(), &id[14..15]), (36, "7"), "{id}");
            bot.ack(&id, true).await;
        });
        (second, third)
    });
    assert!(first.expect("the first caller is not disturbed").success);
    assert_eq!(second, Err(RequestError::DuplicateId("one".to_owned())));
    assert!(third.expect("an answer").success);
}

#[tokio::test]
async fn m9_a_handler_can_wait_for_its_own_clients_answer() {
    let mut server = Server::start(calm());
    let mut bot = connected(&server, "bot").await;
    bot.trade("ask").await;
    let (command_id, asked) = bot.command().await;
    assert!(matches!(asked, Payload::RequestConfigSchema(_)));
    // What comes before the answer waits for the handler; a good ack is only noted.
    bot.trade("before").await;
    bot.ack(&command_id, true).await;
    let json = "{}".to_owned();
    bot.send(bot_message::Payload::ConfigSchema(pb::ConfigSchema { command_id, json })).await;
    let rest = server.events.find(|event| match event {
        Event::Asked(reply) => Some(reply),
        Event::Trade(_, symbol) => (symbol != "ask").then(|| panic!("{symbol} overtook")),
        _ => None,
    });
    assert_eq!(rest.await, Ok("{}".to_owned()));
    assert_eq!(server.events.next().await, Event::Trade("bot".to_owned(), "before".to_owned()));
}
