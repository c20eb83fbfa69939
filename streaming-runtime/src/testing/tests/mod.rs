//! The kit itself, over both transports.

mod faults;
mod script;

use std::time::Duration;

use super::{Clients, Expect, Peer, Responds, Unpacks};
use crate::{
    Hub,
    config::{HubConfig, PingStrategy, PingTimeout},
    contract::{CommandVariant, Contract},
    error::Failure,
    id::OwnedId,
    sample::{Command, MEASURE, Measure, Message, READING, RESET, Reset, Sample, note},
    session::{Client, Handler},
};

const SECOND: Duration = Duration::from_secs(1);

/// What generated code says of the samples' variants.
impl CommandVariant<Reset> for Sample {
    type Payload = String;

    fn command(text: String) -> Command {
        Command { kind: RESET, text, ..Command::default() }
    }
}

impl Unpacks<Reset> for Sample {
    fn unpack(command: Command) -> Option<String> {
        (command.kind == RESET).then_some(command.text)
    }
}

impl CommandVariant<Measure> for Sample {
    type Payload = ();

    fn command((): ()) -> Command {
        Command { kind: MEASURE, ..Command::default() }
    }
}

impl Unpacks<Measure> for Sample {
    fn unpack(command: Command) -> Option<()> {
        (command.kind == MEASURE).then_some(())
    }
}

impl Responds<Measure> for Sample {
    fn respond(id: OwnedId, value: u64) -> Message {
        let command_id = id.into_string();
        Message { kind: READING, command_id, value, ..Message::default() }
    }
}

trait SampleExpects {
    fn expect_reset(&mut self) -> Expect<'_, Sample, Reset>;
    fn expect_measure(&mut self) -> Expect<'_, Sample, Measure>;
}

impl SampleExpects for Peer<Sample> {
    #[track_caller]
    fn expect_reset(&mut self) -> Expect<'_, Sample, Reset> {
        Expect::of(self)
    }

    #[track_caller]
    fn expect_measure(&mut self) -> Expect<'_, Sample, Measure> {
        Expect::of(self)
    }
}

/// Sends as many commands as a message says.
struct Station;

impl<C: Contract<Message = Message, Command = Command>> Handler<C> for Station {
    async fn dispatch(&self, client: &Client<C>, message: Message) -> Result<(), Failure> {
        for _ in 0..message.value {
            client.send(reset("counted")).await.map_err(Failure::new)?;
        }
        Ok(())
    }
}

fn reset(text: &str) -> Command {
    Command { kind: RESET, text: text.to_owned(), ..Command::default() }
}

/// A hub with these settings and its clients, over both transports.
fn both<C: Contract<Message = Message, Command = Command>>(
    change: impl Fn(&mut HubConfig),
) -> [(Hub<C>, Clients<C>); 2] {
    [false, true].map(|http2| {
        let hub = Hub::new(HubConfig::testing().with(&change)).expect("valid settings");
        let clients = Clients::new(Station, hub.clone());
        (hub, if http2 { clients.over_http2() } else { clients })
    })
}

/// Pings each second, and a client that says nothing for ten seconds is dead.
fn pinging(config: &mut HubConfig) {
    config.ping.strategy = PingStrategy::Interval;
    config.ping.timeout = PingTimeout::After(10 * SECOND);
}

fn hello() -> Message {
    note(0)
}
