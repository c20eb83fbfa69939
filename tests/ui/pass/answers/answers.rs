use streaming_runtime::{Client, bidi_streaming, tonic::Status};
use ui::shapes::{Ack, Get, Got, Note, Put, asking::Ask};

struct Store(Got);

#[bidi_streaming(Ask)]
impl Store {
    // Each is answered with a variant of its own, both of one type.
    #[on(get, find)]
    async fn get(&self, store: &Client<Ask>, get: Get) -> anyhow::Result<Got> {
        anyhow::ensure!(store.id() == "me", "{} is not mine", get.key);
        Ok(self.0.clone())
    }

    // An ack is sent for `Ok(())`.
    #[on(put)]
    async fn put(&self, put: Put) -> Result<(), Status> {
        Err(Status::unimplemented(put.value))
    }

    #[on(note)]
    async fn note(&self, _note: Note) {}
}

// What is answered with an ack may say more than that all went well, and an answer may come later.
struct Careful;

#[bidi_streaming(Ask)]
impl Careful {
    #[on(get, find)]
    async fn get(&self, _get: Get) -> Result<Option<Got>, &str> {
        Ok(None)
    }

    #[on(put, concurrent = 8)]
    async fn put(&self, _put: Put) -> Result<Ack, std::fmt::Error> {
        Ok(Ack { success: false, error: "half of it".to_owned(), ..Ack::default() })
    }

    #[on(note)]
    async fn note(&self, _note: Note) -> () {}
}

fn main() {
    ui::takes::<Ask>(Store(Got::default()));
    ui::takes::<Ask>(Careful);
}
