use streaming_runtime::{BoxError, bidi_streaming};
use ui::shapes::{Envelope, Note, asking::Wrap, envelope::Kind};

struct Tailor;

#[bidi_streaming(Wrap)]
impl Tailor {
    // The answer holds nothing, so `Ok(())` is one.
    #[on(touch)]
    async fn touch(&self, _note: Note) -> Result<(), BoxError> {
        Ok(())
    }

    // The answer is the whole envelope.
    #[on(measure)]
    async fn measure(&self, note: Note) -> Result<Envelope, BoxError> {
        Ok(Envelope { kind: Some(Kind::Length(note)), ..Envelope::default() })
    }
}

fn main() {
    ui::takes::<Wrap>(Tailor);
}
