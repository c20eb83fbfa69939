//! The contract's table, which its macro hands over: names, positions and flags. It can name no type.

use syn::{
    Ident, LitStr, Token, braced, bracketed,
    parse::{Parse, ParseStream},
};

use crate::args::End;

/// The version of the table that this crate reads.
pub(crate) const VERSION: &str = "v1";

/// What a table says.
#[derive(Debug)]
pub(crate) enum Table {
    Contract(Box<Contract>),
    /// A bidi rpc that is no contract, and why: a message of its own.
    Plain {
        reason: String,
    },
    /// A table of another version.
    Other {
        version: String,
    },
}

/// A contract, as it is seen from one of its ends.
#[derive(Debug)]
pub(crate) struct Contract {
    /// The rpc: `trading.v1.TradingBots/Connect`.
    pub(crate) rpc: String,
    /// Who looks at it.
    pub(crate) end: End,
    /// Whether a client's id is the identity that `#[authenticate]` gives, and nothing else.
    pub(crate) authenticated: bool,
    /// What the other end sends.
    pub(crate) message: Side,
    /// What this end sends.
    pub(crate) command: Side,
}

/// What one end sends.
#[derive(Debug)]
pub(crate) struct Side {
    /// The type: `trading.v1.BotMessage`.
    pub(crate) name: String,
    /// Where the type is in the proto: `file:line`.
    pub(crate) position: String,
    /// The oneof, if there is one.
    pub(crate) oneof: Option<String>,
    /// The oneof's variants, or without one nothing; a variant's position in this list is its number.
    pub(crate) variants: Vec<Variant>,
}

/// A variant of what one end sends.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the table")]
pub(crate) struct Variant {
    pub(crate) name: String,
    /// Where it is in the proto: `file:line`.
    pub(crate) position: String,
    /// How the type of its payload is called in the proto.
    pub(crate) payload: String,
    /// A ping, of commands.
    pub(crate) ping: bool,
    pub(crate) heartbeat: bool,
    pub(crate) reply: bool,
    pub(crate) pong: bool,
    pub(crate) goodbye: bool,
    /// Whether the payload is empty, and may be left out.
    pub(crate) unit: bool,
    /// What answers it, as the proto calls it; `None` where it asks nothing.
    pub(crate) answer: Option<String>,
    /// Whether `()` is an answer as well: an ack, or something that holds nothing.
    pub(crate) acked: bool,
}

impl Contract {
    /// The same from the client's end.
    ///
    /// Pings that are answered reach no handler there, as their answers do here; others are signs of life.
    pub(crate) fn turned(self) -> Self {
        let Self { rpc, message: mut command, command: mut message, .. } = self;
        let answered = command.variants.iter().any(|variant| variant.pong);
        for variant in message.variants.iter_mut().filter(|variant| variant.ping) {
            variant.pong = answered;
            variant.heartbeat = !answered;
        }
        for variant in &mut command.variants {
            variant.pong = false;
        }
        Self { rpc, end: End::Client, authenticated: false, message, command }
    }

    /// The variants that can have a handler.
    pub(crate) fn handled(&self) -> impl Iterator<Item = &Variant> {
        self.message.variants.iter().filter(|variant| !variant.pong)
    }
}

impl Variant {
    /// Whether it must be handled.
    pub(crate) fn needs_handler(&self) -> bool {
        let reply = self.reply && self.answer.is_none();
        !(self.heartbeat || reply || self.pong || self.goodbye)
    }
}

impl Parse for Table {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let version = input.parse::<Ident>()?;
        if version != VERSION {
            skip(input)?;
            let version = version.to_string();
            return Ok(Self::Other { version });
        }
        let kind = input.parse::<Ident>()?;
        let rpc = text(input)?;
        if kind == "plain" {
            let reason = text(input)?;
            return Ok(Self::Plain { reason });
        }
        keyword(input, "client_id")?;
        let authenticated = input.parse::<Ident>()? == "authenticated";
        let message = side(input, "message", "messages")?;
        let command = side(input, "command", "commands")?;
        let end = End::Hub;
        Ok(Self::Contract(Box::new(Contract { rpc, end, authenticated, message, command })))
    }
}

/// `message "trading.v1.BotMessage" "trading.proto:12" oneof "payload" messages { … }`
fn side(input: ParseStream<'_>, one: &str, all: &str) -> syn::Result<Side> {
    keyword(input, one)?;
    let name = text(input)?;
    let position = text(input)?;
    keyword(input, "oneof")?;
    let oneof = Some(text(input)?).filter(|name| !name.is_empty());
    keyword(input, all)?;
    let rows;
    braced!(rows in input);
    let variants = rows.parse_terminated(Variant::parse, Token![;])?;
    // Without a oneof the rows are the fields, which nobody can be the handler of.
    let variants = variants.into_iter().filter(|_| oneof.is_some()).collect();
    Ok(Side { name, position, oneof, variants })
}

/// A row as it is written.
struct Row {
    name: String,
    position: String,
    payload: String,
    flags: Vec<Ident>,
}

impl Row {
    fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|it| it == flag)
    }
}

impl Parse for Row {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = text(input)?;
        let position = text(input)?;
        let payload = text(input)?;
        let written;
        bracketed!(written in input);
        let mut flags = Vec::new();
        while !written.is_empty() {
            flags.push(written.parse()?);
        }
        Ok(Self { name, position, payload, flags })
    }
}

