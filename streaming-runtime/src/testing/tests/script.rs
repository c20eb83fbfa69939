//! What a script says, hears and is told.

use tokio::{join, time::Instant};
use tonic::Code;

use super::{SECOND, SampleExpects as _, Station, both, hello, pinging, reset};
use crate::{
    Hub, HubConfig,
    error::{Rejection, RequestError},
    sample::{ByHeader, Command, Measure, PING, Sample, note},
    target::Sending,
    testing::{Clients, MemoryPublisher, settle},
};

#[tokio::test(start_paused = true)]
async fn a_script_is_sent_to_and_answers() {
    for (hub, clients) in both::<Sample>(|_| {}) {
        let mut bot = clients.connect(hello()).await;
        hub.client("sensor").send(reset("first")).await.expect("connected");
        assert_eq!(bot.expect_reset().await.payload, "first");

        let acked = hub.client("sensor").send(reset("")).ack();
        let (acked, _) = join!(acked, bot.expect_reset().ack());
        assert_eq!(acked, Ok(String::new()));

        let target = hub.client("sensor");
        let failed = Sending::<_, Sample, Measure>::new(target, measure()).reply();
        let (failed, _) = join!(failed, bot.expect_measure().fail("broken"));
        let rejection = Rejection { message: String::new(), error: "broken".to_owned() };
        assert_eq!(failed, Err(RequestError::Rejected(rejection)));

        let reply = Sending::<_, Sample, Measure>::new(target, measure()).reply();
        let (reply, _) = join!(reply, bot.expect_measure().reply(21));
        assert_eq!(reply, Ok(21));

        // What is answered later, and what a handler sends.
        bot.send(note(2));
        let first = bot.expect_reset().await;
        bot.expect(|command| (command.text == "counted").then_some(())).await;
        bot.ack(first.id);
        hub.broadcast().send(reset("to all")).await;
        assert_eq!(bot.next().await.text, "to all");
        bot.hears_nothing_for(100 * SECOND).await;

        bot.half_close();
        let end = bot.end().await;
        assert_eq!((end.code(), end.reason()), (Code::Ok, "half-closed"));
        assert_eq!(bot.disconnected().await.name(), "half-closed");
        assert!(hub.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn pings_are_answered_unless_they_are_not_to_be() {
    for (hub, clients) in both::<Sample>(pinging) {
        let mut bot = clients.connect(hello()).await;
        bot.hears_nothing_for(100 * SECOND).await;
        assert!(hub.info("sensor").expect("connected").message_count > 90);
        bot.answer_pings(false);
        let start = Instant::now();
        assert_eq!(bot.next().await.kind, PING);
        assert_eq!(bot.end().await.reason(), "ping-timeout");
        assert!(start.elapsed() <= 11 * SECOND, "{:?}", start.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_reads_on_demand_leaves_the_rest_in_the_outbox() {
    let [(hub, clients), _] = both::<Sample>(|_| {});
    let mut bot = clients.read_on_demand().connect(note(3)).await;
    settle().await;
    assert_eq!(bot.client().0.outbox.len(), 3);
    bot.next().await;
    settle().await;
    assert_eq!(bot.client().0.outbox.len(), 2);
    bot.read_on();
    settle().await;
    assert_eq!(bot.client().0.outbox.len(), 0);
    drop(bot);
    settle().await;
    assert!(hub.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_client_that_is_refused_is_told_why() {
    for (_hub, clients) in both::<Sample>(|config| config.max_streams = Some(1)) {
        let first = clients.try_connect(note(0)).await.expect("there is a place");
        // Before the headers, and after them.
        let refused = clients.try_connect(note(0)).await.expect_err("there is none");
        assert_eq!(refused.reason(), "max-streams");
        first.cut();
        settle().await;
        let nameless = clients.try_connect(crate::sample::Message::default()).await;
        assert_eq!(nameless.expect_err("it has no id").reason(), "no-id");
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_can_be_known_by_its_headers() {
    for (hub, clients) in both::<ByHeader>(|_| {}) {
        let bot =
            clients.metadata("sensor-id", "7").extension("left by a layer").connect(None).await;
        let info = bot.client().session().extensions().get::<&str>().copied();
        assert_eq!(info, Some("left by a layer"));
        assert_eq!(bot.client().id(), "7");
        assert!(hub.is_connected("7"));
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_published_is_kept() {
    let publisher = MemoryPublisher::new();
    let config = HubConfig::testing().with(|config| config.publish.commands = true);
    let hub = Hub::<Sample>::builder().config(config).publisher(publisher.clone()).build();
    let clients = Clients::new(Station, hub.expect("valid settings"));
    let mut bot = clients.connect(note(1)).await;
    bot.expect_reset().await;
    let published = publisher.take();
    assert_eq!(published.len(), 1, "{published:?}");
    assert_eq!(published[0].event_type(), "grpc_command_reset");
}

#[tokio::test(start_paused = true)]
#[should_panic(
    expected = "`sensor` got `reset` {\"text\":\"counted\"} instead, at streaming-runtime/src/testing/tests/script.rs:"
)]
async fn another_command_than_expected_is_shown() {
    let [(_hub, clients), _] = both::<Sample>(|_| {});
    clients.connect(note(1)).await.expect_measure().ack().await;
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "`sensor` expected a command, but none came within 300s, at ")]
async fn a_command_that_does_not_come_is_missed() {
    let [(_hub, clients), _] = both::<Sample>(|_| {});
    clients.connect(hello()).await.expect_measure().await;
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "script.rs:")]
async fn a_stream_that_ends_too_early_is_said_with_the_line_of_the_test() {
    let [(_hub, clients), _] = both::<Sample>(|_| {});
    let mut bot = clients.connect(hello()).await;
    bot.client().close("enough");
    let _: Command = bot.next().await;
}

fn measure() -> Command {
    <Sample as crate::contract::CommandVariant<Measure>>::command(())
}

#[tokio::test(flavor = "multi_thread")]
async fn time_need_not_be_paused_nor_a_thread_be_alone() {
    for (hub, clients) in both::<Sample>(|_| {}) {
        let clients = clients.patience(10 * SECOND);
        for _ in 0..20 {
            let mut bot = clients.connect(hello()).await;
            let acked = hub.client("sensor").send(reset("")).ack();
            let (acked, _) = join!(acked, bot.expect_reset().ack());
            assert_eq!(acked, Ok(String::new()));
            bot.half_close();
            assert_eq!(bot.disconnected().await.name(), "half-closed");
            assert!(hub.is_empty());
        }
    }
}
