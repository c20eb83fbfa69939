//! A server that answers what it is told to: just enough HTTP/1.1 for one client.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::Value;
use streaming_runtime::publish::centrifugo::{CentrifugoBuilder, CentrifugoPublisher};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::sleep,
};

/// How requests are answered.
#[derive(Clone, Debug)]
pub(crate) enum Behaviour {
    /// Every publication is confirmed, after this time.
    Confirm(Duration),
    /// Every publication gets this error, with status 200.
    Refuse(u32),
    /// This status, with an empty body.
    Status(u16),
    /// Status 200, with this body.
    Body(&'static str),
    /// The connection is closed without an answer.
    Close,
}

/// It ends with this.
#[derive(Debug)]
pub(crate) struct Stub {
    port: u16,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    behaviour: Mutex<Behaviour>,
    requests: Mutex<Vec<Value>>,
}

impl Stub {
    pub(crate) async fn start(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("a bound socket").port();
        let shared =
            Arc::new(Shared { behaviour: Mutex::new(behaviour), requests: Mutex::default() });
        let serving = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let shared = Arc::clone(&serving);
                // The client closes when it likes.
                tokio::spawn(async move { shared.serve(BufReader::new(socket)).await });
            }
        });
        Self { port, shared, task }
    }

    pub(crate) fn behave(&self, behaviour: Behaviour) {
        *self.shared.behaviour.lock().expect("no panic") = behaviour;
    }

    /// The bodies of the requests so far.
    pub(crate) fn requests(&self) -> Vec<Value> {
        self.shared.requests.lock().expect("no panic").clone()
    }

    /// A publisher for it.
    pub(crate) fn publisher(&self) -> CentrifugoBuilder {
        CentrifugoPublisher::builder(format!("http://127.0.0.1:{}", self.port), "the-key")
    }
}

impl Shared {
    async fn serve(&self, mut socket: BufReader<TcpStream>) -> Option<()> {
        loop {
            let body = request(&mut socket).await?;
            let commands = body["commands"].as_array().map_or(0, Vec::len);
            self.requests.lock().expect("no panic").push(body);
            let behaviour = self.behaviour.lock().expect("no panic").clone();
            let replies = |reply: &str| {
                (200, format!(r#"{{"replies":[{}]}}"#, vec![reply; commands].join(",")))
            };
            let (status, body) = match behaviour {
                Behaviour::Confirm(after) => {
                    sleep(after).await;
                    replies(r#"{"publish":{}}"#)
                }
                Behaviour::Refuse(code) => {
                    replies(&format!(r#"{{"error":{{"code":{code},"message":"refused"}}}}"#))
                }
                Behaviour::Status(status) => (status, String::new()),
                Behaviour::Body(body) => (200, body.to_owned()),
                Behaviour::Close => return None,
            };
            let length = body.len();
            let answer = format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\n\r\n{body}");
            socket.write_all(answer.as_bytes()).await.ok()?;
        }
    }
}

/// The body of the next request, which must be one of the publisher's.
async fn request(socket: &mut BufReader<TcpStream>) -> Option<Value> {
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        if socket.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        head.push(line);
    }
    assert_eq!(head[0], "post /api/batch http/1.1");
    assert!(head.contains(&"x-api-key: the-key".to_owned()), "{head:?}");
    assert!(head.contains(&"content-type: application/json".to_owned()), "{head:?}");
    let length = head.iter().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.expect("a length").parse().expect("a number")];
    socket.read_exact(&mut body).await.ok()?;
    Some(serde_json::from_slice(&body).expect("JSON"))
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.task.abort();
    }
}
