//! Real NATS servers on free ports of this machine: one, or a cluster whose every route passes a line that can fail.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::{BufRead as _, BufReader},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{sleep, timeout},
};

use crate::{
    proxy::{Line, Proxy},
    within,
};

/// NATS servers that know each other. They end with this, and with the process that started them, however it ends.
#[derive(Debug)]
pub struct NatsServers {
    servers: Vec<Server>,
    /// The line of each pair, the greater number first: that one opens the routes.
    routes: BTreeMap<(usize, usize), Proxy>,
}

#[derive(Debug)]
struct Server {
    config: String,
    clients: SocketAddr,
    monitor: SocketAddr,
    process: Option<Process>,
}

impl NatsServers {
    /// Starts so many; returns once each knows all others.
    ///
    /// # Panics
    /// Where there is no `nats-server`, or one does not start.
    pub async fn start(count: usize) -> Self {
        let mut ports = free_ports(3 * count).into_iter();
        let mut addr = || loopback(ports.next().expect("as many as were asked for"));
        let clustered: Vec<SocketAddr> = (0..count).map(|_| addr()).collect();
        let mut routes = BTreeMap::new();
        for from in 0..count {
            for (to, server) in clustered[..from].iter().enumerate() {
                routes.insert((from, to), Proxy::to(*server).await);
            }
        }
        let servers = (0..count).map(|number| {
            let (clients, monitor) = (addr(), addr());
            let to: Vec<_> = (0..number).map(|to| routes[&(number, to)].addr).collect();
            let config = config(number, clients, monitor, clustered[number], &to);
            Server { config, clients, monitor, process: None }
        });
        let mut servers = Self { servers: servers.collect(), routes };
        for number in 0..count {
            servers.restart(number).await;
        }
        servers.whole().await;
        servers
    }

    /// Where a server's clients find it.
    #[must_use]
    pub fn addr(&self, server: usize) -> SocketAddr {
        self.servers[server].clients
    }

    /// The same as a URL.
    #[must_use]
    pub fn url(&self, server: usize) -> String {
        format!("nats://{}", self.addr(server))
    }

    /// Kills a server.
    pub fn kill(&mut self, server: usize) {
        self.servers[server].process = None;
    }

    /// A server stands still, and its connections stay open.
    ///
    /// # Panics
    /// Where it does not run.
    pub fn stop(&self, server: usize) {
        self.signal(server, "STOP");
    }

    /// It goes on.
    ///
    /// # Panics
    /// Where it does not run.
    pub fn go_on(&self, server: usize) {
        self.signal(server, "CONT");
    }

    /// A server ends in order: its clients are told.
    ///
    /// # Panics
    /// Where it does not run.
    pub fn terminate(&self, server: usize) {
        self.signal(server, "TERM");
    }

    fn signal(&self, server: usize, name: &str) {
        self.servers[server].process.as_ref().expect("it runs").signal(name);
    }

    /// Starts a server on the same ports as before; returns once it takes clients.
    ///
    /// # Panics
    /// Where it does not start.
    pub async fn restart(&mut self, server: usize) {
        let Server { config, clients, process, .. } = &mut self.servers[server];
        *process = None;
        *process = Some(Process::start(config));
        within("the start of a NATS server", async {
            // It says who it is without being asked.
            while greeted(*clients).await.is_err() {
                sleep(Duration::from_millis(10)).await;
            }
        })
        .await;
    }

    /// Waits until each server that runs has its routes to all others that do.
    ///
    /// # Panics
    /// Where that takes too long.
    pub async fn whole(&self) {
        let runs = |(number, server): (usize, &Server)| {
            server.process.as_ref().map(|_| (number, server.monitor))
        };
        let running: Vec<_> = self.servers.iter().enumerate().filter_map(runs).collect();
        for (number, monitor) in &running {
            within("the routes of a NATS server", async {
                loop {
                    let routes = get(*monitor, "/routez").await.unwrap_or_default();
                    let mut others = running.iter().filter(|(other, _)| other != number);
                    if others.all(|(other, _)| routes.contains(&format!("\"{}\"", name(*other)))) {
                        return;
                    }
                    sleep(Duration::from_millis(10)).await;
                }
            })
            .await;
        }
    }

