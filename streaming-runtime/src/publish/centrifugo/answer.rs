//! What one request came to, read from the status and from the body: the API's errors are answered with 200.

use reqwest::StatusCode;
use serde::Deserialize;

/// Centrifugo's own failure: its broker is away.
const INTERNAL: u32 = 100;

/// What one request came to.
#[derive(Debug)]
pub(super) enum Answer {
    /// The server answered for each publication.
    Read {
        /// How many publications it was asked for.
        asked: usize,
        /// Those that it refused.
        refused: Vec<Refusal>,
    },
    /// The server failed, and cannot have executed the request.
    NotExecuted(String),
    /// No answer was read. The server may have executed the request, or do so yet.
    None(String),
    /// The server answered that it failed, or something that is no answer. It may have executed the request.
    Unclear {
        why: String,
        /// Whether this is a failure of the server; else it is no Centrifugo.
        failure: bool,
    },
    /// The address or the key is wrong; this will not mend itself.
    Misconfigured(String),
    /// The request cannot be executed as it is.
    Malformed(String),
}

/// An error of the API.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Refusal {
    pub(super) code: u32,
    #[serde(default)]
    pub(super) message: String,
}

/// What a request tells about the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Works,
    Fails,
    /// Nothing.
    Unknown,
}

#[derive(Deserialize)]
struct Body {
    error: Option<Refusal>,
    #[serde(default)]
    replies: Vec<Reply>,
}

#[derive(Deserialize)]
struct Reply {
    error: Option<Refusal>,
}

impl Answer {
    /// Reads an answer to a request with so many publications.
    pub(super) fn read(status: StatusCode, body: &[u8], asked: usize) -> Self {
        let why = format!("it answered {status}");
        match status.as_u16() {
            200 => Self::from_body(body, asked),
            429 | 503 => Self::NotExecuted(why),
            400 => Self::Malformed(why),
            401 => Self::Misconfigured(format!("{why}; is `api_key` the server's?")),
            404 | 405 => Self::Misconfigured(format!("{why}; is `url` a Centrifugo's?")),
            408 | 500..=599 => Self::Unclear { why, failure: true },
            _ => Self::Misconfigured(why),
        }
    }

    fn from_body(body: &[u8], asked: usize) -> Self {
        let not_understood = |why: String| Self::Unclear {
            why: format!("it answered 200 with {why}"),
            failure: false,
        };
        let body: Body = match serde_json::from_slice(body) {
            Ok(body) => body,
            Err(_) => return not_understood("what is no answer of Centrifugo's".to_owned()),
        };
        if let Some(error) = body.error {
            return Self::Read { asked, refused: vec![error; asked] };
        }
        let answered = body.replies.len();
        if answered != asked {
            return not_understood(format!("{answered} replies to {asked} publications"));
        }
        let refused = body.replies.into_iter().filter_map(|reply| reply.error).collect();
        Self::Read { asked, refused }
    }

    /// What it tells about the server.
    pub(super) fn verdict(&self) -> Verdict {
        match self {
            Self::Read { asked, refused } if refused.len() < *asked => Verdict::Works,
            Self::Read { refused, .. } if refused.iter().any(Refusal::is_internal) => {
                Verdict::Fails
            }
            Self::NotExecuted(_) | Self::None(_) | Self::Unclear { failure: true, .. } => {
                Verdict::Fails
            }
            Self::Read { .. }
            | Self::Unclear { failure: false, .. }
            | Self::Misconfigured(_)
            | Self::Malformed(_) => Verdict::Unknown,
        }
    }

    /// Whether the whole batch may be sent again; `keyed` where the server knows a repetition by its keys.
    pub(super) fn repeatable(&self, keyed: bool) -> bool {
        match self {
            Self::NotExecuted(_) => true,
            Self::None(_) => keyed,
            Self::Read { asked, refused } => {
                keyed && refused.len() == *asked && refused.iter().all(Refusal::is_internal)
            }
            Self::Unclear { .. } | Self::Misconfigured(_) | Self::Malformed(_) => false,
        }
    }

