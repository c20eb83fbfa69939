use streaming_runtime::{Client, Inbox, bidi_streaming};
use ui::pb::{self, trading_bots::Connect};
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

// Methods called as those of the trait.
struct Pulling;

#[bidi_streaming(Connect)]
impl Pulling {
    #[session]
    async fn ping(&self, _inbox: Inbox<Connect>) {}

    #[ping]
    fn session(&self, sequence: u64) -> pb::Ping {
        pb::Ping { sequence }
    }
}

fn main() {
    ui::takes::<Control>(Bots(1));
    ui::takes::<Connect>(Pulling);
}
