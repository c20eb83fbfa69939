//! Both sides ask, under one id at top level: the contract that docs/contracts.md shows.

use std::net::SocketAddr;

use e2e::{until, within};
use streaming_runtime::{Hub, RequestError, bidi_streaming, incoming, server};
use tokio::{sync::mpsc, task::JoinHandle};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Status, Streaming, transport::Endpoint};

use crate::calm;

/// The generated code.
mod pb {
    streaming_runtime::include_proto!("printing.v1");
}

use pb::{
    FromPrinter, ToPrinter,
    fleet::{Attach, AttachCommands as _, Service},
    fleet_client::FleetClient,
    from_printer, to_printer,
};

struct Office;

#[bidi_streaming(pb::fleet::Attach)]
impl Office {
    #[on(ask_job)]
    async fn job(&self, asked: pb::AskJob) -> Result<pb::Job, Status> {
        if asked.tray.is_empty() {
            return Err(Status::invalid_argument("which tray?"));
        }
        Ok(pb::Job { document: format!("for {}", asked.tray) })
    }

    #[on(report)]
    async fn report(&self, report: pb::Report) -> Result<(), Status> {
        if report.pages_left > 0 { Ok(()) } else { Err(Status::unavailable("out of paper")) }
    }
}

struct Printer {
    says: mpsc::Sender<FromPrinter>,
    hears: Streaming<ToPrinter>,
}

impl Printer {
    async fn attach(addr: SocketAddr, hub: &Hub<Attach>) -> Self {
        let endpoint = Endpoint::from_shared(format!("http://{addr}")).expect("a valid address");
        let channel = within("connecting", endpoint.connect()).await.expect("a server");
        let (says, receiver) = mpsc::channel(8);
        let mut request = Request::new(ReceiverStream::new(receiver));
        request.metadata_mut().insert("printer-id", "p1".parse().expect("ascii"));
        let mut client = FleetClient::new(channel);
        let hears = within("the headers", client.attach(request)).await.expect("it is let in");
        until("the printer is there", || hub.is_connected("p1")).await;
        Self { says, hears: hears.into_inner() }
    }

    async fn say(&self, id: &str, what: from_printer::What) {
        self.send(FromPrinter {
            request_id: id.to_owned(),
            what: Some(what),
            ..Default::default()
        })
        .await;
    }

    async fn send(&self, message: FromPrinter) {
        self.says.send(message).await.expect("the stream is open");
    }

    async fn hear(&mut self) -> (String, to_printer::What) {
        let next = within("a command", self.hears.message()).await;
        let command = next.expect("the stream goes on").expect("the stream is open");
        (command.request_id, command.what.expect("a known command"))
    }
}

fn start() -> (SocketAddr, Hub<Attach>, JoinHandle<()>) {
    let hub = calm();
    let incoming = incoming("127.0.0.1:0").expect("a free port");
    let addr = incoming.local_addr().expect("a bound socket");
    let serving =
        server().add_service(Service::new(Office, hub.clone())).serve_with_incoming(incoming);
    (addr, hub, tokio::spawn(async move { serving.await.expect("the server runs") }))
}

#[tokio::test]
async fn what_the_printer_asks_is_answered() {
    let (addr, hub, serving) = start();
    let mut printer = Printer::attach(addr, &hub).await;
    let ask = |tray: &str| from_printer::What::AskJob(pb::AskJob { tray: tray.to_owned() });
    printer.say("1", ask("A4")).await;
    let job = pb::Job { document: "for A4".to_owned() };
    assert_eq!(printer.hear().await, ("1".to_owned(), to_printer::What::Job(job)));

    // Where an answer has no word for a failure, the ack has.
    let ack = |success, message: &str| {
        to_printer::What::Ack(pb::ReportAck { success, message: message.to_owned() })
    };
    printer.say("2", ask("")).await;
    assert_eq!(printer.hear().await, ("2".to_owned(), ack(false, "which tray?")));
    printer.say("3", from_printer::What::Report(pb::Report { pages_left: 7 })).await;
    assert_eq!(printer.hear().await, ("3".to_owned(), ack(true, "")));
    printer.say("4", from_printer::What::Report(pb::Report { pages_left: 0 })).await;
    assert_eq!(printer.hear().await, ("4".to_owned(), ack(false, "out of paper")));
    serving.abort();
}

#[tokio::test]
async fn what_the_printer_is_told_is_answered_in_turn() {
    let (addr, hub, serving) = start();
    let mut printer = Printer::attach(addr, &hub).await;
    let print = || hub.client("p1").print(pb::Print { document: "a".to_owned() }).reply();
    let (reply, ()) = tokio::join!(print(), async {
        let (id, _) = printer.hear().await;
        printer.say(&id, from_printer::What::Print(pb::JobDone { pages: 3 })).await;
    });
    assert_eq!(reply, Ok(pb::JobDone { pages: 3 }));

    let (reply, ()) = tokio::join!(print(), async {
        let (request_id, _) = printer.hear().await;
        printer.send(FromPrinter { request_id, error: "jam".to_owned(), what: None }).await;
    });
    assert!(
        matches!(&reply, Err(RequestError::Rejected(rejection)) if rejection.error == "jam"),
        "{reply:?}"
    );
    serving.abort();
}

#[tokio::test]
async fn what_carries_the_id_of_a_command_and_does_not_answer_it_is_handled() {
    let (addr, hub, serving) = start();
    let mut printer = Printer::attach(addr, &hub).await;
    let print = hub.client("p1").print(pb::Print::default()).reply();
    let (reply, ()) = tokio::join!(print, async {
        let (id, _) = printer.hear().await;
        printer.say(&id, from_printer::What::Report(pb::Report { pages_left: 7 })).await;
        let (_, answer) = printer.hear().await;
        assert!(
            matches!(answer, to_printer::What::Ack(ack) if ack.success),
            "the report is acknowledged"
        );
        printer.say(&id, from_printer::What::Print(pb::JobDone { pages: 1 })).await;
    });
    assert_eq!(reply, Ok(pb::JobDone { pages: 1 }));
    // Where anything with the id will do, it is the answer.
    let calibrate = hub.client("p1").calibrate(pb::Calibrate {}).ack();
    let (whole, ()) = tokio::join!(calibrate, async {
        let (id, _) = printer.hear().await;
        printer.say(&id, from_printer::What::Print(pb::JobDone { pages: 0 })).await;
    });
    let done = from_printer::What::Print(pb::JobDone { pages: 0 });
    assert_eq!(whole.expect("an answer").what, Some(done));
    serving.abort();
}

#[tokio::test]
async fn a_command_that_sounds_like_a_goodbye_is_sent_by_nobody_else() {
    let (addr, hub, serving) = start();
    let mut printer = Printer::attach(addr, &hub).await;
    assert!(hub.disconnect("p1", "maintenance").await);
    assert_eq!(within("the end", printer.hears.message()).await.expect("status OK"), None);
    serving.abort();
}
