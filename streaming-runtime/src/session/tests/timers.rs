//! Pings and silence, under paused time.

use std::{
    sync::{Arc, atomic::AtomicU64},
    task::{Context, Poll, Waker},
    time::{Duration, SystemTime},
};

use tokio::time::{Instant, sleep_until};
use tonic::metadata::MetadataMap;

use super::super::{Session, SessionInfo, timers::Timers};
use crate::{
    config::{HubConfig, PingStrategy, PingTimeout},
    contract::Contract as _,
    identity::Identity,
    outbox::{Frame, Popped},
    resume::Key,
    sample::{self, Sample, entry, handshake},
};

const SECOND: Duration = Duration::from_secs(1);
const YEAR: Duration = Duration::from_hours(365 * 24);

fn session(strategy: PingStrategy, timeout: PingTimeout) -> Arc<Session<Sample>> {
    sample::session(HubConfig::testing().with(|config| {
        config.ping.strategy = strategy;
        config.ping.interval = 10 * SECOND;
        config.ping.timeout = timeout;
        config.write_timeout = YEAR;
    }))
}

/// A session whose timers run as its reading task would run them.
struct Clock {
    session: Arc<Session<Sample>>,
    timers: Timers,
    start: Instant,
}

impl Clock {
    fn new(strategy: PingStrategy, timeout: PingTimeout) -> Self {
        let (session, start) = (session(strategy, timeout), Instant::now());
        Self { timers: Timers::new(&session, start), session, start }
    }

    /// Seconds since the start.
    fn now(&self) -> u64 {
        self.start.elapsed().as_secs()
    }

    /// Lets the timers run until `second` or the end of the session, with the output side reading; gives the seconds of pings and their sequences.
    async fn run(&mut self, second: u64) -> Vec<(u64, u64)> {
        let end = self.start + u32::try_from(second).expect("small") * SECOND;
        let mut pings = Vec::new();
        loop {
            let now = Instant::now();
            self.timers.ping_by(&self.session, now, Sample::ping);
            self.timers.silence(&self.session, now);
            pings.extend(self.output().into_iter().map(|sequence| (self.now(), sequence)));
            if now >= end || self.session.has_ended() {
                return pings;
            }
            sleep_until(self.timers.next(&self.session).map_or(end, |next| next.min(end))).await;
        }
    }

    /// Writes everything; gives the sequences of the pings.
    fn output(&self) -> Vec<u64> {
        let mut pings = Vec::new();
        while let Poll::Ready(popped) =
            self.session.outbox.poll_pop(0, None, &mut Context::from_waker(Waker::noop()))
        {
            match popped {
                Popped::Urgent(entry) => match entry.frame {
                    Frame::Message(ping) => pings.push(ping.value),
                    Frame::Encoded(_) => panic!("an encoded ping"),
                },
                Popped::Ordinary(_) => {}
                Popped::End => panic!("the outbox is closed"),
            }
        }
        pings
    }

    /// A command is written now.
    fn write(&self) {
        self.session.outbox.put(entry("command", 1)).expect("room");
        assert_eq!(self.output(), Vec::<u64>::new());
    }

    fn reason(&self) -> Option<&'static str> {
        self.session.reason().map(crate::Reason::name)
    }
}

#[tokio::test(start_paused = true)]
async fn interval_pings_come_each_interval_whatever_is_written() {
    let mut clock = Clock::new(PingStrategy::Interval, PingTimeout::Off);
    assert_eq!(clock.run(35).await, [(10, 1), (20, 2), (30, 3)]);
    let mut pings = Vec::new();
    for second in 36..=65 {
        clock.write();
        pings.extend(clock.run(second).await);
    }
    assert_eq!(pings, [(40, 4), (50, 5), (60, 6)]);
}

#[tokio::test(start_paused = true)]
async fn interval_pings_that_were_missed_are_not_made_up_for() {
    let mut clock = Clock::new(PingStrategy::Interval, PingTimeout::Off);
    // The thread was busy with something else.
    tokio::time::advance(47 * SECOND).await;
    assert_eq!(clock.run(80).await, [(47, 1), (52, 2), (62, 3), (72, 4)]);
}

