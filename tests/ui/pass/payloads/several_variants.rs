use streaming_runtime::{Client, bidi_streaming};
use ui::shapes::{Note, Up, shapes::Control};

struct Bots;

#[bidi_streaming(Control)]
impl Bots {
    #[on(note, second_note)]
    async fn note(&self, _client: &Client<Control>, note: Note) -> Result<(), std::io::Error> {
        let _ = note.text;
        Ok(())
    }

    #[on_other]
    async fn rest(&self, _message: Up) {}
}

fn main() {
    ui::takes::<Control>(Bots);
}
