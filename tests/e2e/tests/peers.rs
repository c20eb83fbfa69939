//! Who opens a stream, by what lies beneath its headers: the peer's certificate, and what a tower layer has found out.

use std::net::SocketAddr;

use e2e::{
    end_reason,
    pb::{
        self, BotMessage, bot_message,
        trading_bots::{Connect, Service},
        trading_bots_client::TradingBotsClient,
    },
    until, within,
};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use streaming_runtime::{Handshake, Hub, HubConfig, Identity, bidi_streaming, incoming, server};
use tokio::{sync::mpsc, task::JoinSet};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{
    Code, Request, Status, Streaming,
    transport::{
        Certificate, Channel, ClientTlsConfig, Endpoint, ServerTlsConfig,
        server::{TcpConnectInfo, TlsConnectInfo},
    },
};
use tower::util::MapRequestLayer;

/// Makes certificates.
struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate with its key.
struct Issued {
    der: Vec<u8>,
    identity: tonic::transport::Identity,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new([]).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let pem = params.self_signed(&key).expect("a certificate").pem();
        Self { pem, issuer: Issuer::new(params, key) }
    }

    fn issue(&self, name: &str) -> Issued {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new([name.to_owned()]).expect("a name");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        let identity = tonic::transport::Identity::from_pem(certificate.pem(), key.serialize_pem());
        Issued { der: certificate.der().to_vec(), identity }
    }

    fn certificate(&self) -> Certificate {
        Certificate::from_pem(&self.pem)
    }
}

/// What a layer knows of a request.
#[derive(Clone)]
struct Tenant(String);

/// Lets in whose certificate it knows, as the bot that it was issued to; else whoever is the tenant of bots called so.
struct Doorman {
    known: Vec<(Vec<u8>, &'static str)>,
}

#[bidi_streaming(pb::trading_bots::Connect)]
impl Doorman {
    #[authenticate]
    async fn who(&self, handshake: &Handshake) -> Result<Identity, Status> {
        let extensions = handshake.extensions();
        if let Some(Tenant(tenant)) = extensions.get::<Tenant>() {
            let prefix = format!("{tenant}/");
            return Ok(Identity::check(tenant, move |bot| bot.starts_with(&prefix)));
        }
        handshake.peer_addr().ok_or_else(|| Status::internal("it comes from somewhere"))?;
        let tls = extensions.get::<TlsConnectInfo<TcpConnectInfo>>();
        let shown = tls.and_then(TlsConnectInfo::peer_certs);
        let shown = shown.ok_or_else(|| Status::unauthenticated("no certificate"))?;
        let is_shown = |known: &[u8]| shown.first().is_some_and(|shown| **shown == *known);
        let bot = self.known.iter().find(|(known, _)| is_shown(known));
        let (_, bot) = bot.ok_or_else(|| Status::unauthenticated("an unknown certificate"))?;
        Ok(Identity::exact(*bot))
    }

    #[on(trade)]
    async fn trade(&self, _: pb::Trade) {}

    #[on(heartbeat)]
    async fn beat(&self, _: pb::Heartbeat) {}
}

struct Stage {
    hub: Hub<Connect>,
    addr: SocketAddr,
    _serving: JoinSet<()>,
}

impl Stage {
    /// A server with TLS, for clients whose certificates are of this authority.
    fn with_tls(authority: &Authority, known: Vec<(Vec<u8>, &'static str)>) -> Self {
        let tls = ServerTlsConfig::new()
            .identity(authority.issue("localhost").identity)
            .client_ca_root(authority.certificate())
            .client_auth_optional(true);
        let (hub, service) = hub(known);
        let mut server = server().tls_config(tls).expect("good certificates");
        let incoming = incoming("127.0.0.1:0").expect("a free port");
        let addr = incoming.local_addr().expect("bound");
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            let served = server.add_service(service).serve_with_incoming(incoming).await;
            served.expect("the server runs");
        });
        Self { hub, addr, _serving: serving }
    }

    /// A server behind a layer that takes a header for the tenant's name.
    fn with_layer() -> Self {
        let layer = MapRequestLayer::new(|mut request: tonic::codegen::http::Request<_>| {
            let tenant = request.headers().get("tenant").and_then(|name| name.to_str().ok());
            if let Some(tenant) = tenant.map(|name| Tenant(name.to_owned())) {
                request.extensions_mut().insert(tenant);
            }
            request
        });
        let (hub, service) = hub(Vec::new());
        let incoming = incoming("127.0.0.1:0").expect("a free port");
        let addr = incoming.local_addr().expect("bound");
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            let mut server = server().layer(layer);
            let served = server.add_service(service).serve_with_incoming(incoming).await;
            served.expect("the server runs");
        });
        Self { hub, addr, _serving: serving }
    }
}

