//! From a message to a publication.

use std::{
    fmt,
    sync::{Arc, OnceLock},
    time::SystemTime,
};

use bytes::Bytes;

use super::{Publication, Publisher, channel::encode_id, json};
use crate::{
    config::PublishConfig,
    contract::{Contract, Variant},
    id::ClientId,
};

/// Publishes what one client sends and gets.
pub(crate) struct Mirror {
    client: ClientId,
    /// None where nothing is published.
    to: Option<Arc<dyn Publisher>>,
    config: PublishConfig,
    /// `grpc#bot-123#`
    channels: OnceLock<String>,
}

impl Mirror {
    pub(crate) fn new(
        publisher: Option<Arc<dyn Publisher>>,
        config: &PublishConfig,
        client: &ClientId,
    ) -> Self {
        Self {
            client: client.clone(),
            to: publisher,
            config: config.clone(),
            channels: OnceLock::new(),
        }
    }

    /// Publishes a message that was read.
    pub(crate) fn message<C: Contract>(&self, message: &C::Message) {
        if !self.config.messages {
            return;
        }
        self.publish(
            C::MESSAGES,
            || C::message_variant(message),
            |variant| {
                json::event(variant.event_type, SystemTime::now(), |object| {
                    C::message_json(message, object);
                })
            },
        );
    }

    /// Publishes a command that the transport takes.
    pub(crate) fn command<C: Contract>(
        &self,
        command: &C::Command,
        variant: Option<u16>,
        ping: bool,
    ) {
        if self.config.commands && (!ping || self.config.pings) {
            self.publish(C::COMMANDS, || variant, |variant| command_json::<C>(command, variant));
        }
    }

    /// Publishes a command whose data was made once for many clients.
    pub(crate) fn shared<C: Contract>(&self, json: Bytes, variant: Option<u16>) {
        self.publish(C::COMMANDS, || variant, |_| json);
    }

    fn publish(
        &self,
        table: &'static [Variant],
        variant: impl FnOnce() -> Option<u16>,
        data: impl FnOnce(&'static Variant) -> Bytes,
    ) {
        let Some(publisher) = self.to.as_ref().filter(|publisher| publisher.accepts()) else {
            return;
        };
        let variant = variant().and_then(|variant| table.get(usize::from(variant)));
        let Some(variant) = variant.filter(|variant| variant.publish) else {
            return;
        };
        let channels = self
            .channels
            .get_or_init(|| format!("{}#{}#", self.config.prefix, encode_id(&self.client)));
        publisher.publish(Publication {
            client: self.client.clone(),
            channel: [channels, variant.channel].concat(),
            event_type: variant.event_type,
            data: data(variant),
        });
    }
}

/// The data of a command's publication.
pub(crate) fn command_json<C: Contract>(command: &C::Command, variant: &Variant) -> Bytes {
    json::event(variant.event_type, SystemTime::now(), |object| {
        C::command_json(command, object);
    })
}

impl fmt::Debug for Mirror {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mirror").field("client", &self.client).finish_non_exhaustive()
    }
}