impl Parse for Variant {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let row: Row = input.parse()?;
        let answer = text(input)?;
        Ok(Self {
            ping: row.has("ping"),
            heartbeat: row.has("heartbeat"),
            reply: row.has("reply"),
            pong: row.has("pong"),
            goodbye: row.has("goodbye"),
            unit: row.has("unit"),
            answer: row.has("answered").then_some(answer),
            acked: row.has("acked"),
            name: row.name,
            position: row.position,
            payload: row.payload,
        })
    }
}

fn text(input: ParseStream<'_>) -> syn::Result<String> {
    Ok(input.parse::<LitStr>()?.value())
}

fn keyword(input: ParseStream<'_>, word: &str) -> syn::Result<()> {
    let found = input.parse::<Ident>()?;
    if found == word {
        Ok(())
    } else {
        Err(syn::Error::new(found.span(), format!("expected `{word}`")))
    }
}

fn skip(input: ParseStream<'_>) -> syn::Result<()> {
    input.parse::<proc_macro2::TokenStream>().map(drop)
}

#[cfg(test)]
pub(crate) mod tests {
    use proc_macro2::TokenStream;
    use quote::quote;

    use super::*;

    /// The table of the trading contract.
    pub(crate) fn trading() -> TokenStream {
        quote! {
            v1 contract "trading.v1.TradingBots/Connect" client_id message
            message "trading.v1.BotMessage" "trading.proto:12" oneof "payload"
            messages {
                "trade" "trading.proto:21" "Trade" [] "";
                "heartbeat" "trading.proto:22" "Heartbeat" [heartbeat] "";
                "command_ack" "trading.proto:23" "CommandAck" [reply] "";
                "sync" "trading.proto:24" "Sync" [unit] "";
                "pong" "trading.proto:25" "Pong" [pong] "";
                "leave" "trading.proto:26" "Leave" [goodbye] "";
                "get" "trading.proto:27" "Get" [answered] "GetResult";
            }
            command "trading.v1.BotCommand" "trading.proto:30" oneof "payload"
            commands {
                "start" "trading.proto:33" "Start" [answered acked] "CommandAck";
                "ping" "trading.proto:34" "Ping" [ping] "";
                "get_result" "trading.proto:35" "GetResult" [reply] "";
                "dump" "trading.proto:36" "Dump" [answered unit] "Image";
                "shutdown" "trading.proto:37" "Shutdown" [goodbye] "";
            }
        }
    }

    #[test]
    fn a_contract_is_read() {
        let Table::Contract(contract) = syn::parse2(trading()).expect("a table") else {
            panic!("no contract");
        };
        assert_eq!(contract.rpc, "trading.v1.TradingBots/Connect");
        assert!(!contract.authenticated);
        assert_eq!(contract.message.name, "trading.v1.BotMessage");
        assert_eq!(contract.message.oneof.as_deref(), Some("payload"));
        let needed = contract.message.variants.iter().filter(|it| it.needs_handler());
        let needed: Vec<_> = needed.map(|it| &*it.name).collect();
        assert_eq!(needed, ["trade", "sync", "get"]);
        assert_eq!(contract.handled().count(), 6);
        let answers = contract.message.variants.iter().filter_map(|it| it.answer.as_deref());
        assert_eq!(answers.collect::<Vec<_>>(), ["GetResult"]);
        let ping = contract.command.variants.iter().position(|it| it.ping);
        assert_eq!(ping, Some(1));
    }

    #[test]
    fn a_client_handles_commands() {
        let Table::Contract(contract) = syn::parse2(trading()).expect("a table") else {
            panic!("no contract");
        };
        let contract = contract.turned();
        assert_eq!(contract.message.name, "trading.v1.BotCommand");
        let needed = contract.message.variants.iter().filter(|it| it.needs_handler());
        let needed: Vec<_> = needed.map(|it| (&*it.name, it.answer.as_deref(), it.acked)).collect();
        let expected = [("start", Some("CommandAck"), true), ("dump", Some("Image"), false)];
        assert_eq!(needed, expected);
        let handled: Vec<_> = contract.handled().map(|it| &*it.name).collect();
        assert_eq!(handled, ["start", "get_result", "dump", "shutdown"]);
    }

    #[test]
    fn a_ping_that_nobody_answers_may_have_a_handler() {
        let table = quote! {
            v1 contract "a.B/C" client_id message message "a.M" "" oneof "kind" messages {}
            command "a.D" "" oneof "kind" commands { "ping" "" "Ping" [ping] "" }
        };
        let Table::Contract(contract) = syn::parse2(table).expect("a table") else {
            panic!("no contract");
        };
        let contract = contract.turned();
        assert_eq!(contract.handled().count(), 1);
        assert!(!contract.message.variants[0].needs_handler());
    }

    #[test]
    fn ids_may_come_from_authentication() {
        let source = |word: &str| {
            let word = quote::format_ident!("{word}");
            let table = quote! {
                v1 contract "a.B/C" client_id #word message "a.M" "" oneof "" messages {}
                command "a.D" "" oneof "" commands {}
            };
            match syn::parse2(table).expect("a table") {
                Table::Contract(contract) => contract.authenticated,
                other => panic!("{other:?}"),
            }
        };
        assert!(source("authenticated"));
        assert!(!source("metadata"));
        assert!(!source("assigned"));
    }

    #[test]
    fn an_rpc_that_is_none_says_why() {
        let table = quote!(v1 plain "a.B/C" "`a.B/C` is no contract: `D` has no client id");
        let table: Table = syn::parse2(table).expect("a table");
        assert!(matches!(table, Table::Plain { reason, .. } if reason.ends_with("no client id")));
    }

    #[test]
    fn another_version_is_not_read_further() {
        let table: Table = syn::parse2(quote!(v7 anything { at all })).expect("a table");
        assert!(matches!(table, Table::Other { version } if version == "v7"));
    }
}
