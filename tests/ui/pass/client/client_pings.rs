use streaming_runtime::bidi_streaming;
use ui::shapes::{Note, shapes::{Follow, FollowLink}};

// Pings that are not answered need no handler, and may have one.
struct Deaf;

#[bidi_streaming(Follow, client)]
impl Deaf {
    #[on(note)]
    async fn note(&self, _note: Note) {}
}

struct Hearing;

#[bidi_streaming(Follow, client)]
impl Hearing {
    #[on(note)]
    async fn note(&self, _note: Note) {}

    #[on(ping)]
    async fn alive(&self) {}
}

fn main() {
    ui::takes::<FollowLink>(Deaf);
    ui::takes::<FollowLink>(Hearing);
}