#[tokio::test(start_paused = true)]
async fn on_idle_pings_come_only_after_an_interval_without_output() {
    let mut clock = Clock::new(PingStrategy::OnIdle, PingTimeout::Off);
    let mut pings = Vec::new();
    for second in 1..=30 {
        pings.extend(clock.run(second).await);
        clock.write();
    }
    assert_eq!(pings, [], "there was output each second");
    // An interval after the last output, and then each interval as long as it stays so.
    assert_eq!(clock.run(65).await, [(40, 1), (50, 2), (60, 3)]);
    clock.write();
    assert_eq!(clock.run(80).await, [(75, 4)]);
}

#[tokio::test(start_paused = true)]
async fn disabled_sends_none() {
    let mut clock = Clock::new(PingStrategy::Disabled, PingTimeout::Off);
    assert_eq!(clock.run(3600).await, []);
}

#[tokio::test(start_paused = true)]
async fn at_most_one_ping_waits_for_an_output_that_is_stuck() {
    let mut clock = Clock::new(PingStrategy::Interval, PingTimeout::Off);
    for _ in 0..10 {
        tokio::time::advance(10 * SECOND).await;
        clock.timers.ping_by(&clock.session, Instant::now(), Sample::ping);
    }
    assert_eq!(clock.output(), [1]);
    // Those that were not queued have no sequence.
    assert_eq!(clock.run(110).await, [(110, 2)]);
}

#[tokio::test(start_paused = true)]
async fn silence_for_the_timeout_ends_the_session_and_anything_that_is_read_delays_it() {
    let mut clock = Clock::new(PingStrategy::Disabled, PingTimeout::After(30 * SECOND));
    clock.run(29).await;
    assert_eq!(clock.reason(), None);
    clock.timers.read(Instant::now());
    clock.run(58).await;
    assert_eq!(clock.reason(), None);
    clock.run(59).await;
    assert_eq!(clock.reason(), Some("ping-timeout"));
}

#[tokio::test(start_paused = true)]
async fn time_in_which_the_hub_does_not_read_does_not_count_as_silence() {
    let mut clock = Clock::new(PingStrategy::Disabled, PingTimeout::After(30 * SECOND));
    clock.run(20).await;
    // The inbox is full for an hour; the second call changes nothing.
    clock.timers.pause(Instant::now());
    clock.run(1000).await;
    clock.timers.pause(Instant::now());
    clock.run(3620).await;
    assert_eq!(clock.reason(), None);
    clock.timers.resume(Instant::now());
    clock.timers.resume(Instant::now());
    // 20 s were over before.
    clock.run(3629).await;
    assert_eq!(clock.reason(), None);
    clock.run(3630).await;
    assert_eq!(clock.reason(), Some("ping-timeout"));
}

