use streaming_runtime::{BoxError, bidi_streaming, tonic::Status};
use ui::shapes::{Blank, Note, Up, shapes::Control};

struct Bots(String);

#[bidi_streaming(Control)]
impl Bots {
    #[on(note)]
    async fn note(&self, _note: Note) -> anyhow::Result<()> {
        Err(Status::not_found("a status behind a bare `?`"))?
    }

    #[on(text)]
    async fn text(&self, _text: String) -> Result<(), BoxError> {
        Err("any text".into())
    }

    #[on(level)]
    async fn level(&self, _level: i32) -> Result<(), &'static str> {
        Err("a text")
    }

    // Borrowed from the handler.
    #[on(type)]
    async fn kind(&self, _kind: String) -> Result<(), &str> {
        Err(&self.0)
    }

    #[on(blank)]
    async fn blank(&self, _blank: Blank) -> () {}

    #[on_other]
    async fn rest(&self, _message: Up) -> std::io::Result<()> {
        Ok(())
    }
}

fn main() {
    ui::takes::<Control>(Bots(String::new()));
}
