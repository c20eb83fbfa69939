//! Our hub answers grpcurl's questions about itself.

use e2e::process;
use prost::Message as _;
use prost_types::FileDescriptorSet;
use streaming_runtime::{Client, SendError, bidi_streaming, server};
use tokio::process::Command;

use super::pb::grpc::reflection::v1::{
    ErrorResponse, ExtensionNumberResponse, ExtensionRequest, FILE_DESCRIPTOR_SET,
    FileDescriptorResponse, ListServiceResponse, ServerReflectionRequest, ServiceResponse,
    server_reflection::{self, ServerReflectionInfo, ServerReflectionInfoCommands as _},
    server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest,
    server_reflection_response::MessageResponse,
};
use crate::stage::{Peer, Server, Teller, assert_published, hub, telling};

type Asking = Client<ServerReflectionInfo>;

/// The one file that describes all this.
fn file() -> FileDescriptorResponse {
    let set = FileDescriptorSet::decode(FILE_DESCRIPTOR_SET).expect("a set of descriptors");
    let file_descriptor_proto = set.file.iter().map(prost::Message::encode_to_vec).collect();
    FileDescriptorResponse { file_descriptor_proto }
}

struct Mirror(Teller);

#[bidi_streaming(server_reflection::ServerReflectionInfo)]
impl Mirror {
    #[on(list_services)]
    async fn list(&self, client: &Asking, _all: String) -> Result<(), SendError> {
        self.0.tell("list");
        let service =
            vec![ServiceResponse { name: "grpc.reflection.v1.ServerReflection".to_owned() }];
        client.list_services_response(ListServiceResponse { service }).await
    }

    #[on(file_containing_symbol)]
    async fn symbol(&self, client: &Asking, symbol: String) -> Result<(), SendError> {
        self.0.tell(format!("symbol {symbol}"));
        client.file_descriptor_response(file()).await
    }

    #[on(file_by_filename)]
    async fn filename(&self, client: &Asking, name: String) -> Result<(), SendError> {
        self.0.tell(format!("file {name}"));
        client.file_descriptor_response(file()).await
    }

    #[on(file_containing_extension)]
    async fn extension(&self, client: &Asking, of: ExtensionRequest) -> Result<(), SendError> {
        self.0.tell(format!("extension {} of {}", of.extension_number, of.containing_type));
        let error_message = "there are none".to_owned();
        client.error_response(ErrorResponse { error_code: 5, error_message }).await
    }

    #[on(all_extension_numbers_of_type)]
    async fn extensions(&self, client: &Asking, of: String) -> Result<(), SendError> {
        self.0.tell(format!("extensions of {of}"));
        let none = ExtensionNumberResponse { base_type_name: of, extension_number: Vec::new() };
        client.all_extension_numbers_response(none).await
    }
}

#[tokio::test]
async fn grpcurl_asks_our_hub() {
    let (teller, mut told) = telling();
    let (hub, _) = hub();
    let service = server_reflection::Service::new(Mirror(teller), hub);
    let server = Server::start(server().add_service(service));
    let grpcurl = xtask::services::grpcurl().expect("Go");
    let ask = async |question: &[&str]| {
        let mut command = Command::new(&grpcurl);
        command.args(["-plaintext", &server.addr]).args(question);
        process::run(command).await.lines
    };

    assert_eq!(ask(&["list"]).await, ["grpc.reflection.v1.ServerReflection"]);
    assert_eq!(told.next().await, "list");
    let described = ask(&["describe", "grpc.reflection.v1.ExtensionRequest"]).await.join("\n");
    assert!(described.contains("int32 extension_number = 2;"), "{described}");
    assert_eq!(told.next().await, "symbol grpc.reflection.v1.ExtensionRequest");
}

#[tokio::test]
async fn each_question_is_dispatched() {
    let (teller, mut told) = telling();
    let (hub, publisher) = hub();
    let service = server_reflection::Service::new(Mirror(teller), hub);
    let server = Server::start(server().add_service(service));
    let client = ServerReflectionClient::connect(server.uri()).await;
    let mut client = client.expect("the server is there");
    let mut peer = Peer::open(async |messages| client.server_reflection_info(messages).await).await;

    let extension = ExtensionRequest { containing_type: "A".to_owned(), extension_number: 1 };
    let questions = [
        (MessageRequest::ListServices(String::new()), "list"),
        (MessageRequest::FileContainingSymbol("a.B".to_owned()), "symbol a.B"),
        (MessageRequest::FileByFilename("a.proto".to_owned()), "file a.proto"),
        (MessageRequest::FileContainingExtension(extension), "extension 1 of A"),
        (MessageRequest::AllExtensionNumbersOfType("A".to_owned()), "extensions of A"),
    ];
    let mut last = None;
    for (question, dispatched) in questions {
        let message_request = Some(question);
        peer.send(ServerReflectionRequest { message_request, ..Default::default() });
        assert_eq!(told.next().await, dispatched);
        last = peer.next().await.message_response;
    }
    let Some(MessageResponse::AllExtensionNumbersResponse(last)) = last else {
        panic!("no numbers, but {last:?}");
    };
    assert_eq!(last.base_type_name, "A");
    assert_published(&publisher, ["list_services", "command_list_services_response"]);
}