#[tokio::test(start_paused = true)]
async fn a_ping_that_cannot_be_made_is_left_out_and_the_next_comes_in_time() {
    let mut clock = Clock::new(PingStrategy::Interval, PingTimeout::Off);
    tokio::time::advance(10 * SECOND).await;
    clock.timers.ping_by(&clock.session, Instant::now(), |_| None);
    assert_eq!(clock.run(25).await, [(20, 1)]);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_too_old_ends() {
    let config = HubConfig::testing().with(|config| {
        config.max_stream_age = Some(60 * SECOND);
        config.write_timeout = YEAR;
    });
    let (session, start) = (sample::session::<Sample>(config), Instant::now());
    let mut timers = Timers::new(&session, start);
    assert_eq!(timers.next(&session), Some(start + 60 * SECOND));
    timers.age(&session, start + 59 * SECOND);
    assert!(!session.has_ended());
    timers.age(&session, start + 60 * SECOND);
    assert_eq!(session.reason().map(crate::Reason::name), Some("stream-age"));
}

#[tokio::test(start_paused = true)]
async fn an_identity_that_expires_ends_its_stream_unless_that_is_too_old_before() {
    let identity = |seconds| {
        let at = SystemTime::now() + seconds * SECOND + SECOND / 2;
        Some(Box::new(Identity::exact("sensor").expires_at(at)))
    };
    for (age, valid, reason) in [
        (None, 60, "identity-expired"),
        (Some(90), 60, "identity-expired"),
        (Some(30), 60, "stream-age"),
    ] {
        let config = HubConfig::testing().with(|config| {
            config.max_stream_age = age.map(Duration::from_secs);
            config.write_timeout = YEAR;
        });
        let info = SessionInfo::new(
            "sensor".into(),
            handshake(MetadataMap::new()),
            identity(valid),
            &AtomicU64::new(0),
        );
        let session = Session::<Sample>::new(Arc::new(sample::context(config)), info, Key::new());
        let mut timers = Timers::new(&session, Instant::now());
        let ends = timers.next(&session).expect("it ends");
        timers.age(&session, ends - Duration::from_millis(1));
        assert!(!session.has_ended(), "{reason} comes early");
        let after = ends.duration_since(Instant::now()).as_secs();
        assert_eq!(after, age.map_or(valid.into(), |age| age.min(valid.into())), "{reason}");
        timers.age(&session, ends);
        assert_eq!(session.reason().map(crate::Reason::name), Some(reason));
    }
    // What is valid for longer than time goes on does not end.
    let far = SystemTime::now() + Duration::from_secs(u64::MAX / 4);
    let identity = Some(Box::new(Identity::exact("sensor").expires_at(far)));
    let info = SessionInfo::new(
        "sensor".into(),
        handshake(MetadataMap::new()),
        identity,
        &AtomicU64::new(0),
    );
    let session =
        Session::<Sample>::new(Arc::new(sample::context(HubConfig::testing())), info, Key::new());
    let now = Instant::now();
    Timers::new(&session, now).age(&session, now + u32::MAX * SECOND);
    assert!(!session.has_ended());
}

#[tokio::test(start_paused = true)]
async fn after_the_hub_stood_still_a_client_gets_a_moment_to_be_heard() {
    let mut clock = Clock::new(PingStrategy::Disabled, PingTimeout::After(30 * SECOND));
    // A suspended machine, or a handler that blocked the thread: nothing was read, whatever was sent.
    tokio::time::advance(1000 * SECOND).await;
    clock.timers.silence(&clock.session, Instant::now());
    assert_eq!(clock.reason(), None);
    clock.run(1002).await;
    assert_eq!(clock.reason(), Some("ping-timeout"), "and no more than a moment");
}

#[tokio::test(start_paused = true)]
async fn the_round_trip_is_measured_from_the_last_ping() {
    let mut clock = Clock::new(PingStrategy::Interval, PingTimeout::Off);
    let round_trip = |clock: &Clock| clock.session.info.round_trip();
    assert_eq!(clock.run(12).await, [(10, 1)]);
    assert_eq!(round_trip(&clock), None);
    clock.timers.pong(&clock.session, 1, Instant::now());
    assert_eq!(round_trip(&clock), Some(2 * SECOND));
    // The answer to an older one, and an answer that comes twice, tell nothing.
    assert_eq!(clock.run(21).await, [(20, 2)]);
    clock.timers.pong(&clock.session, 1, Instant::now());
    assert_eq!(round_trip(&clock), Some(2 * SECOND));
    clock.timers.pong(&clock.session, 2, Instant::now());
    assert_eq!(round_trip(&clock), Some(SECOND));
    assert_eq!(clock.run(25).await, []);
    clock.timers.pong(&clock.session, 2, Instant::now());
    assert_eq!(round_trip(&clock), Some(SECOND));
    // One without a sequence answers the last.
    assert_eq!(clock.run(33).await, [(30, 3)]);
    clock.timers.pong(&clock.session, 0, Instant::now());
    assert_eq!(round_trip(&clock), Some(3 * SECOND));
}
