//! Commands: sent to a bot, and its answer awaited.

use std::{fmt, time::Duration};

use serde_json::{Map, Value, from_value};
use streaming_runtime::{Contract as _, RequestError};

use crate::{
    desk::Desk,
    pb::{
        bot_command::Payload,
        send_command_response::Answer,
        trading_bots::{Connect, ConnectCommands as _},
    },
    row::State,
};

/// How long a bot may take, unless the caller says otherwise.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// Why a command got no good answer.
#[derive(Debug)]
pub(crate) enum Refused {
    NoSuchBot(String),
    NoSuchCommand {
        name: String,
        nearest: Option<&'static str>,
    },
    /// The bot is away or gone.
    NotThere(String, State),
    /// What the bot says why it failed.
    Failed(String),
    NoAnswer(Duration),
    /// The bot's stream ended before its answer.
    Lost,
    NotSent(RequestError),
}

/// What can be sent. Pings are the hub's.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    Connect::COMMANDS.iter().map(|variant| variant.name).filter(|name| *name != "ping")
}

/// The command of this name, with its fields as a JSON object.
pub(crate) fn parse(
    name: &str,
    json: &[u8],
) -> Result<Result<Payload, serde_json::Error>, Refused> {
    // An object it must be: serde would take `["grid"]` as well.
    let fields = serde_json::from_slice::<Map<String, Value>>(json).map(Value::Object);
    Ok(match name {
        "start" => fields.and_then(from_value).map(Payload::Start),
        "stop" => fields.and_then(from_value).map(Payload::Stop),
        "request_config_schema" => fields.and_then(from_value).map(Payload::RequestConfigSchema),
        _ => return Err(no_such_command(name)),
    })
}

fn no_such_command(name: &str) -> Refused {
    let likeness = |other: &&'static str| strsim::jaro(name, other);
    let nearest = names().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    let nearest = nearest.filter(|nearest| likeness(nearest) > 0.7);
    Refused::NoSuchCommand { name: name.to_owned(), nearest }
}

/// Sends the command and waits for the answer, for 5 seconds or as long as it says.
pub(crate) async fn execute(
    desk: &Desk,
    id: &str,
    command: Payload,
    within: Option<Duration>,
) -> Result<Answer, Refused> {
    let Desk { hub, board, .. } = desk;
    let state = board.state(id).ok_or_else(|| Refused::NoSuchBot(id.to_owned()))?;
    // To a bot that is away it would be queued until it is back: here somebody looks on.
    if !hub.is_connected(id) {
        let state = if state == State::Gone { State::Gone } else { State::Away };
        return Err(Refused::NotThere(id.to_owned(), state));
    }
    let bot = hub.client(id);
    let within = within.unwrap_or(ANSWER_WITHIN);
    let answer = match command {
        Payload::Start(it) => bot.start(it).reply().timeout(within).await.map(Answer::CommandAck),
        Payload::Stop(it) => bot.stop(it).reply().timeout(within).await.map(Answer::CommandAck),
        Payload::RequestConfigSchema(it) => {
            let reply = bot.request_config_schema(it).reply();
            reply.timeout(within).await.map(Answer::ConfigSchema)
        }
        Payload::Ping(_) => return Err(no_such_command("ping")),
    };
    answer.map_err(|error| match error {
        RequestError::NotConnected => Refused::NotThere(id.to_owned(), State::Gone),
        RequestError::Rejected(rejection) => Refused::Failed(rejection.to_string()),
        RequestError::Timeout => Refused::NoAnswer(within),
        RequestError::Disconnected { .. } => Refused::Lost,
        error => Refused::NotSent(error),
    })
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchBot(id) => {
                write!(f, "no bot `{id}` has ever connected; `GET /api/overview` lists them")
            }
            Self::NoSuchCommand { name, nearest } => {
                write!(f, "no command `{name}`; ")?;
                if let Some(nearest) = nearest {
                    write!(f, "did you mean `{nearest}`? ")?;
                }
                let names: Vec<_> = names().map(|name| format!("`{name}`")).collect();
                write!(f, "commands: {}", names.join(", "))
            }
            Self::NotThere(id, State::Gone) => {
                write!(f, "`{id}` has left; it can be told something when it is back")
            }
            Self::NotThere(id, _) => {
                write!(
                    f,
                    "`{id}` is away: its stream is lost, and it may be back in a moment; try again"
                )
            }
            Self::Failed(why) => write!(f, "the bot says that it failed: {why}"),
            Self::NoAnswer(within) => write!(
                f,
                "the bot did not answer within {within:?}; it may have done as it was told"
            ),
            Self::Lost => f.write_str(
                "the bot's stream ended before its answer; it may have done as it was told",
            ),
            Self::NotSent(error) => write!(f, "{error}"),
        }
    }
}
