//! Those who ask through the hub's HTTP API: each request again and again under the same id, until it is answered.

use std::{io::BufRead as _, path::PathBuf, sync::Arc, time::Duration};

use anyhow::bail;
use reqwest::{Client, StatusCode};
use serde::{Deserialize, Serialize};

use crate::{
    log::Log,
    outcome::ANSWERED,
    traffic::{GoesOn, Traffic, client},
};

/// So many ask at once.
const ASKING: usize = 16;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Settings {
    pub(crate) log: PathBuf,
    /// Where the API of each hub is.
    pub(crate) ports: Vec<u16>,
    pub(crate) clients: usize,
    pub(crate) pause: Duration,
    /// After what the hub says when it has waited its longest.
    pub(crate) timeout: Duration,
}

/// `quiet` begins no more requests; said back once the last is answered.
pub(crate) fn run(settings: &Settings) -> anyhow::Result<()> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let api = Arc::new(Api {
        log: Log::create(&settings.log)?,
        client: Client::builder().no_proxy().timeout(settings.timeout).build()?,
        ports: settings.ports.clone(),
    });
    let mut traffic = Traffic::new(settings.pause);
    for asker in 0..ASKING {
        let asking = asking(api.clone(), asker, settings.clients, traffic.goes_on.clone());
        traffic.begin(&runtime, asking);
    }
    for line in std::io::stdin().lock().lines() {
        match line?.as_str() {
            "quiet" => {
                runtime.block_on(traffic.end())?;
                println!("quiet");
            }
            other => bail!("there is no command `{other}`; quiet"),
        }
    }
    Ok(())
}

struct Api {
    log: Log,
    client: Client,
    ports: Vec<u16>,
}

/// Asks one client after the other.
async fn asking(api: Arc<Api>, asker: usize, clients: usize, goes_on: GoesOn) {
    for request in 0_usize.. {
        let client = client(fastrand::usize(..clients));
        let id = format!("api-{asker}-{request}");
        for attempt in 0_usize.. {
            let name = format!("{id}/{attempt}");
            api.log.say("asked", &client, &name, "-");
            let outcome = api.ask(&client, &id).await;
            api.log.say("told", &client, &name, &outcome);
            // Whoever has not got an answer does not give up, also where no more are begun.
            let goes_on = goes_on.rest().await;
            if outcome == ANSWERED && !goes_on {
                return;
            }
            if outcome == ANSWERED {
                break;
            }
        }
    }
}

impl Api {
    async fn ask(&self, client: &str, id: &str) -> String {
        // One that had no answer is asked again wherever it falls.
        let port = self.ports[fastrand::usize(..self.ports.len())];
        let url = format!("http://127.0.0.1:{port}/work/{client}/{id}");
        let answer = async {
            let response = self.client.post(url).send().await?;
            let status = response.status();
            response.text().await.map(|text| (status, text))
        };
        match answer.await {
            Ok((StatusCode::OK, outcome)) => outcome,
            Ok((status, _)) => format!("status-{}", status.as_u16()),
            Err(error) if error.is_connect() => "unreachable".to_owned(),
            // Its connection was lost before the answer: nobody knows.
            Err(_) => "broken".to_owned(),
        }
    }
}
