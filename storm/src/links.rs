//! The links: each says numbered notes, asks, and does what it is told.

use std::{io::BufRead as _, path::PathBuf, sync::Arc, time::Duration};

use anyhow::bail;
use serde::{Deserialize, Serialize};
use streaming_runtime::{Link, Lost, bidi_streaming, tonic::metadata::MetadataMap};
use tokio::{runtime::Runtime, time::sleep};

use crate::{
    log::Log,
    outcome,
    pb::{
        self,
        fleet::{Attach, AttachMessages as _},
    },
    run::LinkTimes,
    traffic::{GoesOn, Traffic, client},
};

/// A command takes up to so many milliseconds.
const WORK: u64 = 20;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Settings {
    pub(crate) log: PathBuf,
    /// Where the hubs are, or the line to one.
    pub(crate) ports: Vec<u16>,
    pub(crate) clients: usize,
    pub(crate) pause: Duration,
    pub(crate) times: LinkTimes,
}

/// `quiet` ends what the links say by themselves; said back once each has got an answer to a last question, so that all
/// that it had queued has been written.
pub(crate) fn run(settings: &Settings) -> anyhow::Result<()> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let log = Arc::new(Log::create(&settings.log)?);
    let mut traffic = Traffic::new(settings.pause);
    for number in 0..settings.clients {
        start(&runtime, settings, number, &log, &mut traffic)?;
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

fn start(
    runtime: &Runtime,
    settings: &Settings,
    number: usize,
    log: &Arc<Log>,
    traffic: &mut Traffic,
) -> anyhow::Result<()> {
    let id = client(number);
    let attempts = Bot { log: log.clone(), id: id.clone() };
    // They begin at different ones.
    let mut hubs = settings.ports.iter().cycle().skip(number % settings.ports.len());
    let mut hub =
        || hubs.next().map_or_else(String::new, |port| format!("http://127.0.0.1:{port}"));
    let mut builder = Link::<Attach>::builder(hub());
    for _ in 1..settings.ports.len() {
        builder = builder.or(hub());
    }
    let link = builder
        .client_id(&id)
        .metadata_with(move || {
            attempts.log.say("opens", &attempts.id, "-", "-");
            async { Ok(MetadataMap::new()) }
        })
        .config(|config| {
            config.first_delay = settings.times.first;
            config.max_delay = settings.times.max;
            config.open_timeout = settings.times.open_timeout;
            config.silence = Some(settings.times.silence);
            config.reply_timeout = settings.times.reply;
        })
        .build()?;
    let (bot, running) = (Bot { log: log.clone(), id }, link.clone());
    let log = log.clone();
    runtime.spawn(async move {
        let (log, id) = (bot.log.clone(), bot.id.clone());
        let ended = running.run(bot).await;
        let lost = ended.err().map_or(String::new(), |lost| format!("{:?}", lost.status.code()));
        log.say("ended", &id, "-", &lost);
    });
    let goes_on = traffic.goes_on.clone();
    traffic.begin(runtime, noting(link.clone(), log.clone(), goes_on.clone()));
    traffic.begin(runtime, asking(link, log, goes_on));
    Ok(())
}

/// Says one note after the other.
async fn noting(link: Link<Attach>, log: Arc<Log>, goes_on: GoesOn) {
    for number in 0_u64.. {
        log.say("says", link.id(), number, "-");
        let said = link.note(pb::Note { number }).await;
        log.say("said", link.id(), number, if said.is_ok() { "accepted" } else { "refused" });
        if !goes_on.rest().await {
            return;
        }
    }
}

/// Asks one question after the other, the last until it is answered.
async fn asking(link: Link<Attach>, log: Arc<Log>, goes_on: GoesOn) {
    for number in 0_u64.. {
        let request_id = format!("{}-{number}", link.id());
        log.say("asked", link.id(), &request_id, "-");
        let answer = link.ask(pb::Ask { request_id: request_id.clone() }).reply().await;
        let mixed_up = answer.as_ref().is_ok_and(|answer| answer.request_id != request_id);
        let outcome = if mixed_up { "mixed-up" } else { outcome::of(&answer) };
        log.say("told", link.id(), &request_id, outcome);
        if !goes_on.rest().await && answer.is_ok() {
            return;
        }
    }
}

struct Bot {
    log: Arc<Log>,
    id: String,
}

#[bidi_streaming(pb::fleet::Attach, client)]
impl Bot {
    #[on(work)]
    async fn work(&self, work: pb::Work) {
        self.log.say("executed", &self.id, &work.name, "-");
        sleep(Duration::from_millis(fastrand::u64(..WORK))).await;
    }

    #[on(word)]
    async fn word(&self, word: pb::Word) {
        self.log.say("heard", &self.id, word.number, "-");
    }

    #[on_connect]
    async fn connected(&self, _: &Link<Attach>) {
        self.log.say("connected", &self.id, "-", "-");
    }

    #[on_resume]
    async fn resumed(&self, _: &Link<Attach>) {
        self.log.say("resumed", &self.id, "-", "-");
    }

    #[on_disconnect]
    async fn lost(&self, _: &Link<Attach>, lost: &Lost) {
        let code = format!("{:?}", lost.status.code());
        self.log.say("lost", &self.id, "-", &code);
    }
}