fn hub(known: Vec<(Vec<u8>, &'static str)>) -> (Hub<Connect>, Service<Doorman>) {
    let config = HubConfig::testing().with(|config| config.identify_timeout = 2 * e2e::LONG);
    let hub = Hub::new(config).expect("valid settings");
    (hub.clone(), Service::new(Doorman { known }, hub))
}

/// A bot whose stream is open; its messages end with the sender.
type Opened = (mpsc::Sender<BotMessage>, Streaming<pb::BotCommand>);

async fn open(channel: Channel, bot: &str, tenant: Option<&str>) -> Result<Opened, Status> {
    let (messages, receiver) = mpsc::channel(8);
    let payload = Some(bot_message::Payload::Heartbeat(pb::Heartbeat::default()));
    let first = BotMessage { client_id: bot.to_owned(), payload };
    messages.try_send(first).expect("room for one");
    let mut request = Request::new(ReceiverStream::new(receiver));
    if let Some(tenant) = tenant {
        request.metadata_mut().insert("tenant", tenant.parse().expect("a header"));
    }
    let mut client = TradingBotsClient::new(channel);
    let commands = within("the headers", client.connect(request)).await?.into_inner();
    Ok((messages, commands))
}

async fn refusal(opened: Opened) -> Status {
    let (_messages, mut commands) = opened;
    within("the refusal", commands.message()).await.expect_err("it is refused")
}

#[tokio::test]
async fn the_certificate_of_a_tls_peer_decides_who_it_is() {
    let authority = Authority::new();
    let [one, two, stranger] = ["one", "two", "stranger"].map(|name| authority.issue(name));
    let known = vec![(one.der.clone(), "bot-1"), (two.der.clone(), "bot-2")];
    let stage = Stage::with_tls(&authority, known);
    let connect = async |issued: Option<&Issued>| {
        let mut tls =
            ClientTlsConfig::new().ca_certificate(authority.certificate()).domain_name("localhost");
        if let Some(issued) = issued {
            tls = tls.identity(issued.identity.clone());
        }
        let endpoint =
            Endpoint::from_shared(format!("https://{}", stage.addr)).expect("an address");
        let endpoint = endpoint.tls_config(tls).expect("good certificates");
        within("connecting", endpoint.connect()).await.expect("the server is trusted")
    };
    let first = open(connect(Some(&one)).await, "bot-1", None).await.expect("it is let in");
    until("bot-1 is there", || stage.hub.is_connected("bot-1")).await;
    let thief = open(connect(Some(&two)).await, "bot-1", None).await.expect("it gets its headers");
    let refused = refusal(thief).await;
    assert_eq!((refused.code(), end_reason(&refused)), (Code::PermissionDenied, "not-allowed"));
    for (issued, why) in [(Some(&stranger), "an unknown certificate"), (None, "no certificate")] {
        let refused = open(connect(issued).await, "bot-1", None).await.expect_err("nobody");
        assert_eq!((refused.code(), refused.message()), (Code::Unauthenticated, why));
    }
    assert!(stage.hub.is_connected("bot-1"), "its holder was disturbed");
    drop(first);
}

#[tokio::test]
async fn what_a_tower_layer_has_found_out_decides_who_it_is() {
    let stage = Stage::with_layer();
    let endpoint = Endpoint::from_shared(format!("http://{}", stage.addr)).expect("an address");
    let channel = within("connecting", endpoint.connect()).await.expect("a server");
    let tenant = Some("acme");
    let _bot = open(channel.clone(), "acme/bot", tenant).await.expect("it is let in");
    until("the bot is there", || stage.hub.is_connected("acme/bot")).await;
    let other = open(channel.clone(), "other/bot", tenant).await.expect("it gets its headers");
    let refused = refusal(other).await;
    assert_eq!((refused.code(), end_reason(&refused)), (Code::PermissionDenied, "not-allowed"));
    let refused = open(channel, "acme/bot", None).await.expect_err("nobody is its tenant");
    assert_eq!(refused.code(), Code::Unauthenticated);
    assert!(stage.hub.is_connected("acme/bot"), "its holder was disturbed");
}
