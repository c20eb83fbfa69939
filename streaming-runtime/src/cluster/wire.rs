//! What nodes say to each other.

use bytes::Bytes;

/// What is asked of whichever node has a client.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Call {
    #[prost(bytes = "bytes", tag = "1")]
    pub(super) id: Bytes,
    /// The caller's node.
    #[prost(string, tag = "2")]
    pub(super) from: String,
    /// Until when it is of use, by the caller's clock, in milliseconds since the Unix epoch.
    #[prost(uint64, tag = "3")]
    pub(super) deadline_ms: u64,
    /// How long that was when it was sent.
    #[prost(uint64, tag = "4")]
    pub(super) within_ms: u64,
    #[prost(oneof = "Ask", tags = "5, 6, 7, 8, 9")]
    pub(super) ask: Option<Ask>,
    /// In a letter: whom it is about.
    #[prost(string, tag = "10")]
    pub(super) client: String,
}

#[derive(Clone, PartialEq, prost::Oneof)]
pub(super) enum Ask {
    #[prost(message, tag = "5")]
    Command(Command),
    /// Where the client is.
    #[prost(message, tag = "6")]
    Find(()),
    /// Its session is to end, for this reason.
    #[prost(string, tag = "7")]
    End(String),
    /// What has become of the call of this id.
    #[prost(message, tag = "8")]
    Probe(()),
    /// Nobody waits any more for the call of this id.
    #[prost(message, tag = "9")]
    Cancel(()),
}

/// A command for a client.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Command {
    #[prost(bytes = "bytes", tag = "1")]
    pub(super) bytes: Bytes,
    /// What its send says of a full outbox, see `outcome`.
    #[prost(uint32, tag = "2")]
    pub(super) overflow: u32,
    /// Which answer is awaited, if one is, see `outcome`.
    #[prost(uint32, optional, tag = "3")]
    pub(super) awaits: Option<u32>,
    /// Whether it is sent again on the session's next stream.
    #[prost(bool, tag = "4")]
    pub(super) again: bool,
}

/// What the node that has a client says at once.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Answer {
    #[prost(string, tag = "1")]
    pub(super) node: String,
    /// The epoch of the client's session.
    #[prost(uint64, tag = "2")]
    pub(super) epoch: u64,
    /// Whether the client has a stream.
    #[prost(bool, tag = "3")]
    pub(super) connected: bool,
    /// How long ago, in milliseconds, it was taken over from another node, lately.
    #[prost(uint64, repeated, tag = "7")]
    pub(super) taken_ms: Vec<u64>,
    #[prost(oneof = "State", tags = "4, 5, 6")]
    pub(super) state: Option<State>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
pub(super) enum State {
    /// The outcome follows.
    #[prost(message, tag = "4")]
    Held(()),
    #[prost(message, tag = "5")]
    Done(Outcome),
    /// No such call has come.
    #[prost(message, tag = "6")]
    Unknown(()),
}

/// How a call ended. What the code is, and which of the rest it uses: see `outcome`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Outcome {
    #[prost(uint32, tag = "1")]
    pub(super) code: u32,
    #[prost(bytes = "bytes", tag = "2")]
    pub(super) bytes: Bytes,
    #[prost(string, tag = "3")]
    pub(super) text: String,
    #[prost(string, tag = "4")]
    pub(super) error: String,
    #[prost(uint64, tag = "5")]
    pub(super) size: u64,
    #[prost(uint64, tag = "6")]
    pub(super) limit: u64,
}

/// What one node is told. Letters one after the other are one letter of all their words.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Letter {
    #[prost(message, repeated, tag = "1")]
    pub(super) words: Vec<Said>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Said {
    #[prost(oneof = "Word", tags = "1, 2, 3, 4, 5, 6, 7")]
    pub(super) word: Option<Word>,
}

impl From<Word> for Letter {
    fn from(word: Word) -> Self {
        Self { words: vec![Said { word: Some(word) }] }
    }
}

/// What a node answers to the calls and probes of a letter, in their order.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Answers {
    #[prost(message, repeated, tag = "1")]
    pub(super) answers: Vec<Answer>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
