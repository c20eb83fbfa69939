use streaming_runtime::bidi_streaming;
use ui::shapes::{Asked, Note, Told, asking::Ask};

struct Store;

#[bidi_streaming(Ask)]
impl Store {
    #[on(note)]
    async fn note(&self, note: Note) -> anyhow::Result<Note> {
        Ok(note)
    }

    #[on_other]
    async fn rest(&self, _message: Asked) -> anyhow::Result<Told> {
        Ok(Told::default())
    }
}

fn main() {}
