use streaming_runtime::bidi_streaming;
use ui::{pb::{self, trading_bots::Connect}, shapes::{Note, asking::Ask}};

struct Bot;

#[bidi_streaming(Connect, client)]
impl Bot {
    #[on(start)]
    async fn start(&self, _start: pb::Start) {}
}

struct Store;

// Answers, acks and pings need none.
#[bidi_streaming(Ask, client)]
impl Store {
    async fn note(&self, _note: Note) {}
}

fn main() {}