pub(super) enum Word {
    /// How a call of this node ended.
    #[prost(message, tag = "1")]
    Ended(Ended),
    /// Nobody waits any more for the call of this id.
    #[prost(bytes = "bytes", tag = "2")]
    Cancel(Bytes),
    /// What has become of the call of this id.
    #[prost(bytes = "bytes", tag = "3")]
    Probe(Bytes),
    /// Another node has a client that this one has claimed.
    #[prost(message, tag = "4")]
    Claim(Claim),
    /// What has come of a command for many.
    #[prost(message, tag = "5")]
    OfCast(OfCast),
    /// What is asked about a client of this node.
    #[prost(message, tag = "6")]
    Call(Call),
    /// What another node has, for this one, which came after it.
    #[prost(message, tag = "7")]
    Clients(Clients),
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct OfCast {
    #[prost(bytes = "bytes", tag = "1")]
    pub(super) id: Bytes,
    #[prost(string, tag = "2")]
    pub(super) node: String,
    #[prost(oneof = "Came", tags = "3, 4, 5")]
    pub(super) came: Option<Came>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
pub(super) enum Came {
    #[prost(message, tag = "3")]
    Report(Report),
    #[prost(message, tag = "4")]
    Reply(Reply),
    /// Nothing more comes.
    #[prost(message, tag = "5")]
    All(()),
}

/// Which clients of a node have taken it.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Report {
    #[prost(uint64, tag = "1")]
    pub(super) accepted: u64,
    #[prost(message, repeated, tag = "2")]
    pub(super) refused: Vec<Reply>,
    #[prost(uint64, tag = "3")]
    pub(super) refused_more: u64,
}

/// How it ended at one client.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Reply {
    #[prost(string, tag = "1")]
    pub(super) client: String,
    #[prost(message, required, tag = "2")]
    pub(super) outcome: Outcome,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Ended {
    #[prost(bytes = "bytes", tag = "1")]
    pub(super) id: Bytes,
    #[prost(message, required, tag = "2")]
    pub(super) outcome: Outcome,
}

/// What all nodes are told.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct News {
    #[prost(oneof = "Newly", tags = "1, 2, 3, 4")]
    pub(super) newly: Option<Newly>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
pub(super) enum Newly {
    #[prost(message, tag = "1")]
    Beat(Beat),
    #[prost(message, tag = "2")]
    Claim(Claim),
    #[prost(message, tag = "3")]
    Cast(Cast),
    #[prost(message, tag = "4")]
    Clients(Clients),
}

/// A node has these clients: claims that are made again, many at once. One message for each would be as many times the nodes as
/// there are clients, whenever one comes.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Clients {
    #[prost(string, tag = "1")]
    pub(super) node: String,
    #[prost(message, repeated, tag = "2")]
    pub(super) claimed: Vec<Claimed>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Claimed {
    #[prost(string, tag = "1")]
    pub(super) client: String,
    #[prost(uint64, tag = "2")]
    pub(super) epoch: u64,
}

/// A command for many.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Cast {
    #[prost(bytes = "bytes", tag = "1")]
    pub(super) id: Bytes,
    #[prost(string, tag = "2")]
    pub(super) from: String,
    #[prost(uint64, tag = "3")]
    pub(super) deadline_ms: u64,
    #[prost(uint64, tag = "4")]
    pub(super) within_ms: u64,
    #[prost(message, required, tag = "5")]
    pub(super) command: Command,
    #[prost(string, repeated, tag = "6")]
    pub(super) except: Vec<String>,
    /// Where `named` is set, only these.
    #[prost(string, repeated, tag = "7")]
    pub(super) only: Vec<String>,
    #[prost(bool, tag = "8")]
    pub(super) named: bool,
    #[prost(string, optional, tag = "9")]
    pub(super) group: Option<String>,
}

/// A node is there.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Beat {
    #[prost(string, tag = "1")]
    pub(super) node: String,
    /// Its clock, in milliseconds since the Unix epoch.
    #[prost(uint64, tag = "2")]
    pub(super) now_ms: u64,
    #[prost(uint64, tag = "3")]
    pub(super) clients: u64,
    /// It leaves: its last.
    #[prost(bool, tag = "4")]
    pub(super) goodbye: bool,
}

/// A node has a client.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Claim {
    #[prost(string, tag = "1")]
    pub(super) node: String,
    #[prost(string, tag = "2")]
    pub(super) client: String,
    #[prost(uint64, tag = "3")]
    pub(super) epoch: u64,
    /// Whether it is not the one that a new session makes.
    #[prost(bool, tag = "4")]
    pub(super) repeated: bool,
}
