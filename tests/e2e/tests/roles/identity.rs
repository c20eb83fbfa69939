//! Client ids that no message holds.

use std::time::{Duration, SystemTime};

use e2e::{end_reason, until, within};
use streaming_runtime::{Handshake, Identity, bidi_streaming};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Request, Response, Status, Streaming};

use crate::{
    desk::Desk,
    pb::{self, Word, answer::Payload, desk::AskCommands as _},
};

/// Lets in whoever has a token: `alice` for ever, `bob for 0.2 s`.
pub(crate) struct Door;

#[bidi_streaming(pb::desk::Enter)]
impl Door {
    #[authenticate]
    async fn who(&self, handshake: &Handshake) -> Result<Identity, Status> {
        let token = handshake.metadata().get("authorization").and_then(|it| it.to_str().ok());
        let token = token.ok_or_else(|| Status::unauthenticated("no token"))?;
        match token.split_once(" for ") {
            Some((name, _)) => {
                let soon = SystemTime::now() + Duration::from_millis(200);
                Ok(Identity::exact(name).expires_at(soon))
            }
            None => Ok(Identity::exact(token).with(token.len())),
        }
    }

    #[on_message]
    async fn word(&self, word: Word) {
        drop(word);
    }
}

type Words = (mpsc::Sender<Word>, Result<Response<Streaming<Word>>, Status>);

async fn enter(desk: &Desk, token: Option<&str>) -> Words {
    let (words, receiver) = mpsc::channel(8);
    let mut request = Request::new(ReceiverStream::new(receiver));
    if let Some(token) = token {
        request.metadata_mut().insert("authorization", token.parse().expect("ascii"));
    }
    let mut client = desk.client().await;
    (words, within("the headers", client.enter(request)).await)
}

#[tokio::test]
async fn a_header_names_the_client_who_need_not_speak() {
    let desk = Desk::start();
    let mut worker = desk.worker("w-1").await;
    until("the worker is there", || desk.workers.is_connected("w-1")).await;
    let target = desk.workers.client("w-1");
    target.note(pb::Note { text: "welcome".to_owned() }).await.expect("connected");
    assert!(matches!(worker.answer().await.1, Payload::Note(_)));

    let refused = desk.try_worker(None).await.err().expect("there is no header");
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert!(refused.message().contains("worker-id"), "{}", refused.message());
}

#[tokio::test]
async fn an_identity_is_the_client_or_nobody_is() {
    let desk = Desk::start();
    let (_words, refused) = enter(&desk, None).await;
    let refused = refused.expect_err("there is no token");
    assert_eq!((refused.code(), refused.message()), (Code::Unauthenticated, "no token"));
    assert!(desk.guests.is_empty());

    let (_words, entered) = enter(&desk, Some("alice")).await;
    let _stream = entered.expect("she has a token");
    until("alice is there", || desk.guests.is_connected("alice")).await;
}

#[tokio::test]
async fn an_identity_that_expires_ends_the_stream() {
    let desk = Desk::start();
    let (_words, entered) = enter(&desk, Some("bob for 0.2 s")).await;
    let mut stream = entered.expect("he has a token").into_inner();
    let end = within("the end", stream.message()).await.expect_err("it expires");
    assert_eq!((end.code(), end_reason(&end)), (Code::Unavailable, "identity-expired"));
}

#[tokio::test]
async fn the_hub_gives_ids_to_those_who_have_none() {
    let desk = Desk::start();
    let (words, receiver) = mpsc::channel(8);
    let mut client = desk.client().await;
    let visit = within("the headers", client.visit(ReceiverStream::new(receiver))).await;
    let mut said = visit.expect("nobody is refused").into_inner();
    words.send(Word { text: "hello".to_owned() }).await.expect("the stream is open");
    let word = within("the word", said.message()).await.expect("the stream goes on");
    let word = word.expect("the stream is open").text;
    let (id, text) = word.split_once(' ').expect("an id and the word");
    assert_eq!((id.len(), text), (36, "hello"));
    assert!(desk.visitors.is_connected(id));
}
