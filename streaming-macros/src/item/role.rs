//! What a method is for: the attributes inside the block.

use syn::{Attribute, Ident, Meta, parse::Parser as _};

use super::on::On;
use crate::{args::End, message};

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
    const NAMES: [&'static str; 10] = [
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

    pub(crate) const ALL: [Self; 10] = [
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

    /// The arguments at `end`, as messages show them.
    pub(crate) fn arguments(self, end: End) -> String {
        let peer = end.peer_type();
        match self {
            Self::On => format!("`(&self, payload)` or `(&self, {peer}, payload)`"),
            Self::Other | Self::Message => {
                let message = end.message();
                format!("the whole {message}: `(&self, {message})` or `(&self, {peer}, {message})`")
            }
            Self::Connect | Self::Resume => format!("`(&self, {peer})`"),
            Self::Disconnect => match end {
                End::Hub => format!("`(&self, {peer}, &Disconnect<_>)`"),
                End::Client => format!("`(&self, {peer}, &Lost)`"),
            },
            Self::Error => format!("`(&self, {peer}, &HandlerError)`"),
            Self::Session => {
                format!("the inbox: `(&self, Inbox<_>)` or `(&self, {peer}, Inbox<_>)`")
            }
            Self::Authenticate => "the handshake: `(&self, &Handshake)`".to_owned(),
            Self::Ping => format!("the sequence: `(&self, u64)` or `(&self, {peer}, u64)`"),
        }
    }

    /// Whether only a hub's handler has it.
    pub(crate) fn is_hubs(self) -> bool {
        matches!(self, Self::Session | Self::Ping | Self::Authenticate)
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
    /// Reads an attribute that [`is_role`], on a method of a handler at `end`.
    pub(crate) fn parse(attribute: &Attribute, end: End) -> syn::Result<Self> {
        let name = attribute.path().require_ident()?;
        let kind = RoleKind::named(&name.to_string());
        let kind = kind.ok_or_else(|| message::unknown_role(name, end))?;
        if end == End::Client && kind.is_hubs() {
            return Err(message::hubs_role(kind, attribute));
        }
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
