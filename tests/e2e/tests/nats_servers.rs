//! The NATS servers that tests are given: that they form a cluster, and that what befalls them befalls them.

use std::net::SocketAddr;

use e2e::{nats::NatsServers, proxy::Line, within};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

/// A client that speaks just enough.
struct Client {
    lines: Lines<BufReader<OwnedReadHalf>>,
    output: OwnedWriteHalf,
}

impl Client {
    async fn to(addr: SocketAddr) -> Self {
        let (input, output) = TcpStream::connect(addr).await.expect("it listens").into_split();
        let mut client = Self { lines: BufReader::new(input).lines(), output };
        client.say("CONNECT {\"verbose\":false}\r\nSUB word 1").await;
        client.ping().await;
        client
    }

    async fn say(&mut self, line: &str) {
        self.output.write_all(format!("{line}\r\n").as_bytes()).await.expect("it reads");
    }

    /// Waits until the server has read what was said.
    async fn ping(&mut self) {
        self.say("PING").await;
        self.line("PONG").await;
    }

    async fn line(&mut self, text: &str) {
        let found = async {
            while let Ok(Some(line)) = self.lines.next_line().await {
                if line == text {
                    return true;
                }
            }
            false
        };
        assert!(within(text, found).await, "it said `{text}` before it was gone");
    }

    async fn is_cut(&mut self) {
        within("the end", async { while let Ok(Some(_)) = self.lines.next_line().await {} }).await;
    }
}

/// Says a word to one until another hears it: a subscription takes its time from server to server.
async fn passes(from: &mut Client, to: &mut Client, word: &str) {
    let said = format!("PUB word {}\r\n{word}", word.len());
    let again = async {
        loop {
            from.say(&said).await;
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::select! {
        () = again => {}
        () = to.line(word) => {}
    }
}

#[tokio::test]
async fn a_cluster_carries_words_again_after_a_route_was_still_and_reset() {
    let servers = NatsServers::start(3).await;
    let (mut one, mut other) =
        (Client::to(servers.addr(0)).await, Client::to(servers.addr(2)).await);
    passes(&mut one, &mut other, "before").await;
    servers.set_routes(2, Line::Still);
    one.say("PUB word 5\r\nnever").await;
    one.ping().await;
    // It is noticed and opened anew in vain, until the line is good.
    servers.reset_routes(2);
    servers.whole().await;
    passes(&mut one, &mut other, "after").await;
}

#[tokio::test]
async fn a_server_is_killed_stopped_and_started_on_its_port() {
    let mut servers = NatsServers::start(3).await;
    let mut client = Client::to(servers.addr(1)).await;
    servers.kill(1);
    client.is_cut().await;
    servers.restart(1).await;
    servers.whole().await;
    let (mut one, mut other) =
        (Client::to(servers.addr(1)).await, Client::to(servers.addr(0)).await);
    passes(&mut one, &mut other, "back").await;
    servers.stop(1);
    servers.go_on(1);
    one.ping().await;
    servers.terminate(1);
    one.is_cut().await;
}

#[tokio::test]
async fn a_single_server_is_whole_at_once() {
    let servers = NatsServers::start(1).await;
    Client::to(servers.addr(0)).await.ping().await;
}
