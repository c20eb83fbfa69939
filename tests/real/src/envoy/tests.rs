//! A proxy asks about requests, and subscribes to resources.

use streaming_runtime::{Client, SendError, bidi_streaming, server};

use super::pb::{
    envoy::{
        config::core::v3::{HeaderMap, HeaderValue, Node},
        service::{
            discovery::v3::{
                DeltaDiscoveryRequest, DeltaDiscoveryResponse, DiscoveryRequest, DiscoveryResponse,
                aggregated_discovery_service::{
                    self, DeltaAggregatedResources, StreamAggregatedResources,
                },
                aggregated_discovery_service_client::AggregatedDiscoveryServiceClient,
            },
            ext_proc::v3::{
                BodyResponse, HeadersResponse, HttpBody, HttpHeaders, HttpTrailers,
                ImmediateResponse, ProcessingRequest, TrailersResponse,
                external_processor::{self, Process, ProcessCommands as _},
                external_processor_client::ExternalProcessorClient,
                processing_request::Request,
                processing_response::Response,
            },
        },
    },
    google::rpc::Status as RpcStatus,
};
use crate::stage::{Peer, Server, Teller, assert_published, hub, telling};

struct Processor(Teller);

#[bidi_streaming(external_processor::Process)]
impl Processor {
    #[on(request_headers)]
    async fn request(
        &self,
        client: &Client<Process>,
        headers: HttpHeaders,
    ) -> Result<(), SendError> {
        let headers = headers.headers.unwrap_or_default().headers;
        self.0.tell(format!("{} request headers", headers.len()));
        client.request_headers(HeadersResponse::default()).await
    }

    #[on(request_body)]
    async fn request_body(
        &self,
        client: &Client<Process>,
        body: HttpBody,
    ) -> Result<(), SendError> {
        self.0.tell(format!("{} bytes of the request", body.body.len()));
        client
            .request_body(BodyResponse::default())
            .with(|it| it.request_drain_requests = true)
            .await
    }

    #[on(request_trailers)]
    async fn request_trailers(
        &self,
        client: &Client<Process>,
        _trailers: HttpTrailers,
    ) -> Result<(), SendError> {
        self.0.tell("request trailers");
        client.request_trailers(TrailersResponse::default()).await
    }

    #[on(response_headers)]
    async fn response(
        &self,
        client: &Client<Process>,
        _headers: HttpHeaders,
    ) -> Result<(), SendError> {
        self.0.tell("response headers");
        client.response_headers(HeadersResponse::default()).await
    }

    #[on(response_body)]
    async fn response_body(
        &self,
        client: &Client<Process>,
        _body: HttpBody,
    ) -> Result<(), SendError> {
        self.0.tell("response body");
        client.response_body(BodyResponse::default()).await
    }

    #[on(response_trailers)]
    async fn response_trailers(
        &self,
        client: &Client<Process>,
        _trailers: HttpTrailers,
    ) -> Result<(), SendError> {
        self.0.tell("response trailers");
        let refusal = ImmediateResponse { details: "too late".to_owned(), ..Default::default() };
        client.immediate_response(refusal).await
    }
}

fn headers() -> HttpHeaders {
    let header = HeaderValue { key: ":path".to_owned(), ..HeaderValue::default() };
    HttpHeaders { headers: Some(HeaderMap { headers: vec![header] }), ..HttpHeaders::default() }
}

#[tokio::test]
async fn each_part_of_a_request_is_processed() {
    let (teller, mut told) = telling();
    let (hub, publisher) = hub();
    let service = external_processor::Service::new(Processor(teller), hub);
    let server = Server::start(server().add_service(service));
    let client = ExternalProcessorClient::connect(server.uri()).await;
    let mut client = client.expect("the server is there");
    let mut proxy = Peer::open(async |messages| client.process(messages).await).await;

    let parts = [
        Request::RequestHeaders(headers()),
        Request::RequestBody(HttpBody { body: vec![0; 3], ..HttpBody::default() }),
        Request::RequestTrailers(HttpTrailers::default()),
        Request::ResponseHeaders(headers()),
        Request::ResponseBody(HttpBody::default()),
        Request::ResponseTrailers(HttpTrailers::default()),
    ];
    let mut answers = Vec::new();
    for part in parts {
        proxy.send(ProcessingRequest { request: Some(part), ..ProcessingRequest::default() });
        answers.push(proxy.next().await);
    }

    let dispatched = [
        "1 request headers",
        "3 bytes of the request",
        "request trailers",
        "response headers",
        "response body",
        "response trailers",
    ];
    for dispatched in dispatched {
        assert_eq!(told.next().await, dispatched);
    }
    assert!(matches!(answers[0].response, Some(Response::RequestHeaders(_))), "{answers:?}");
    assert!(answers[1].request_drain_requests, "{answers:?}");
    let refused = matches!(&answers[5].response, Some(Response::ImmediateResponse(it)) if it.details == "too late");
    assert!(refused, "{answers:?}");
    let names = ["request_headers", "command_request_headers", "command_immediate_response"];
    assert_published(&publisher, names);
}

