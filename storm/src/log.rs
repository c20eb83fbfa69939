//! What a process did, line by line as it did it: what it wrote down survives its end.

use std::{
    fmt::Display,
    fs::{self, File, OpenOptions},
    io::Write as _,
    path::Path,
    str::FromStr,
    time::{Duration, SystemTime},
};

use anyhow::Context as _;

/// Where one process writes down what it does.
pub(crate) struct Log(File);

impl Log {
    pub(crate) fn create(path: &Path) -> anyhow::Result<Self> {
        let file = OpenOptions::new().create_new(true).append(true).open(path);
        Ok(Self(file.with_context(|| format!("{}", path.display()))?))
    }

    /// Something happened to a client. None of the words holds a space.
    pub(crate) fn say(&self, event: &str, client: &str, id: impl Display, detail: &str) {
        let at = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let line = format!("{} {event} {client} {id} {detail}\n", at.as_micros());
        // At once and in one piece, so that a kill loses nothing that has happened.
        (&self.0).write_all(line.as_bytes()).expect("there is room on the disk");
    }
}

/// One of its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// After the Unix epoch.
    pub(crate) at: Duration,
    pub(crate) event: String,
    pub(crate) client: String,
    pub(crate) id: String,
    pub(crate) detail: String,
}

impl Line {
    pub(crate) fn is(&self, event: &str) -> bool {
        self.event == event
    }
}

impl FromStr for Line {
    type Err = anyhow::Error;

    fn from_str(line: &str) -> anyhow::Result<Self> {
        let words: Vec<&str> = line.split(' ').collect();
        let [at, event, client, id, detail] = words[..] else {
            anyhow::bail!("`{line}` is no line of a log");
        };
        let [event, client, id, detail] = [event, client, id, detail].map(str::to_owned);
        Ok(Self { at: Duration::from_micros(at.parse()?), event, client, id, detail })
    }
}

/// All that a process wrote down.
pub(crate) fn read(path: &Path) -> anyhow::Result<Vec<Line>> {
    let text = fs::read_to_string(path).with_context(|| format!("{}", path.display()))?;
    text.lines().map(str::parse).collect()
}
