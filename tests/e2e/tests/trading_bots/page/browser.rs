//! Chromium without a window, and what a person does with a page in it.

use std::{fs, path::PathBuf, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use e2e::process::Running;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    process::Command,
    sync::{Mutex, MutexGuard},
    time::sleep,
};

use super::devtools::Devtools;

/// Its pages are ours alone, so it needs no sandbox, which it cannot have as root or in many containers. It is to ask
/// nobody for updates, and to draw what cannot be seen as if it could.
const FLAGS: [&str; 11] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--remote-debugging-port=0",
];

/// Browsers are large: one at a time.
static ONE: Mutex<()> = Mutex::const_new(());

/// A browser that ends with this.
pub(crate) struct Browser {
    devtools: Devtools,
    running: Running,
    /// Its profile, and all else that it writes.
    _folder: TempDir,
    _one: MutexGuard<'static, ()>,
}

impl Browser {
    pub(crate) async fn start() -> Self {
        let one = ONE.lock().await;
        let program = xtask::services::chromium().expect("Chromium");
        let folder = tempfile::tempdir().expect("a folder");
        let mut command = Command::new(program);
        command.args(FLAGS).arg(format!("--user-data-dir={}", folder.path().display()));
        // What it leaves when it is killed goes with the folder.
        command.env("TMPDIR", folder.path());
        let mut running = Running::start(command);
        let line = running.line("DevTools listening on ").await;
        let (_, address) = line.split_once(" on ").expect("its address");
        Self { devtools: Devtools::connect(address).await, running, _folder: folder, _one: one }
    }

    /// Opens an address in a page of its own.
    pub(crate) async fn open(&self, address: &str) -> Page {
        let target =
            self.devtools.call("Target.createTarget", json!({ "url": "about:blank" })).await;
        let params = json!({ "targetId": target["targetId"], "flatten": true });
        let session = self.devtools.call("Target.attachToTarget", params).await;
        let session = session["sessionId"].as_str().expect("a session").to_owned();
        let page = Page { devtools: self.devtools.page(session) };
        for domain in ["Page", "Runtime", "Log", "Network", "Performance"] {
            page.devtools.call(&format!("{domain}.enable"), json!({})).await;
        }
        page.size(1440, 900).await;
        page.go(address).await;
        page
    }

    pub(crate) async fn end(self) {
        self.devtools.call("Browser.close", json!({})).await;
        self.running.end().await;
    }
}

/// A page, and its user.
pub(crate) struct Page {
    pub(crate) devtools: Devtools,
}

impl Page {
    pub(crate) async fn go(&self, address: &str) {
        self.devtools.call("Page.navigate", json!({ "url": address })).await;
        self.until("the page is there", "document.readyState === 'complete'").await;
    }

    pub(crate) async fn size(&self, width: u32, height: u32) {
        let params = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.devtools.call("Emulation.setDeviceMetricsOverride", params).await;
    }

