//! What a method is for: the attributes inside the block.

use syn::{Attribute, Ident, Meta, parse::Parser as _};

use super::on::On;
use crate::message;

/// A method's role, and the attribute that says so.
pub(crate) struct Role {
    pub(crate) kind: RoleKind,
    /// The variants of `#[on(..)]`, as written.
    pub(crate) variants: Vec<Ident>,
    /// How many of its messages run at once for one client, beside the ordered line; `None`: in this line.
    pub(crate) concurrent: Option<u16>,
    pub(crate) attribute: Attribute,
}

/// The kinds of roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RoleKind {
    On,
    Other,
    Message,
    Connect,
    Resume,
    Disconnect,
    Error,
    Session,
    Ping,
    Authenticate,
}

impl RoleKind {
    /// The names of the attributes.
    pub(crate) const NAMES: [&'static str; 10] = [
        "on",
        "on_other",
        "on_message",
        "on_connect",
        "on_resume",
        "on_disconnect",
        "on_error",
        "session",
        "ping",
        "authenticate",
    ];

    const ALL: [Self; 10] = [
        Self::On,
        Self::Other,
        Self::Message,
        Self::Connect,
        Self::Resume,
        Self::Disconnect,
        Self::Error,
        Self::Session,
        Self::Ping,
        Self::Authenticate,
    ];

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The name of the attribute.
    pub(crate) fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    /// How many arguments it may have beside `&self`.
    pub(crate) fn arity(self) -> std::ops::RangeInclusive<usize> {
        match self {
            Self::On => 0..=2,
            Self::Other | Self::Message | Self::Session | Self::Ping => 1..=2,
            Self::Connect | Self::Resume | Self::Authenticate => 1..=1,
            Self::Disconnect | Self::Error => 2..=2,
        }
    }

    /// The arguments, as messages show them.
    pub(crate) fn arguments(self) -> &'static str {
        match self {
            Self::On => "`(&self, payload)` or `(&self, &Client<_>, payload)`",
            Self::Other | Self::Message => {
                "the whole message: `(&self, message)` or `(&self, &Client<_>, message)`"
            }
            Self::Connect | Self::Resume => "`(&self, &Client<_>)`",
            Self::Disconnect => "`(&self, &Client<_>, &Disconnect<_>)`",
            Self::Error => "`(&self, &Client<_>, &HandlerError)`",
            Self::Session => "the inbox: `(&self, Inbox<_>)` or `(&self, &Client<_>, Inbox<_>)`",
            Self::Authenticate => "the handshake: `(&self, &Handshake)`",
            Self::Ping => "the sequence: `(&self, u64)` or `(&self, &Client<_>, u64)`",
        }
    }

    /// How its method begins.
    pub(crate) fn keywords(self) -> &'static str {
        if self.is_async() { "async fn" } else { "fn" }
    }

    /// Whether its method may wait.
    pub(crate) fn is_async(self) -> bool {
        self != Self::Ping
    }
}

/// Whether `attribute` is ours: a role, or so named that it can be meant for nothing else.
pub(crate) fn is_role(attribute: &Attribute) -> bool {
    attribute.path().get_ident().is_some_and(is_role_name)
}

pub(super) fn is_role_name(name: &Ident) -> bool {
    let name = name.to_string();
    name.starts_with("on_") || RoleKind::named(&name).is_some()
}

impl Role {
    /// Reads an attribute that [`is_role`].
    pub(crate) fn parse(attribute: &Attribute) -> syn::Result<Self> {
        let name = attribute.path().require_ident()?;
        let kind = RoleKind::named(&name.to_string()).ok_or_else(|| message::unknown_role(name))?;
        let On { variants, concurrent } = match (kind, &attribute.meta) {
            (RoleKind::On, Meta::List(list)) => On::parse.parse2(list.tokens.clone())?,
            (_, Meta::Path(_)) => On::default(),
            (_, Meta::List(_) | Meta::NameValue(_)) => {
                return Err(message::role_takes_nothing(kind, &attribute.meta));
            }
        };
        if kind == RoleKind::On && variants.is_empty() {
            return Err(message::on_without_variant(attribute));
        }
        Ok(Self { kind, variants, concurrent, attribute: attribute.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_name() {
        for (kind, name) in RoleKind::ALL.into_iter().zip(RoleKind::NAMES) {
            assert_eq!(RoleKind::named(name), Some(kind));
        }
    }
}
