//! Links over TLS: to a hub that they trust, and to those that they do not.

use std::{
    fmt::Debug,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use e2e::{
    pb::{self, trading_bots::Connect},
    within,
};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use streaming_runtime::{
    Hub, HubConfig, Link, bidi_streaming, incoming,
    link::{LinkBuilder, LinkState},
    server,
};
use tokio::{sync::mpsc, task::JoinSet};
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint, Error, Identity, ServerTlsConfig};
use tracing::{
    Dispatch, Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
    subscriber::NoSubscriber,
};

struct Bots;

#[bidi_streaming(pb::trading_bots::Connect)]
impl Bots {
    #[on(trade)]
    async fn trade(&self, _: pb::Trade) {}

    #[on(heartbeat)]
    async fn beat(&self, _: pb::Heartbeat) {}
}

/// Tells when it is connected.
struct Bot(mpsc::UnboundedSender<()>);

#[bidi_streaming(pb::trading_bots::Connect, client)]
impl Bot {
    #[on_connect]
    async fn connected(&self, _: &Link<Connect>) -> Result<(), mpsc::error::SendError<()>> {
        self.0.send(())
    }

    #[on_other]
    async fn other(&self, _: pb::BotCommand) {}
}

/// An authority's certificate, and one for `localhost` that it has issued.
fn issued() -> (Certificate, Identity) {
    let mut params = CertificateParams::new([]).expect("no names");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let authority = Certificate::from_pem(params.self_signed(&key).expect("a certificate").pem());
    let issuer = Issuer::new(params, key);
    let key = KeyPair::generate().expect("a key");
    let params = CertificateParams::new(["localhost".to_owned()]).expect("a name");
    let certificate = params.signed_by(&key, &issuer).expect("a certificate");
    (authority, Identity::from_pem(certificate.pem(), key.serialize_pem()))
}

struct Stage {
    addr: SocketAddr,
    /// Who has issued its certificate.
    authority: Certificate,
    _serving: JoinSet<()>,
}

fn serve() -> Stage {
    let (authority, identity) = issued();
    let hub = Hub::new(HubConfig::testing()).expect("valid settings");
    let service = pb::trading_bots::Service::new(Bots, hub);
    let tls = ServerTlsConfig::new().identity(identity);
    let mut server = server().tls_config(tls).expect("a good certificate");
    let incoming = incoming("127.0.0.1:0").expect("a free port");
    let addr = incoming.local_addr().expect("bound");
    let mut serving = JoinSet::new();
    serving.spawn(async move {
        let served = server.add_service(service).serve_with_incoming(incoming).await;
        served.expect("the server runs");
    });
    Stage { addr, authority, _serving: serving }
}

/// Trusts this authority.
fn trust(authority: &Certificate) -> impl Fn(Endpoint) -> Result<Endpoint, Error> + use<> {
    let tls = ClientTlsConfig::new().ca_certificate(authority.clone()).domain_name("localhost");
    move |endpoint| endpoint.tls_config(tls.clone())
}

fn link(scheme: &str, stage: &Stage) -> LinkBuilder<Connect> {
    let builder = Link::builder(format!("{scheme}://{}", stage.addr)).client_id("bot-1");
    builder.config(|config| config.first_delay = Duration::from_millis(10))
}

/// Runs it; tells when it is connected.
fn run(builder: LinkBuilder<Connect>) -> (Link<Connect>, mpsc::UnboundedReceiver<()>, JoinSet<()>) {
    let link = builder.build().expect("valid settings");
    let (told, connected) = mpsc::unbounded_channel();
    let mut running = JoinSet::new();
    let runs = link.clone();
    running.spawn(async move {
        let _ = runs.run(Bot(told)).await;
    });
    (link, connected, running)
}

/// Keeps the lines of links.
#[derive(Clone, Debug, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl Visit for &Lines {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            self.0.lock().expect("no panic").push(format!("{value:?}"));
        }
    }
}

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && metadata.target().starts_with("streaming_runtime::link")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn event(&self, event: &Event<'_>) {
        event.record(&mut &*self);
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// It tries again and again, and says each time what to do.
async fn is_told(builder: LinkBuilder<Connect>, why: &str) {
    let lines = Lines::default();
    // Where there is one subscriber, a callsite asks that of the thread that meets it first: another test may have none.
    let _other = Dispatch::new(NoSubscriber::new());
    let _guard = tracing::subscriber::set_default(lines.clone());
    tracing::callsite::rebuild_interest_cache();
    let (link, _connected, _running) = run(builder);
    let told = || lines.0.lock().expect("no panic").clone();
    e2e::until("three attempts", || told().len() >= 3).await;
    assert!(!matches!(link.state(), LinkState::Ended(_)), "{:?}", told());
    for line in told() {
        assert!(line.starts_with("no stream was opened, the next attempt is in "), "{line}");
        assert!(line.contains(why), "{line}");
    }
}

#[tokio::test]
async fn a_link_reaches_a_hub_whose_certificate_it_trusts() {
    let stage = serve();
    let (_link, mut connected, _running) =
        run(link("https", &stage).endpoint(trust(&stage.authority)));
    within("it connects", connected.recv()).await.expect("it runs");
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_is_tried_again_and_the_log_says_what_to_do() {
    let stage = serve();
    let (other, _) = issued();
    let advice = "certificate: BadSignature; trust who has issued it with `.endpoint(|endpoint| endpoint.tls_config(..))`";
    is_told(link("https", &stage).endpoint(trust(&other)), advice).await;
}

#[tokio::test]
async fn an_address_with_tls_that_nobody_has_set_up_is_tried_again_and_the_log_says_what_to_do() {
    let stage = serve();
    let advice = "; say how with `.endpoint(|endpoint| endpoint.tls_config(..))`";
    is_told(link("https", &stage), advice).await;
}

#[tokio::test]
async fn plain_text_to_a_hub_with_tls_is_no_hang() {
    let stage = serve();
    is_told(link("http", &stage), "").await;
}

#[test]
fn a_key_that_is_none_is_said_when_the_link_is_built() {
    let tls = ClientTlsConfig::new().identity(Identity::from_pem("no certificate", "no key"));
    let built = Link::<Connect>::builder("https://hub").client_id("bot-1");
    let built = built.endpoint(move |endpoint| endpoint.tls_config(tls.clone())).build();
    let wrong = built.expect_err("no key").to_string();
    let start = "the endpoint of `https://hub` cannot be changed so: ";
    let why = wrong.strip_prefix(start).unwrap_or_else(|| panic!("{wrong}"));
    assert!(why.contains("key"), "{wrong}");
}
