//! The contract's table, which its macro hands over: names, positions and flags. It can name no type.

use syn::{
    Ident, LitStr, Token, braced, bracketed,
    parse::{Parse, ParseStream},
};

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

/// A contract.
#[derive(Debug)]
pub(crate) struct Contract {
    /// The rpc: `trading.v1.TradingBots/Connect`.
    pub(crate) rpc: String,
    /// Whether a client's id is the identity that `#[authenticate]` gives, and nothing else.
    pub(crate) authenticated: bool,
    /// The message type: `trading.v1.BotMessage`.
    pub(crate) message: String,
    /// Where the message type is in the proto: `file:line`.
    pub(crate) position: String,
    /// The oneof, if there is one.
    pub(crate) oneof: Option<String>,
    /// The oneof's variants; a variant's position in this list is its number.
    pub(crate) variants: Vec<Variant>,
    pub(crate) command: Command,
}

/// The commands of a contract, as far as handlers make any.
#[derive(Debug)]
pub(crate) struct Command {
    /// The command type: `trading.v1.BotCommand`.
    pub(crate) message: String,
    /// Where the command type is in the proto: `file:line`.
    pub(crate) position: String,
    /// The oneof, if there is one.
    pub(crate) oneof: Option<String>,
    /// The names of its variants; without a oneof, of its fields.
    pub(crate) variants: Vec<String>,
    /// The number of the variant that is a ping.
    pub(crate) ping: Option<usize>,
}

/// A variant of a contract's messages.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the table")]
pub(crate) struct Variant {
    pub(crate) name: String,
    /// Where it is in the proto: `file:line`.
    pub(crate) position: String,
    /// How the type of its payload is called in the proto.
    pub(crate) payload: String,
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
    /// The variants that can have a handler.
    pub(crate) fn handled(&self) -> impl Iterator<Item = &Variant> {
        self.variants.iter().filter(|variant| !variant.pong)
    }
}

impl Variant {
    /// Whether it must be handled.
    pub(crate) fn needs_handler(&self) -> bool {
        !(self.heartbeat || self.reply || self.pong || self.goodbye)
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
        keyword(input, "message")?;
        let message = text(input)?;
        let position = text(input)?;
        keyword(input, "oneof")?;
        let oneof = Some(text(input)?).filter(|name| !name.is_empty());
        keyword(input, "messages")?;
        let messages;
        braced!(messages in input);
        let variants = messages.parse_terminated(Variant::parse, Token![;])?;
        let command = input.parse()?;
        // Without a oneof the rows are the fields, which nobody can be the handler of.
        let variants = variants.into_iter().filter(|_| oneof.is_some()).collect();
        Ok(Self::Contract(Box::new(Contract {
            rpc,
            authenticated,
            message,
            position,
            oneof,
            variants,
            command,
        })))
    }
}

impl Parse for Command {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        keyword(input, "command")?;
        let message = text(input)?;
        let position = text(input)?;
        keyword(input, "oneof")?;
        let oneof = Some(text(input)?).filter(|name| !name.is_empty());
        keyword(input, "commands")?;
        let commands;
        braced!(commands in input);
        let rows = commands.parse_terminated(Row::parse, Token![;])?;
        let ping = rows.iter().position(|row| row.has("ping"));
        let variants = rows.into_iter().map(|row| row.name).collect();
        Ok(Self { message, position, oneof, variants, ping })
    }
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
                "start" "trading.proto:33" "Start" [];
                "ping" "trading.proto:34" "Ping" [ping];
                "get_result" "trading.proto:35" "GetResult" [];
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
        assert_eq!(contract.message, "trading.v1.BotMessage");
        assert_eq!(contract.oneof.as_deref(), Some("payload"));
        let needed = contract.variants.iter().filter(|it| it.needs_handler());
        let needed: Vec<_> = needed.map(|it| &*it.name).collect();
        assert_eq!(needed, ["trade", "sync", "get"]);
        assert_eq!(contract.handled().count(), 6);
        let answers = contract.variants.iter().filter_map(|it| it.answer.as_deref());
        assert_eq!(answers.collect::<Vec<_>>(), ["GetResult"]);
        assert_eq!(contract.command.ping, Some(1));
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
