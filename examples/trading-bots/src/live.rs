//! What a page needs of Centrifugo: tokens for its channels, and the overview on a channel of its own.

use std::{sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use streaming_runtime::{
    CentrifugoPublisher, Publication, Publisher as _,
    publish::centrifugo::{BreakerState, CentrifugoStats},
};
use tokio::time::{MissedTickBehavior, interval};

use crate::{desk::Desk, row::now};

pub(crate) const OVERVIEW: &str = "overview";
const EVERY: Duration = Duration::from_millis(500);
/// How long a token can be used to begin something. Centrifugo's client asks for a new one in time.
const TOKEN_SECONDS: u64 = 600;

/// Signs tokens for one Centrifugo, as JWTs.
pub(crate) struct Live {
    secret: String,
    /// Where pages connect to.
    pub(crate) url: String,
}

impl Live {
    pub(crate) fn new(centrifugo: &str, secret: &str) -> Self {
        let host = centrifugo.trim_start_matches("http://").trim_end_matches('/');
        Self { secret: secret.to_owned(), url: format!("ws://{host}/connection/websocket") }
    }

    /// Lets a page connect.
    pub(crate) fn connection(&self) -> String {
        self.sign(&json!({ "sub": "desk", "exp": now() / 1000 + TOKEN_SECONDS }))
    }

    /// Lets a page subscribe to one channel.
    pub(crate) fn subscription(&self, channel: &str) -> String {
        self.sign(
            &json!({ "sub": "desk", "channel": channel, "exp": now() / 1000 + TOKEN_SECONDS }),
        )
    }

    fn sign(&self, claims: &Value) -> String {
        let part = |json: &str| URL_SAFE_NO_PAD.encode(json);
        let signed =
            [&*part(r#"{"alg":"HS256","typ":"JWT"}"#), ".", &part(&claims.to_string())].concat();
        let mut mac = Hmac::<Sha256>::new_from_slice(self.secret.as_bytes())
            .expect("a key of any length will do");
        mac.update(signed.as_bytes());
        let signature = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
        format!("{signed}.{signature}")
    }
}

/// What the page shows of the publisher.
pub(crate) fn publisher(stats: &CentrifugoStats) -> Value {
    let breaker = match stats.state {
        BreakerState::Closed => "closed",
        BreakerState::Open => "open",
        BreakerState::HalfOpen => "half_open",
        _ => "unknown",
    };
    json!({
        "breaker": breaker,
        "published": stats.published,
        "dropped": stats.dropped.total(),
        "unconfirmed": stats.unconfirmed,
        "queued": stats.queued,
        "in_flight": stats.in_flight,
        "last_error": stats.last_error,
    })
}

/// Publishes what has changed, twice a second: two publications, however many bots there are.
pub(crate) async fn publish_overview(desk: Arc<Desk>, to: CentrifugoPublisher) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        desk.board.look(&desk.hub);
        let changes = desk.board.changes();
        let overview = json!({
            "changed": changes.bots,
            "events": changes.events,
            "rate": f64::from(changes.messages) / EVERY.as_secs_f64(),
            "hub": desk.hub.stats(),
            "publisher": publisher(&to.stats()),
            "now": now(),
        });
        // While the breaker is open nobody hears it.
        if to.accepts() {
            to.publish(Publication::new(OVERVIEW.into(), OVERVIEW, OVERVIEW, overview.to_string()));
        }
    }
}
