//! What is said to a browser: requests and events of its own protocol, over a WebSocket.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use tokio_tungstenite::{connect_async, tungstenite::Message};

/// A browser, or one page of it.
#[derive(Clone)]
pub(crate) struct Devtools {
    shared: Arc<Shared>,
    /// Of the page; none for the browser itself.
    session: Option<String>,
}

struct Shared {
    requests: mpsc::UnboundedSender<Message>,
    next: AtomicU64,
    answers: Mutex<HashMap<u64, oneshot::Sender<Value>>>,
    events: Mutex<Vec<Value>>,
}

impl Devtools {
    /// Connects to the address that the browser has printed.
    pub(crate) async fn connect(address: &str) -> Self {
        let (socket, _) = connect_async(address).await.expect("the browser takes connections");
        let (mut write, mut read) = socket.split();
        let (requests, mut waiting) = mpsc::unbounded_channel();
        let (next, answers, events) = (AtomicU64::new(1), Mutex::default(), Mutex::default());
        let shared = Arc::new(Shared { requests, next, answers, events });
        tokio::spawn(async move {
            while let Some(request) = waiting.recv().await {
                if write.send(request).await.is_err() {
                    return;
                }
            }
        });
        let heard = shared.clone();
        tokio::spawn(async move {
            while let Some(Ok(message)) = read.next().await {
                if let Message::Text(text) = message {
                    heard.hear(serde_json::from_str(&text).expect("the browser speaks JSON"));
                }
            }
            // Nobody is answered any more.
            heard.answers().clear();
        });
        Self { shared, session: None }
    }

    /// The same browser, with a page to talk about.
    pub(crate) fn page(&self, session: String) -> Self {
        Self { shared: self.shared.clone(), session: Some(session) }
    }

    /// Asks the browser to do something, and waits until it has.
    pub(crate) async fn call(&self, method: &str, params: Value) -> Value {
        let id = self.shared.next.fetch_add(1, Ordering::Relaxed);
        let mut request = json!({ "id": id, "method": method, "params": params });
        if let Some(session) = &self.session {
            request["sessionId"] = json!(session);
        }
        let (answer, answered) = oneshot::channel();
        self.shared.answers().insert(id, answer);
        // Where it is gone the answer is missing, which says so.
        let _ = self.shared.requests.send(Message::text(request.to_string()));
        let answer = e2e::within(method, answered).await;
        let mut answer = answer.unwrap_or_else(|_| panic!("the browser ended before `{method}`"));
        assert!(answer.get("error").is_none(), "{method} {params}: {answer}");
        answer["result"].take()
    }

    /// The events so far with this name; each is given once.
    pub(crate) fn events(&self, name: &str) -> Vec<Value> {
        let mut events = self.shared.events();
        let mut taken = events.extract_if(.., |event| {
            event["method"] == name && event["sessionId"].as_str() == self.session.as_deref()
        });
        taken.by_ref().map(|mut event| event["params"].take()).collect()
    }
}

impl Shared {
    fn hear(&self, message: Value) {
        let Some(id) = message["id"].as_u64() else {
            return self.events().push(message);
        };
        if let Some(waiting) = self.answers().remove(&id) {
            // Who waited may have given up.
            let _ = waiting.send(message);
        }
    }

    fn answers(&self) -> MutexGuard<'_, HashMap<u64, oneshot::Sender<Value>>> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn events(&self) -> MutexGuard<'_, Vec<Value>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
