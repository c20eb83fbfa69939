use streaming_runtime::{Client, Handshake, Identity, bidi_streaming, session::Handler, tonic::Status};
use ui::shapes::{Note, Up, asking::Prove, shapes::Control};

struct Bots;

// A client is who it proves to be.
#[bidi_streaming(Prove)]
impl Bots {
    #[authenticate]
    async fn who(&self, handshake: &Handshake) -> Result<Identity, Status> {
        let token = handshake.metadata().get("authorization");
        token.map(|_| Identity::exact("bot-123")).ok_or_else(|| Status::unauthenticated("no token"))
    }

    #[on_message]
    async fn everything(&self, _client: &Client<Prove>, _message: Up) {}
}

// A client says who it is, and may be no other than it proves.
#[bidi_streaming(Control)]
impl Bots {
    #[on(note)]
    async fn note(&self, _note: Note) {}

    #[on_other]
    async fn rest(&self, _message: Up) {}

    #[cfg(all())]
    #[authenticate]
    async fn authenticate<'a>(&'a self, _: &'a Handshake) -> anyhow::Result<Identity> {
        anyhow::bail!("nobody is trusted")
    }

    #[cfg(not(all()))]
    #[authenticate]
    async fn authenticate(&self, _: NoSuchType) {}
}

struct Open;

#[bidi_streaming(Control)]
impl Open {
    #[on_message]
    async fn everything(&self, _message: Up) {}
}

fn main() {
    ui::takes::<Prove>(Bots);
    assert!(<Bots as Handler<Control>>::AUTHENTICATES);
    assert!(!<Open as Handler<Control>>::AUTHENTICATES);
}
