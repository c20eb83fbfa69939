//! A process is started and talked to: one type both ways, and names that are no names in Rust.

use streaming_runtime::{Client, SendError, bidi_streaming, server};

use super::pb::moby::buildkit::v1::frontend::{
    DoneMessage, ExecMessage, ExitMessage, FdMessage, InitMessage, ResizeMessage, SignalMessage,
    StartedMessage,
    exec_message::Input,
    llb_bridge::{self, ExecProcess, ExecProcessCommands as _},
    llb_bridge_client::LlbBridgeClient,
};
use crate::stage::{Peer, Server, Teller, assert_published, hub, telling};

struct Processes(Teller);

#[bidi_streaming(llb_bridge::ExecProcess)]
impl Processes {
    #[on(Init)]
    async fn init(&self, client: &Client<ExecProcess>, init: InitMessage) -> Result<(), SendError> {
        self.0.tell(format!("Init {}", init.container_id));
        client.started(StartedMessage {}).with(|it| it.process_id = "p".to_owned()).await
    }

    #[on(File)]
    async fn file(&self, client: &Client<ExecProcess>, file: FdMessage) -> Result<(), SendError> {
        self.0.tell(format!("File {}", file.fd));
        client.file(FdMessage { fd: 1, ..file }).with(|it| it.process_id = "p".to_owned()).await
    }

    #[on(Resize)]
    async fn resize(&self, resize: ResizeMessage) {
        self.0.tell(format!("Resize {}x{}", resize.rows, resize.cols));
    }

    #[on(Signal)]
    async fn signal(
        &self,
        client: &Client<ExecProcess>,
        signal: SignalMessage,
    ) -> Result<(), SendError> {
        self.0.tell(format!("Signal {}", signal.name));
        let exit = ExitMessage { code: 130, error: None };
        client.exit(exit).with(|it| it.process_id = "p".to_owned()).await?;
        client.done(DoneMessage {}).with(|it| it.process_id = "p".to_owned()).await
    }

    #[on(Started)]
    async fn started(&self) {
        self.0.tell("Started");
    }

    #[on(Exit)]
    async fn exit(&self, exit: ExitMessage) {
        self.0.tell(format!("Exit {}", exit.code));
    }

    #[on(Done)]
    async fn done(&self) {
        self.0.tell("Done");
    }
}

#[tokio::test]
async fn a_process_runs() {
    let (teller, mut told) = telling();
    let (hub, publisher) = hub();
    let service = llb_bridge::Service::builder()
        .exec_process(Processes(teller), hub)
        .unimplemented_rpcs()
        .build();
    let server = Server::start(server().add_service(service));
    let client = LlbBridgeClient::connect(server.uri()).await;
    let mut client = client.expect("the server is there");
    let mut frontend = Peer::open(async |messages| client.exec_process(messages).await).await;
    let send = |input| {
        frontend.send(ExecMessage { process_id: "p".to_owned(), input: Some(input) });
    };

    send(Input::Init(InitMessage { container_id: "c".to_owned(), ..InitMessage::default() }));
    send(Input::File(FdMessage { fd: 0, eof: false, data: b"in".to_vec() }));
    send(Input::Resize(ResizeMessage { rows: 2, cols: 3 }));
    send(Input::Signal(SignalMessage { name: "INT".to_owned() }));
    // Those of the other direction.
    send(Input::Started(StartedMessage {}));
    send(Input::Exit(ExitMessage { code: 1, error: None }));
    send(Input::Done(DoneMessage {}));

    for dispatched in ["Init c", "File 0", "Resize 2x3", "Signal INT", "Started", "Exit 1", "Done"]
    {
        assert_eq!(told.next().await, dispatched);
    }
    let started = frontend.next().await;
    assert_eq!(started.process_id, "p");
    assert!(matches!(started.input, Some(Input::Started(_))), "{started:?}");
    let said = FdMessage { fd: 1, eof: false, data: b"in".to_vec() };
    assert_eq!(frontend.next().await.input, Some(Input::File(said)));
    let exit = ExitMessage { code: 130, error: None };
    assert_eq!(frontend.next().await.input, Some(Input::Exit(exit)));
    assert_eq!(frontend.next().await.input, Some(Input::Done(DoneMessage {})));
    assert_published(&publisher, ["Init", "command_Started", "File", "command_File", "Done"]);
}