    pub(crate) async fn scheme(&self, scheme: &str) {
        let features = json!([
            { "name": "prefers-color-scheme", "value": scheme },
            // What moves would be caught half way.
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        self.devtools.call("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    }

    /// What a piece of JavaScript gives.
    pub(crate) async fn eval(&self, script: &str) -> Value {
        let params = json!({ "expression": script, "returnByValue": true, "awaitPromise": true });
        let mut answer = self.devtools.call("Runtime.evaluate", params).await;
        assert!(answer.get("exceptionDetails").is_none(), "{script}: {answer}");
        answer["result"]["value"].take()
    }

    /// Waits until a piece of JavaScript is true.
    pub(crate) async fn until(&self, what: &str, condition: &str) {
        // A page on its way to another has nothing to be asked.
        let condition =
            format!("(() => {{ try {{ return {condition}; }} catch {{ return false; }} }})()");
        e2e::within(what, async {
            while self.eval(&condition).await != json!(true) {
                sleep(Duration::from_millis(50)).await;
            }
        })
        .await;
    }

    /// Waits until the text that can be seen of an element contains this.
    pub(crate) async fn shows(&self, selector: &str, text: &str) {
        let contains = format!(
            "document.querySelector({}).innerText.includes({})",
            json!(selector),
            json!(text)
        );
        self.until(&format!("`{selector}` shows `{text}`"), &contains).await;
    }

    pub(crate) async fn text(&self, selector: &str) -> String {
        let script = format!("document.querySelector({}).textContent", json!(selector));
        self.eval(&script).await.as_str().expect("a text").to_owned()
    }

    /// Clicks into the middle of an element, as soon as it is there.
    pub(crate) async fn click(&self, selector: &str) {
        let place = format!(
            "(() => {{
                const element = document.querySelector({});
                element.scrollIntoView({{ block: 'nearest' }});
                const {{ x, y, width, height }} = element.getBoundingClientRect();
                return width > 0 ? [x + width / 2, y + height / 2] : null;
            }})()",
            json!(selector)
        );
        self.until(selector, &format!("{place} !== null")).await;
        let place = self.eval(&place).await;
        for kind in ["mousePressed", "mouseReleased"] {
            let params = json!({ "type": kind, "x": place[0], "y": place[1], "button": "left", "clickCount": 1 });
            self.devtools.call("Input.dispatchMouseEvent", params).await;
        }
    }

    /// Presses a key: a letter, or one that has a name.
    pub(crate) async fn press(&self, key: &str) {
        let (code, number, text) = match key {
            "Tab" => ("Tab", 9, ""),
            "Enter" => ("Enter", 13, "\r"),
            "Escape" => ("Escape", 27, ""),
            "ArrowUp" => ("ArrowUp", 38, ""),
            "ArrowDown" => ("ArrowDown", 40, ""),
            "Home" => ("Home", 36, ""),
            "End" => ("End", 35, ""),
            letter => ("", 0, letter),
        };
        for kind in ["keyDown", "keyUp"] {
            let text = if kind == "keyDown" { text } else { "" };
            let params = json!({
                "type": kind, "key": key, "code": code, "text": text, "windowsVirtualKeyCode": number,
            });
            self.devtools.call("Input.dispatchKeyEvent", params).await;
        }
    }

    /// Writes where the focus is, over what is there.
    pub(crate) async fn write(&self, text: &str) {
        self.eval("document.activeElement.select()").await;
        self.devtools.call("Input.insertText", json!({ "text": text })).await;
    }

    /// Makes a picture of what can be seen, in the folder `browser` of the build's.
    pub(crate) async fn picture(&self, name: &str) -> PathBuf {
        let (_, kind) = name.rsplit_once('.').expect("an ending");
        let mut params = json!({ "format": kind });
        if kind == "webp" {
            params["quality"] = json!(88);
        }
        let picture = self.devtools.call("Page.captureScreenshot", params).await;
        let picture = STANDARD.decode(picture["data"].as_str().expect("a picture"));
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("browser");
        fs::create_dir_all(&folder).expect("a folder");
        let path = folder.join(name);
        fs::write(&path, picture.expect("base64")).expect("written");
        path
    }

    /// What went wrong since it was last asked: exceptions, and what the console shows as an error. `known` are parts
    /// of those that were to be expected.
    pub(crate) fn is_well(&self, known: &[&str]) {
        let mut errors = Vec::new();
        for event in self.devtools.events("Runtime.exceptionThrown") {
            errors.push(event["exceptionDetails"].to_string());
        }
        for event in self.devtools.events("Runtime.consoleAPICalled") {
            if ["error", "warning", "assert"].iter().any(|kind| event["type"] == *kind) {
                errors.push(event["args"].to_string());
            }
        }
        for event in self.devtools.events("Log.entryAdded") {
            let entry = &event["entry"];
            if ["error", "warning"].iter().any(|level| entry["level"] == *level) {
                errors.push(format!("{} {}", entry["text"], entry["url"]));
            }
        }
        errors.retain(|error| !known.iter().any(|known| error.contains(known)));
        assert!(errors.is_empty(), "in the browser's console: {errors:#?}");
    }

    /// Where all that it asked for came from: scheme, host and port.
    pub(crate) fn origins(&self) -> Vec<String> {
        let requests = self.devtools.events("Network.requestWillBeSent");
        let requests = requests.iter().map(|event| &event["request"]["url"]);
        let sockets = self.devtools.events("Network.webSocketCreated");
        let all = requests.chain(sockets.iter().map(|event| &event["url"]));
        let origin = |url: &Value| {
            let url = url.as_str().expect("an address");
            url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/")
        };
        let mut origins: Vec<_> = all.map(origin).collect();
        origins.sort();
        origins.dedup();
        origins
    }
}
