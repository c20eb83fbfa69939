//! Whether Centrifugo is there and takes what we have: found out at the start, so that nobody looks at a page that waits.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context as _, Result, bail};
use futures_util::{SinkExt as _, StreamExt as _};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_tungstenite::{
    connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest as _},
};

use crate::{live::Live, settings::Settings};

const WITHIN: Duration = Duration::from_secs(10);

/// Says what is wrong with the server's address, key, secret or origins.
pub(crate) async fn check(settings: &Settings, live: &Live, page: SocketAddr) -> Result<()> {
    let both = async {
        takes_our_key(settings).await?;
        takes_our_tokens(settings, live, page).await
    };
    let url = &settings.centrifugo;
    timeout(WITHIN, both).await.with_context(|| format!("Centrifugo at {url} does not answer"))?
}

async fn takes_our_key(settings: &Settings) -> Result<()> {
    let Settings { centrifugo: url, api_key, .. } = settings;
    let info = reqwest::Client::new()
        .post(format!("{}/api/info", url.trim_end_matches('/')))
        .header("X-API-Key", api_key)
        .json(&json!({}));
    let answer = info.send().await.with_context(|| {
        format!("there is no Centrifugo at {url}; `cargo xtask demo` starts one, or `--centrifugo` says where it is")
    })?;
    match answer.status() {
        StatusCode::UNAUTHORIZED => {
            bail!("Centrifugo at {url} refuses `--api-key`; it must be the `api_key` of its config")
        }
        StatusCode::OK => Ok(()),
        status => bail!(
            "what answers at {url} is no Centrifugo ({status}); `--centrifugo` says where it is"
        ),
    }
}

/// As a page does: from the page's address, with a token.
async fn takes_our_tokens(settings: &Settings, live: &Live, page: SocketAddr) -> Result<()> {
    let url = &settings.centrifugo;
    let origin = format!("http://{page}");
    let mut request = live.url.as_str().into_client_request()?;
    request.headers_mut().insert("origin", origin.parse()?);
    let (mut socket, _) = match connect_async(request).await {
        Err(Error::Http(answer)) if answer.status() == StatusCode::FORBIDDEN => {
            bail!(
                "Centrifugo at {url} refuses pages of {origin}; add it to `allowed_origins` in its config"
            )
        }
        socket => socket.with_context(|| format!("Centrifugo at {url} takes no WebSocket"))?,
    };
    let connect = json!({ "id": 1, "connect": { "token": live.connection() } });
    socket.send(Message::text(connect.to_string())).await?;
    let answer = socket.next().await.context("Centrifugo has closed the WebSocket")??;
    let connected = match &answer {
        Message::Text(text) => serde_json::from_str::<Value>(text)?.get("connect").is_some(),
        _ => false,
    };
    if !connected {
        bail!(
            "Centrifugo at {url} refuses tokens signed with `--hmac-secret` ({answer}); it must be the `token_hmac_secret_key` of its config"
        );
    }
    Ok(())
}
