//! From a message to a publication.

use std::{
    cell::OnceCell,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::SystemTime,
};

use bytes::Bytes;

use super::{Place, Publication, Publisher, channel::encode_id, json};
use crate::{
    config::{PublishConfig, Template},
    contract::{Contract, Variant},
    frame::Frame,
    id::ClientId,
};

/// Where a hub publishes to, and under which names.
pub(crate) struct Outlet {
    publisher: Arc<dyn Publisher>,
    config: PublishConfig,
    /// Messages and commands in which no variant is set, or one that this build does not know: they have no channel.
    nameless: AtomicU64,
}

impl Outlet {
    pub(crate) fn new(publisher: Arc<dyn Publisher>, config: PublishConfig) -> Self {
        Self { publisher, config, nameless: AtomicU64::new(0) }
    }

    /// Whether commands are published at the moment.
    pub(crate) fn takes_commands(&self) -> bool {
        self.config.commands && self.publisher.accepts()
    }

    /// How many messages and commands had no channel.
    pub(crate) fn nameless(&self) -> u64 {
        self.nameless.load(Ordering::Relaxed)
    }
}

/// The time of day, read when somebody first asks for it: what is read or written in one go is published with one time,
/// since to read a clock takes as long as to write the JSON of a small message.
#[derive(Debug, Default)]
pub(crate) struct Clock(OnceCell<SystemTime>);

impl Clock {
    fn now(&self) -> SystemTime {
        *self.0.get_or_init(SystemTime::now)
    }
}

/// Publishes what one client sends and gets.
pub(crate) struct Mirror {
    client: ClientId,
    /// None where nothing is published.
    to: Option<Arc<Outlet>>,
    /// Where publications went so far: of each message's variant, then of each command's.
    places: OnceLock<Box<[OnceLock<Arc<Place>>]>>,
    /// Whether the publisher has panicked.
    failed: AtomicBool,
}

impl Mirror {
    pub(crate) fn new(to: Option<Arc<Outlet>>, client: &ClientId) -> Self {
        Self { client: client.clone(), to, places: OnceLock::new(), failed: AtomicBool::new(false) }
    }

    /// Publishes a message that was read.
    pub(crate) fn message<C: Contract>(&self, message: &C::Message, clock: &Clock) {
        self.publish::<C>(
            |config| config.messages,
            Direction::Message,
            || C::message_variant(message),
            |variant| {
                json::event(variant.event_type, clock.now(), |object| {
                    C::message_json(message, object);
                })
            },
        );
    }

    /// Publishes commands that the transport takes at once: each with its variant, and with its data where that was made
    /// once for many clients. `urgent`: it is a ping or a bare ack.
    pub(crate) fn taken<'a, C: Contract>(
        &self,
        commands: impl Iterator<Item = (&'a Frame<C::Command>, Option<&'a Bytes>, Option<u16>)>,
        urgent: bool,
    ) {
        let clock = Clock::default();
        for command in commands {
            match command {
                (_, Some(json), variant) => self.shared::<C>(json, variant),
                (Frame::Message(command), None, variant) => {
                    self.command::<C>(command, variant, urgent, &clock);
                }
                // A broadcast while nothing was published.
                (Frame::Encoded(_), None, _) => {}
            }
        }
    }

    fn command<C: Contract>(
        &self,
        command: &C::Command,
        variant: Option<u16>,
        urgent: bool,
        clock: &Clock,
    ) {
        self.publish::<C>(
            |config| config.commands && (!urgent || config.pings),
            Direction::Command,
            || variant,
            |variant| command_json::<C>(command, variant, clock),
        );
    }

    fn shared<C: Contract>(&self, json: &Bytes, variant: Option<u16>) {
        self.publish::<C>(|_| true, Direction::Command, || variant, |_| json.clone());
    }

    fn place(&self, config: &PublishConfig, direction: Direction, variant: &Variant) -> Arc<Place> {
        let channel = config.channel(&self.client, direction, variant).into();
        let (client, event_type) = (self.client.clone(), variant.event_type);
        Arc::new(Place { client, channel, event_type })
    }

    fn publish<C: Contract>(
        &self,
        wanted: impl FnOnce(&PublishConfig) -> bool,
        direction: Direction,
        variant: impl FnOnce() -> Option<u16>,
        data: impl FnOnce(&'static Variant) -> Bytes,
    ) {
        let Some(Outlet { publisher, config, nameless }) = self.to.as_deref() else {
            return;
        };
        if !wanted(config) || !publisher.accepts() {
            return;
        }
        let Some(index) = variant().map(usize::from) else {
            nameless.fetch_add(1, Ordering::Relaxed);
            return;
        };
        let (variants, first) = match direction {
            Direction::Message => (C::MESSAGES, 0),
            Direction::Command => (C::COMMANDS, C::MESSAGES.len()),
        };
        let Some(variant) = variants.get(index).filter(|variant| variant.publish) else {
            return;
        };
        let places = self.places.get_or_init(|| {
            (0..C::MESSAGES.len() + C::COMMANDS.len()).map(|_| OnceLock::new()).collect()
        });
        let place = places[first + index].get_or_init(|| self.place(config, direction, variant));
        // A bug of the publisher must not cost the stream, or in the writing half all streams of the connection.
        let publish = AssertUnwindSafe(|| {
            publisher.publish(Publication { place: place.clone(), data: data(variant) });
        });
        if catch_unwind(publish).is_err() && !self.failed.swap(true, Ordering::Relaxed) {
            tracing::error!(client = %self.client, "the publisher panicked; for this client this is said once");
        }
    }
}

