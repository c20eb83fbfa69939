//! Each fault shows its effect at the hub.

use tokio::time::Instant;
use tonic::Code;

use super::{SECOND, both, hello, pinging, reset};
use crate::{
    config::{HubConfig, Overflow},
    error::{RequestError, SendError},
    sample::{Message, Polite, Sample, note},
    session::Client,
    testing::{Peer, settle},
};

/// A hub that does not look in these tests whether a transport takes anything.
fn patient(config: &mut HubConfig) {
    config.write_timeout = 10_000 * SECOND;
}

#[tokio::test(start_paused = true)]
async fn a_half_open_peer_runs_into_the_ping_timeout() {
    for (hub, clients) in both::<Sample>(pinging) {
        let mut bot = clients.connect(hello()).await;
        bot.hears_nothing_for(100 * SECOND).await;
        bot.vanish();
        bot.send(note(1));
        bot.half_close();
        let start = Instant::now();
        assert_eq!(bot.disconnected().await.name(), "ping-timeout");
        let lasted = start.elapsed().as_secs();
        assert!((8..=12).contains(&lasted), "{lasted}");
        assert!(hub.is_empty());
        // It does not know.
        bot.hears_nothing_for(10 * SECOND).await;
    }
}

#[tokio::test(start_paused = true)]
async fn over_http2_a_half_open_peer_does_not_answer_keep_alives_either() {
    let [_, (_hub, clients)] = both::<Sample>(patient);
    let mut bot = clients.connect(hello()).await;
    assert_eq!(bot.headers().get("content-type").expect("gRPC's"), "application/grpc");
    bot.vanish();
    let start = Instant::now();
    assert_eq!(bot.disconnected().await.name(), "client-gone");
    assert!(start.elapsed() <= 51 * SECOND, "{:?}", start.elapsed());
}

/// Sends until there is no room; gives how many were accepted, and what became of the first that was not.
async fn fill(client: &Client<Sample>) -> (u32, SendError) {
    for accepted in 0..1000 {
        if let Err(error) = client.send(reset(&"x".repeat(20_000))).await {
            return (accepted, error);
        }
        settle().await;
    }
    panic!("there is room for everything");
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_fills_its_outbox() {
    for overflow in [Overflow::Reject, Overflow::Wait] {
        for (_hub, clients) in both::<Sample>(|config| {
            patient(config);
            config.overflow = overflow;
        }) {
            let mut bot = clients.connect(hello()).await;
            bot.read_slowly(1, 1000 * SECOND);
            let start = Instant::now();
            let (accepted, error) = fill(&bot.client()).await;
            assert_eq!(error, SendError::Overflow);
            // One that waits does so for the send timeout.
            assert_eq!(start.elapsed() >= SECOND, overflow == Overflow::Wait);
            // Whoever reads on gets all of it.
            bot.read_on();
            for _ in 0..accepted {
                assert_eq!(bot.next().await.text.len(), 20_000);
            }
            bot.hears_nothing_for(SECOND).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_is_given_up_where_the_hub_is_told_so() {
    for (_hub, clients) in both::<Sample>(|config| config.overflow = Overflow::Disconnect) {
        let mut bot = clients.connect(hello()).await;
        bot.read_slowly(1, 1000 * SECOND);
        fill(&bot.client()).await;
        assert_eq!(bot.disconnected().await.name(), "slow-consumer");
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_gets_its_commands_one_per_tick() {
    let [(_hub, clients), _] = both::<Sample>(patient);
    let mut bot = clients.connect(hello()).await;
    bot.read_slowly(2, 10 * SECOND);
    for _ in 0..5 {
        bot.client().send(reset("")).await.expect("room");
    }
    let start = Instant::now();
    let mut times = Vec::new();
    for _ in 0..5 {
        bot.next().await;
        times.push(start.elapsed().as_secs());
    }
    assert_eq!(times, [0, 0, 10, 10, 20]);
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_leaves_its_answers_is_stalled() {
    for (_hub, clients) in both::<Polite>(|_| {}) {
        let mut bot = clients.connect(hello()).await;
        bot.read_slowly(1, 1000 * SECOND);
        let acked = |peer: &Peer<Polite>| peer.client().answer_now(reset(&"x".repeat(20_000)));
        for _ in 0..200 {
            acked(&bot);
            settle().await;
        }
        assert_eq!(bot.disconnected().await.name(), "stalled");
    }
}

#[tokio::test(start_paused = true)]
async fn a_line_that_is_cut_takes_the_client_along() {
    for (hub, clients) in both::<Sample>(|_| {}) {
        let mut bot = clients.connect(hello()).await;
        bot.cut();
        assert_eq!(bot.disconnected().await.name(), "client-gone");
        assert!(hub.is_empty());
        let end = bot.end().await;
        assert_ne!(end.code(), Code::Ok);
        assert_eq!(end.reason(), "");
        // One that is dropped is cut, also where it reads nothing.
        let bot = clients.clone().read_on_demand().connect(hello()).await;
        drop(bot);
        settle().await;
        assert!(hub.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_line_that_is_cut_after_a_write_leaves_it_unknown_what_arrived() {
    for (hub, clients) in both::<Sample>(|_| {}) {
        let mut bot = clients.connect(hello()).await;
        bot.cut_after(1);
        let request = hub.client("sensor").send(reset("")).ack().await;
        assert_eq!(request, Err(RequestError::Disconnected { sent: true }));
        assert_eq!(bot.disconnected().await.name(), "client-gone");
    }
    // Message by message it is known what arrived.
    let [(_hub, clients), _] = both::<Sample>(|_| {});
    let mut bot = clients.connect(hello()).await;
    bot.cut_after(2);
    bot.send(note(5));
    let arrived = [bot.try_next().await, bot.try_next().await, bot.try_next().await];
    assert_eq!(arrived.map(|next| next.is_ok()), [true, true, false]);
}

#[tokio::test(start_paused = true)]
async fn a_delay_is_twice_in_a_round_trip() {
    for (hub, clients) in both::<Sample>(pinging) {
        let mut bot = clients.connect(hello()).await;
        bot.delay(SECOND / 5);
        bot.hears_nothing_for(10 * SECOND).await;
        let round_trip = bot.client().session().round_trip().expect("pings");
        let millis = round_trip.as_millis();
        assert!((400..410).contains(&millis), "{millis}");
        // Late is in order.
        bot.send(note(2));
        bot.delay(SECOND / 10);
        bot.send(Message { value: 1, ..note(1) });
        for _ in 0..3 {
            bot.next().await;
        }
        assert_eq!(hub.len(), 1);
    }
}
