//! One request, over reqwest.

use std::{error::Error, fmt::Write as _, time::Duration};

use bytes::Bytes;
use reqwest::{
    Client, StatusCode, Url,
    header::{CONTENT_TYPE, HeaderValue},
    redirect,
};

use super::{answer::Answer, config::CentrifugoConfig, faults};

/// An answer is some hundred bytes per publication at most; what is longer is none.
const LONGEST_ANSWER: usize = 8 * 1024 * 1024;

/// Where batches go, and with which key.
#[derive(Clone, Debug)]
pub(super) struct Endpoint {
    client: Client,
    url: Url,
    key: HeaderValue,
    timeout: Duration,
}

impl Endpoint {
    /// Over the user's client, where there is one.
    pub(super) fn new(config: &CentrifugoConfig, client: Option<Client>) -> Result<Self, String> {
        let client = client.map_or_else(|| Self::client(config), Ok)?;
        let url = faults::endpoint(&config.url)?;
        let key = faults::key(&config.api_key)?;
        Ok(Self { client, url, key, timeout: config.timeout })
    }

    /// A client of ours. Redirects are not followed, they would turn the request into another; proxies are not looked
    /// for in the environment: the server is next door.
    fn client(config: &CentrifugoConfig) -> Result<Client, String> {
        Client::builder()
            // Not longer than the whole, so that a connection that was never made is known as such.
            .connect_timeout(config.connect_timeout.min(config.timeout))
            .pool_idle_timeout(config.idle_timeout)
            .pool_max_idle_per_host(config.shards)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(|error| format!("no HTTP client can be made: {}", text(error)))
    }

    /// Sends one batch of so many publications, and says what came of it within the time-out.
    pub(super) async fn post(self, body: Bytes, asked: usize) -> Answer {
        match self.exchange(body).await {
            Ok((status, body)) => Answer::read(status, &body, asked),
            // Also a connection that was not there in time: nothing was written to it.
            Err(error) if error.is_connect() => Answer::NotExecuted(text(error)),
            Err(error) if error.is_builder() => Answer::Misconfigured(text(error)),
            Err(error) => Answer::None(text(error)),
        }
    }

    async fn exchange(self, body: Bytes) -> reqwest::Result<(StatusCode, Vec<u8>)> {
        let request = self.client.post(self.url).timeout(self.timeout).body(body);
        let request = request.header("X-API-Key", self.key);
        let request = request.header(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let mut response = request.send().await?;
        let status = response.status();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > LONGEST_ANSWER {
                break;
            }
            body.extend_from_slice(&chunk);
        }
        Ok((status, body))
    }
}

/// The error with its sources; without the address, which may hold a password.
fn text(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let _ = write!(text, ": {error}");
        source = error.source();
    }
    text
}
