use streaming_runtime::bidi_streaming;
use ui::shapes::{Note, shapes::Control};

struct Bot;

#[bidi_streaming(Control, client)]
impl Bot {
    #[on(note)]
    async fn note(&self, note: Note) -> anyhow::Result<Note> {
        Ok(note)
    }
}

fn main() {}