    /// The lines to this server from all others are like this.
    pub fn set_routes(&self, server: usize, line: Line) {
        for (_, proxy) in self.routes_of(server) {
            proxy.set(line);
        }
    }

    /// The routes of this server get a reset; the lines are open for the next.
    pub fn reset_routes(&self, server: usize) {
        for (_, proxy) in self.routes_of(server) {
            proxy.reset();
        }
    }

    fn routes_of(&self, server: usize) -> impl Iterator<Item = (&(usize, usize), &Proxy)> {
        self.routes.iter().filter(move |((one, other), _)| [one, other].contains(&&server))
    }
}

fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

/// Ports outside of those that the system gives to connections, so that nobody has one while its server is away. None is given
/// twice, and processes that run side by side begin at different ones.
///
/// # Panics
/// Where too few are free.
#[must_use]
pub fn free_ports(count: usize) -> Vec<u16> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let first = std::process::id() % 100 * 100;
    let next = || 10_000 + (first + NEXT.fetch_add(1, Ordering::Relaxed)) % 10_000;
    let ports = std::iter::repeat_with(next).take(1000 + count);
    let ports = ports.filter_map(|port| u16::try_from(port).ok());
    let free = ports.filter(|port| TcpListener::bind(loopback(*port)).is_ok()).take(count);
    let free: Vec<u16> = free.collect();
    assert!(free.len() == count, "only {} ports are free", free.len());
    free
}

fn name(number: usize) -> String {
    format!("nats-{number}")
}

/// Lines that are still are noticed within three seconds, not after two minutes.
fn config(
    number: usize,
    clients: SocketAddr,
    monitor: SocketAddr,
    clustered: SocketAddr,
    routes: &[SocketAddr],
) -> String {
    let mut text = String::new();
    let name = name(number);
    let _ = write!(
        text,
        "server_name: {name}\nlisten: \"{clients}\"\nhttp: \"{monitor}\"\nmax_connections: 100000\n\
         ping_interval: \"1s\"\nping_max: 2\nwrite_deadline: \"2s\"\n\
         cluster {{\n  name: here\n  listen: \"{clustered}\"\n  no_advertise: true\n"
    );
    // Others must not find it past the lines.
    let _ = writeln!(text, "  advertise: \"127.0.0.1:1\"\n  routes: [");
    for route in routes {
        let _ = writeln!(text, "    \"nats://{route}\"");
    }
    text.push_str("  ]\n}\n");
    text
}

/// A server, and a shell that kills it when its own input ends, as it does with this process.
#[derive(Debug)]
struct Process {
    shell: Child,
    id: String,
}

const SHELL: &str = r#"
printf %s "$1" | "$0" -c /dev/stdin >/dev/null 2>&1 &
echo $!
read -r never
kill -9 $!
wait
"#;

impl Process {
    fn start(config: &str) -> Self {
        let program = xtask::services::nats_server().expect("nats-server");
        let mut shell = Command::new("sh")
            .args(["-c", SHELL])
            .arg(program)
            .arg(config)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell");
        let mut id = String::new();
        let output = shell.stdout.take().expect("piped");
        BufReader::new(output).read_line(&mut id).expect("the id of the server");
        Self { shell, id: id.trim().to_owned() }
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.id]).status();
        assert!(sent.expect("kill can be started").success(), "{name} reaches a NATS server");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

/// The first bytes that a server sends.
async fn greeted(addr: SocketAddr) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(addr).await?;
    let mut hello = [0; 5];
    stream.read_exact(&mut hello).await?;
    Ok(())
}

/// What a server's monitor says.
async fn get(addr: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(addr).await?;
    stream.write_all(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes()).await?;
    let mut answer = String::new();
    // One that stands still answers nothing.
    timeout(Duration::from_secs(1), stream.read_to_string(&mut answer)).await??;
    Ok(answer)
}
