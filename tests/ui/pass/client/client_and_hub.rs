use streaming_runtime::{Client, Link, bidi_streaming};
use ui::shapes::{
    self, Note,
    shapes::{Control, ControlLink, Observe as Seen, ObserveLink},
};

// Both ends of a contract, and a client of another; by a path, and by a name of `use … as …`.
struct Hub;

#[bidi_streaming(Control)]
impl Hub {
    #[on(note, second_note)]
    async fn up(&self, _client: &Client<Control>, _note: Note) {}

    #[on_other]
    async fn rest(&self, _message: shapes::Up) {}
}

struct Bot<T>(T);

#[bidi_streaming(shapes::shapes::Control, client)]
impl<T: Send + Sync + 'static> Bot<T> {
    #[on(note)]
    async fn down(&self, link: &Link<Control>, _note: Note) -> anyhow::Result<()> {
        let _ = (&self.0, link);
        Ok(())
    }
}

struct Watcher<T>(T);

#[bidi_streaming(Seen, client, crate = ::streaming_runtime)]
#[expect(non_camel_case_types, reason = "variants are called so")]
impl<note: Clone + Send + Sync + 'static> Watcher<note> {
    #[cfg(all())]
    #[on(note)]
    async fn seen(&self, _note: Note) {
        let _ = self.0.clone();
    }

    #[cfg(not(all()))]
    #[on(note)]
    async fn seen(&self, _note: NoSuchType) {}
}

fn main() {
    ui::takes::<Control>(Hub);
    ui::takes::<ControlLink>(Bot(0_u8));
    ui::takes::<ObserveLink>(Watcher(0_u8));
}
