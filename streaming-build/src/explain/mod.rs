//! What was found for each bidi rpc, and why: for the docs of its marker type, and for `streaming-build explain`.

#[cfg(feature = "cli")]
pub(crate) mod json;
mod notes;
mod roles;
pub(crate) mod text;
mod variants;

use prost_reflect::MethodDescriptor;

#[cfg(feature = "cli")]
use crate::model::{Kind, Model};
use crate::{
    finding::Position,
    model::{Contract, Why},
    source::{Source, rpc_name},
};

/// One bidi rpc.
#[derive(Debug)]
pub(crate) struct Explained {
    /// `package.Service/Rpc`
    pub(crate) rpc: String,
    pub(crate) at: Position,
    /// Its roles, or why it has none.
    pub(crate) contract: Result<Roles, String>,
}

/// The roles of a contract.
#[derive(Debug)]
pub(crate) struct Roles {
    pub(crate) list: Vec<Role>,
    pub(crate) messages: Variants,
    pub(crate) commands: Variants,
    /// What would change something about a variant, or all of it.
    pub(crate) changes: Vec<(&'static str, Change)>,
    /// What follows from it, and is easily missed.
    pub(crate) notes: Vec<String>,
}

/// What plays one role.
#[derive(Debug)]
pub(crate) struct Role {
    pub(crate) name: &'static str,
    pub(crate) found: Option<String>,
    pub(crate) why: Option<Why>,
    /// What would change it.
    pub(crate) change: Vec<Change>,
}

/// What would change a role: a call of the builder, and the option of the proto that says the same.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) call: String,
    pub(crate) option: String,
}

/// The variants of a message or command.
#[derive(Debug)]
pub(crate) struct Variants {
    /// What they are, in a few words.
    pub(crate) head: &'static str,
    pub(crate) rows: Vec<Variant>,
}

/// One variant of a message or command.
#[derive(Debug)]
pub(crate) struct Variant {
    pub(crate) name: String,
    /// The last part of its channel, or why it is not published.
    pub(crate) channel: Result<String, Why>,
    /// What it is for, besides its payload.
    pub(crate) is: Vec<Part>,
    /// The method that sends it, where that is called otherwise.
    pub(crate) helper: Option<String>,
}

/// Something about a variant.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) what: String,
    /// Where somebody said so.
    pub(crate) why: Option<Why>,
}

impl Part {
    fn new(what: impl Into<String>, why: &Why) -> Self {
        Self { what: what.into(), why: why.is_said().then(|| why.clone()) }
    }
}

/// All bidi rpcs, in the order of the protos.
#[cfg(feature = "cli")]
pub(crate) fn all(source: &Source, model: &Model) -> Vec<Explained> {
    let rpcs = model.services.iter().flat_map(|service| &service.rpcs);
    let explained = rpcs.filter_map(|rpc| match &rpc.kind {
        Kind::Contract(it) => Some(contract(source, it)),
        Kind::Plain(reason) => {
            let (rpc, at) = place(source, &rpc.method);
            Some(Explained { rpc, at, contract: Err(reason.clone()) })
        }
        Kind::Other => None,
    });
    explained.collect()
}

/// A contract.
pub(crate) fn contract(source: &Source, contract: &Contract) -> Explained {
    let (rpc, at) = place(source, &contract.method);
    let roles = Roles {
        list: roles::roles(contract),
        messages: variants::messages(contract),
        commands: variants::commands(contract),
        changes: roles::changes(contract),
        notes: notes::notes(contract),
    };
    Explained { rpc, at, contract: Ok(roles) }
}

fn place(source: &Source, method: &MethodDescriptor) -> (String, Position) {
    let file = method.parent_service().parent_file();
    (rpc_name(method), source.position(&file, method.path()))
}
