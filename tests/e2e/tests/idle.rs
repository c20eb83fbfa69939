//! What a client costs that says who it is and then nothing. In a process of its own: it counts what is allocated.

use std::{
    alloc::System,
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use e2e::{
    pb::{
        self,
        trading_bots::{Connect, ConnectCommands as _},
    },
    until,
};
use futures_util::Stream as _;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use streaming_runtime::{
    CommandStream, Hub, HubConfig, bidi_streaming,
    codegen::{FrameCodec, prost::Message as _},
};
use tonic::{
    Request, Streaming,
    codec::Codec as _,
    codegen::{Body, Bytes},
};

#[global_allocator]
static HEAP: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const CLIENTS: usize = 200;

/// What a client may take of the heap, its input and its response included; without the connection, which is the
/// transport's. It was 2,250 bytes when this was written, and 7,300 before sessions at rest gave anything back.
const BOUND: usize = 2900;

fn live() -> usize {
    let stats = HEAP.stats();
    stats.bytes_allocated.saturating_sub(stats.bytes_deallocated)
}

struct Quiet;

#[bidi_streaming(pb::trading_bots::Connect)]
impl Quiet {
    #[on_other]
    async fn rest(&self, _: pb::BotMessage) {
        // So that it needs room while it runs.
        let words = [0_u8; 1024];
        tokio::task::yield_now().await;
        std::hint::black_box(words);
    }
}

/// A request's body: some bytes at once, and then nothing.
struct Says(Option<Bytes>);

impl Body for Says {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Infallible>>> {
        self.0
            .take()
            .map_or(Poll::Pending, |bytes| Poll::Ready(Some(Ok(http_body::Frame::data(bytes)))))
    }
}

/// Takes all commands, as the transport would.
fn write(streams: &mut [Pin<Box<CommandStream<Connect>>>]) {
    let mut cx = Context::from_waker(Waker::noop());
    for stream in streams {
        while stream.as_mut().poll_next(&mut cx).is_ready() {}
    }
}

/// So many heartbeats of one client.
fn heartbeats(client: &str, count: usize) -> Bytes {
    let beat = pb::bot_message::Payload::Heartbeat(pb::Heartbeat::default());
    let message = pb::BotMessage { client_id: client.to_owned(), payload: Some(beat) };
    let message = message.encode_to_vec();
    let length = u32::try_from(message.len()).expect("a short message").to_be_bytes();
    [&[0], &length[..], &message].concat().repeat(count).into()
}

/// Bytes per client `after` so long, of clients that each say so many words at once, and are sent so many commands.
async fn bytes_per_client(words: usize, commands: usize, after: Duration) -> usize {
    let hub: Hub<Connect> = Hub::new(HubConfig::production()).expect("valid settings");
    let handler = Arc::new(Quiet);
    let mut codec = FrameCodec::<pb::BotCommand, pb::BotMessage>::default();
    let mut streams = Vec::with_capacity(CLIENTS + 1);
    let mut before = 0;
    for number in 0..=CLIENTS {
        let client = &format!("bot-{number}");
        let says = Says(Some(heartbeats(client, words)));
        let input = Streaming::new_request(codec.decoder(), says, None, None);
        let response = hub.serve(&handler, Request::new(input)).await.expect("a stream");
        streams.push(Box::pin(response.into_inner()));
        until("it is there", || hub.len() == number + 1).await;
        for _ in 0..commands {
            hub.client(client).stop(pb::Stop::default()).await.expect("room");
        }
        write(&mut streams);
        if number == 0 {
            // The first one pays for what is made once.
            before = live();
        }
    }
    tokio::time::sleep(after).await;
    write(&mut streams);
    assert_eq!(hub.len(), CLIENTS + 1, "somebody has left");
    live().saturating_sub(before) / CLIENTS
}

#[tokio::test(start_paused = true)]
async fn a_client_at_rest_takes_little_memory() {
    let [now, pings_later] = [Duration::from_millis(10), Duration::from_secs(11)];
    let first_word = bytes_per_client(1, 0, now).await;
    assert!(first_word < BOUND, "{first_word} bytes for a client that has said one word");
    // Whoever has said more keeps what its handler needs until the next ping.
    let busy = bytes_per_client(3, 0, now).await;
    assert!(busy > first_word + 1024, "{busy} bytes, and its handler alone needs 1,024");
    let at_rest = bytes_per_client(3, 0, pings_later).await;
    assert!(at_rest < BOUND, "{at_rest} bytes for a client that rests");
    for (commands, kept) in [(500, 0), (100, 12 * 1024)] {
        let rests = bytes_per_client(1, commands, pings_later).await;
        assert!(rests < BOUND + kept, "{rests} bytes for a client after {commands} commands");
    }
}
