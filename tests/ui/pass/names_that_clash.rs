use streaming_runtime::{Client, bidi_streaming};
use ui::shapes::{self, Up, shapes::Control};

// Called as the variants are.
mod note {
    pub use ui::shapes::Note;
}
use shapes::Level as level;

#[allow(non_camel_case_types)]
struct Bots<text>(text);

#[bidi_streaming(Control)]
#[allow(non_camel_case_types)]
impl<text: Send + Sync + 'static> Bots<text> {
    #[on(note)]
    async fn payload(&self, client: &Client<Control>, message: note::Note) {
        let _ = (client, message, &self.0);
    }

    #[on(level)]
    async fn handle(&self, level: level) {
        let _ = level;
    }

    #[on(text)]
    async fn dispatch(&self, error: String) -> Result<(), String> {
        Err(error)
    }

    #[on_other]
    async fn on_error(&self, _message: Up) {}
}

fn main() {
    ui::takes::<Control>(Bots(1));
}