struct Resources(Teller);

#[bidi_streaming(aggregated_discovery_service::StreamAggregatedResources)]
impl Resources {
    #[on_message]
    async fn request(
        &self,
        node: &Client<StreamAggregatedResources>,
        request: DiscoveryRequest,
    ) -> Result<(), SendError> {
        let DiscoveryRequest { type_url, response_nonce, error_detail, .. } = request;
        let error = error_detail.unwrap_or_default().message;
        self.0.tell(format!("{} {type_url} after `{response_nonce}` {error}", node.id()));
        if response_nonce.is_empty() {
            let nonce = "1".to_owned();
            node.send(DiscoveryResponse { type_url, nonce, ..Default::default() }).await?;
        }
        Ok(())
    }
}

#[bidi_streaming(aggregated_discovery_service::DeltaAggregatedResources)]
impl Resources {
    #[on_message]
    async fn delta(
        &self,
        node: &Client<DeltaAggregatedResources>,
        request: DeltaDiscoveryRequest,
    ) -> Result<(), SendError> {
        let DeltaDiscoveryRequest { type_url, resource_names_subscribe, .. } = request;
        self.0.tell(format!("{} {resource_names_subscribe:?}", node.id()));
        node.send(DeltaDiscoveryResponse { type_url, ..Default::default() }).await
    }
}

fn node(id: &str) -> Node {
    Node { id: id.to_owned(), cluster: "edge".to_owned(), ..Node::default() }
}

#[tokio::test]
async fn a_node_names_itself_once() {
    let (teller, mut told) = telling();
    let (all, publisher) = hub();
    let (deltas, _) = hub();
    let service = aggregated_discovery_service::Service::builder()
        .stream_aggregated_resources(Resources(teller.clone()), all.clone())
        .delta_aggregated_resources(Resources(teller), deltas)
        .build();
    let server = Server::start(server().add_service(service));
    let client = AggregatedDiscoveryServiceClient::connect(server.uri()).await;
    let client = client.expect("the server is there");

    let mut calls = client.clone();
    let mut proxy =
        Peer::open(async |messages| calls.stream_aggregated_resources(messages).await).await;
    let type_url = "type/cluster".to_owned();
    let subscribe = DiscoveryRequest { node: Some(node("edge-1")), type_url, ..Default::default() };
    proxy.send(subscribe.clone());
    assert_eq!(told.next().await, "edge-1 type/cluster after `` ");
    let first = proxy.next().await;
    let accepted = DiscoveryRequest { node: None, response_nonce: first.nonce, ..subscribe };
    proxy.send(accepted.clone());
    assert_eq!(told.next().await, "edge-1 type/cluster after `1` ");

    let push = DiscoveryResponse { nonce: "2".to_owned(), ..DiscoveryResponse::default() };
    all.client("edge-1").send(push).await.expect("the node is there");
    let response_nonce = proxy.next().await.nonce;
    let error = RpcStatus { message: "no such cluster".to_owned(), ..RpcStatus::default() };
    proxy.send(DiscoveryRequest { response_nonce, error_detail: Some(error), ..accepted });
    assert_eq!(told.next().await, "edge-1 type/cluster after `2` no such cluster");
    assert_published(&publisher, ["node", "command_type_url", "type_url", "command_nonce"]);

    let mut calls = client;
    let mut proxy =
        Peer::open(async |messages| calls.delta_aggregated_resources(messages).await).await;
    let resource_names_subscribe = vec!["a".to_owned()];
    proxy.send(DeltaDiscoveryRequest {
        node: Some(node("edge-2")),
        resource_names_subscribe,
        ..DeltaDiscoveryRequest::default()
    });
    assert_eq!(told.next().await, "edge-2 [\"a\"]");
    proxy.next().await;
}