    /// Whether the server may have executed it without saying so.
    pub(super) fn may_have_arrived(&self) -> bool {
        matches!(self, Self::None(_) | Self::Unclear { .. })
    }

    /// What went wrong, for people.
    pub(super) fn fault(&self) -> Option<String> {
        match self {
            Self::Read { refused, .. } => refused.first().map(|Refusal { code, message }| {
                format!(
                    "it refused {} publications, the first with {code} {message:?}",
                    refused.len()
                )
            }),
            Self::NotExecuted(why)
            | Self::None(why)
            | Self::Unclear { why, .. }
            | Self::Misconfigured(why)
            | Self::Malformed(why) => Some(why.clone()),
        }
    }
}

impl Refusal {
    fn is_internal(&self) -> bool {
        self.code == INTERNAL
    }
}

#[cfg(test)]
mod tests {
    use reqwest::StatusCode;

    use super::{Answer, Verdict};

    fn status(status: u16) -> Answer {
        Answer::read(StatusCode::from_u16(status).expect("a status"), b"", 2)
    }

    fn body(body: &str) -> Answer {
        Answer::read(StatusCode::OK, body.as_bytes(), 2)
    }

    const INTERNAL: &str = r#"{"error":{"code":100,"message":"internal server error"}}"#;
    const UNKNOWN: &str = r#"{"error":{"code":102,"message":"unknown channel"}}"#;
    const GOOD: &str = r#"{"publish":{"offset":1,"epoch":"x"}}"#;

    fn replies(one: &str, two: &str) -> Answer {
        body(&format!(r#"{{"replies":[{one},{two}]}}"#))
    }

    #[test]
    fn failures_of_the_server() {
        for failure in [500, 502, 503, 504, 429].map(status) {
            assert_eq!(failure.verdict(), Verdict::Fails, "{failure:?}");
        }
        for failure in [replies(INTERNAL, INTERNAL), replies(INTERNAL, UNKNOWN), body(INTERNAL)] {
            assert_eq!(failure.verdict(), Verdict::Fails, "{failure:?}");
        }
    }

    #[test]
    fn what_is_no_failure_of_the_server() {
        for unknown in [400, 401, 404, 405, 403, 302, 413].map(status) {
            assert_eq!(unknown.verdict(), Verdict::Unknown, "{unknown:?}");
            assert!(!unknown.repeatable(true) && !unknown.may_have_arrived(), "{unknown:?}");
        }
        for unknown in [replies(UNKNOWN, UNKNOWN), body(UNKNOWN), body("<html>"), replies("", "")] {
            assert_eq!(unknown.verdict(), Verdict::Unknown, "{unknown:?}");
        }
        for works in [replies(GOOD, GOOD), replies(GOOD, UNKNOWN), replies(INTERNAL, GOOD)] {
            assert_eq!(works.verdict(), Verdict::Works, "{works:?}");
        }
    }

    #[test]
    fn what_is_sent_again() {
        for always in [429, 503].map(status) {
            assert!(always.repeatable(false) && !always.may_have_arrived(), "{always:?}");
        }
        for keyed in [Answer::None(String::new()), replies(INTERNAL, INTERNAL), body(INTERNAL)] {
            assert!(keyed.repeatable(true) && !keyed.repeatable(false), "{keyed:?}");
        }
        for never in [replies(INTERNAL, GOOD), replies(INTERNAL, UNKNOWN), status(500), status(502)]
        {
            assert!(!never.repeatable(true), "{never:?}");
        }
    }

    #[test]
    fn what_is_not_understood_may_have_been_executed() {
        let one = body(r#"{"replies":[{"publish":{}}]}"#);
        for unclear in [one, body("{}"), body("<html>"), status(500)] {
            assert!(unclear.may_have_arrived(), "{unclear:?}");
        }
    }

    #[test]
    fn says_what_went_wrong() {
        let fault = replies(GOOD, UNKNOWN).fault().expect("one was refused");
        assert_eq!(fault, r#"it refused 1 publications, the first with 102 "unknown channel""#);
        assert!(replies(GOOD, GOOD).fault().is_none());
        assert!(status(401).fault().expect("a fault").contains("`api_key`"));
    }
}
