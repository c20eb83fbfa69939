//! `cargo xtask demo`: bots, their hub, Centrifugo and a page, from nothing; with Ctrl-C nothing of it is left.

use std::{
    convert::Infallible,
    future::poll_fn,
    hash::{BuildHasher as _, Hasher as _, RandomState},
    net::{SocketAddr, TcpListener},
    path::Path,
    process::Stdio,
    task::Poll,
    time::Duration,
};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use tokio::{
    net::TcpStream,
    process::{Child, Command},
    signal::unix::{SignalKind, signal},
    time::{sleep, timeout},
};

use crate::run::{cargo, run};

/// How long Centrifugo stays away where somebody has ended it, so that one sees what the page says.
const AWAY: Duration = Duration::from_secs(10);
const LONGEST_START: Duration = Duration::from_secs(30);
const LONGEST_END: Duration = Duration::from_secs(10);

/// Builds what is missing, and runs it until Ctrl-C. `options` are those of the example.
pub(crate) fn show(options: &[&str]) -> Result<()> {
    println!("Centrifugo: built once, with Go, which takes a minute or two");
    let program = xtask::services::centrifugo()?;
    println!("the bots, their hub and the page: built with cargo");
    run(&mut cargo(["build", "--package", "trading-bots"]))?;
    let bots = std::env::current_exe()?.with_file_name("trading-bots");

    let page = match options.iter().rposition(|option| *option == "--http") {
        Some(at) => options.get(at + 1).context("`--http` needs a value")?.parse()?,
        None => free(8080)?,
    };
    let centrifugo = Centrifugo { port: free(8000)?.port(), page, key: secret(), secret: secret() };
    let mut bots = Command::new(bots);
    bots.args(["--http", &page.to_string(), "--grpc", &free(50051)?.to_string()])
        .args(["--centrifugo", &format!("http://127.0.0.1:{}", centrifugo.port)])
        .args(options)
        .env("TRADING_BOTS_API_KEY", &centrifugo.key)
        .env("TRADING_BOTS_HMAC_SECRET", &centrifugo.secret);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(together(&program, &centrifugo, bots))
}

/// A loopback address with this port, or with another where that is taken.
fn free(port: u16) -> Result<SocketAddr> {
    let socket =
        TcpListener::bind(("127.0.0.1", port)).or_else(|_| TcpListener::bind("127.0.0.1:0"));
    Ok(socket.context("there is no free port")?.local_addr()?)
}

/// Nobody has to know it: the programs get it as a variable.
fn secret() -> String {
    let half = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", half(), half())
}

/// What Centrifugo is told.
struct Centrifugo {
    port: u16,
    /// Where its pages are.
    page: SocketAddr,
    key: String,
    secret: String,
}

impl Centrifugo {
    async fn start(&self, program: &Path) -> Result<Child> {
        let port = self.page.port();
        let mut command = Command::new(program);
        // Variables alone, so that no file is left behind. No insecure mode: pages and bots have tokens and keys.
        command
            .env_clear()
            .env("CENTRIFUGO_ADDRESS", "127.0.0.1")
            .env("CENTRIFUGO_PORT", self.port.to_string())
            .env("CENTRIFUGO_LOG_LEVEL", "error")
            .env("CENTRIFUGO_API_KEY", &self.key)
            .env("CENTRIFUGO_TOKEN_HMAC_SECRET_KEY", &self.secret)
            .env(
                "CENTRIFUGO_ALLOWED_ORIGINS",
                format!("http://{} http://localhost:{port} http://127.0.0.1:{port}", self.page),
            )
            .stdout(Stdio::null());
        let mut child = start(command).context("Centrifugo cannot be started")?;
        let listens = async {
            while TcpStream::connect(("127.0.0.1", self.port)).await.is_err() {
                if let Some(status) = child.try_wait()? {
                    bail!("Centrifugo ended at its start ({status})");
                }
                sleep(Duration::from_millis(20)).await;
            }
            Ok(())
        };
        timeout(LONGEST_START, listens).await.context("Centrifugo does not listen")??;
        println!(
            "centrifugo runs as process {}; end it, and see what the page says",
            child.id().unwrap_or(0)
        );
        Ok(child)
    }

    /// Starts it again whenever somebody has ended it.
    async fn keep(&self, program: &Path, child: &mut Child) -> Result<Infallible> {
        loop {
            child.wait().await?;
            println!("centrifugo has ended; it is started again in {AWAY:?}");
            sleep(AWAY).await;
            *child = self.start(program).await?;
        }
    }
}

/// In a process group of its own: Ctrl-C is for us, who end one after the other.
fn start(mut command: Command) -> Result<Child> {
    Ok(command.stdin(Stdio::null()).process_group(0).kill_on_drop(true).spawn()?)
}

/// Runs both until a signal comes, or the bots' program ends by itself.
async fn together(program: &Path, centrifugo: &Centrifugo, bots: Command) -> Result<()> {
    let mut signals = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()]
        .into_iter()
        .map(signal)
        .collect::<std::io::Result<Vec<_>>>()?;
    let stopped = poll_fn(|context| {
        let came = signals.iter_mut().any(|signal| signal.poll_recv(context).is_ready());
        if came { Poll::Ready(()) } else { Poll::Pending }
    });
    let mut server = centrifugo.start(program).await?;
    let mut bots = start(bots).context("trading-bots cannot be started")?;
    println!("Ctrl-C ends all of it");
    let ended = tokio::select! {
        status = bots.wait() => Err(anyhow!("trading-bots has ended ({})", status?)),
        kept = centrifugo.keep(program, &mut server) => match kept? {},
        () = stopped => end(&mut bots).await,
    };
    // It may have ended before.
    let _ = server.kill().await;
    println!("all has ended");
    ended
}

/// Lets the bots leave in good order.
async fn end(bots: &mut Child) -> Result<()> {
    let id = bots.id().context("trading-bots has ended")?.to_string();
    let told = Command::new("kill").args(["-INT", &id]).status().await?;
    ensure!(told.success(), "trading-bots cannot be told to end");
    let status = timeout(LONGEST_END, bots.wait()).await;
    let status =
        status.with_context(|| format!("trading-bots did not end within {LONGEST_END:?}"))??;
    ensure!(status.success(), "trading-bots failed at its end ({status})");
    Ok(())
}
