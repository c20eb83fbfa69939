use streaming_runtime::{Link, bidi_streaming, tonic::Status};
use ui::{
    pb::{self, trading_bots::{Connect, ConnectLink}},
    shapes::{
        Ack, Get, Got, Note, Put,
        asking::{Ask, AskLink, AskMessages as _, Wrap, WrapLink, WrapMessages as _},
    },
};

// An ack may say more than that all went well, and an answer may come later.
struct Careful;

#[bidi_streaming(Connect, client)]
impl Careful {
    #[on(start)]
    async fn start(&self, _start: pb::Start) -> Result<pb::CommandAck, std::fmt::Error> {
        Ok(pb::CommandAck { message: "half of it".to_owned(), ..pb::CommandAck::default() })
    }

    #[on(stop)]
    async fn stop(&self, _stop: pb::Stop) -> Result<(), Status> {
        Err(Status::failed_precondition("not started"))
    }

    #[on(request_config_schema)]
    async fn schema(&self) -> Result<Option<pb::ConfigSchema>, &str> {
        Ok(None)
    }
}

struct Store;

// The hub's answers may have handlers, and need none.
#[bidi_streaming(Ask, client)]
impl Store {
    #[on(note)]
    async fn note(&self, _note: Note) -> Result<(), &str> {
        Ok(())
    }

    #[on(ack)]
    async fn late(&self, _ack: Ack) {}
}

// What is asked is answered.
async fn ask(link: &Link<Ask>) -> anyhow::Result<(Got, Got, Ack)> {
    let got = link.get(Get::default()).reply().await?;
    let found = link.find(Get::default()).reply().await?;
    let put = link.put(Put::default()).reply().await?;
    link.note(Note::default()).await?;
    Ok((got, found, put))
}

struct Meter;

#[bidi_streaming(Wrap, client)]
impl Meter {
    #[on_other]
    async fn rest(&self, link: &Link<Wrap>, _command: ui::shapes::Envelope) -> anyhow::Result<()> {
        link.touch(Note::default()).reply().await?;
        let whole = link.measure(Note::default()).reply().await?;
        anyhow::ensure!(whole.kind.is_some());
        Ok(())
    }
}

fn main() {
    ui::takes::<ConnectLink>(Careful);
    ui::takes::<AskLink>(Store);
    ui::takes::<WrapLink>(Meter);
    let _ = ask;
}