impl PublishConfig {
    /// The channels of one client: of each message, then of each command, as the hub with these settings names them. For
    /// subscription tokens, and for front ends that cannot encode an id.
    ///
    /// ```
    /// # use streaming_runtime::{Contract, HubConfig};
    /// # fn example<Connect: Contract>(config: &HubConfig) {
    /// for channel in config.publish.channels::<Connect>(&"bot-123".into()) {
    ///     println!("{channel}"); // grpc#bot-123#trade
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn channels<C: Contract>(&self, client: &ClientId) -> Vec<String> {
        let messages = C::MESSAGES.iter().map(|it| (Direction::Message, it));
        let commands = C::COMMANDS.iter().map(|it| (Direction::Command, it));
        let published = messages.chain(commands).filter(|(_, variant)| variant.publish);
        published.map(|(direction, variant)| self.channel(client, direction, variant)).collect()
    }

    fn channel(&self, client: &ClientId, direction: Direction, variant: &Variant) -> String {
        let used = self.template.as_ref().map(Template::punctuation);
        let id = encode_id(client, &used.unwrap_or_default());
        let direction = match direction {
            Direction::Message => "message",
            Direction::Command => "command",
        };
        match &self.template {
            Some(template) => template.channel(&id, direction, variant.name),
            None => [&self.prefix, "#", &id, "#", variant.channel].concat(),
        }
    }
}

/// Which way a publication went.
#[derive(Clone, Copy)]
enum Direction {
    Message,
    Command,
}

/// The data of a command's publication.
pub(crate) fn command_json<C: Contract>(
    command: &C::Command,
    variant: &Variant,
    clock: &Clock,
) -> Bytes {
    json::event(variant.event_type, clock.now(), |object| {
        C::command_json(command, object);
    })
}

impl fmt::Debug for Mirror {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mirror").field("client", &self.client).finish_non_exhaustive()
    }
}

#[cfg(all(test, feature = "server"))]
mod tests {
    use crate::{config::HubConfig, sample::Sample};

    #[test]
    fn the_channels_of_a_client_are_those_that_its_publications_have() {
        let mut config = HubConfig::production().publish;
        let channels = config.channels::<Sample>(&"a:b".into());
        assert_eq!(channels.len(), 12, "{channels:?}");
        assert_eq!((&*channels[0], &*channels[5]), ("grpc#a=3Ab#note", "grpc#a=3Ab#ping"));

        config.template = "bots:{client_id}/{direction}/{field}".parse().ok();
        let channels = config.channels::<Sample>(&"a/b".into());
        let (first, last) = (&*channels[0], &*channels[11]);
        assert_eq!((first, last), ("bots:a=2Fb/message/note", "bots:a=2Fb/command/price"));
    }
}
