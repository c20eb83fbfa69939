//! What the two phases emit, through prettyplease: a changed snapshot is reviewed.

use proc_macro2::TokenStream;
use quote::quote;

use super::{attribute, with_table};
use crate::table::tests::trading;

fn pretty(tokens: &TokenStream) -> String {
    match syn::parse2(tokens.clone()) {
        Ok(file) => prettyplease::unparse(&file),
        Err(error) => panic!("{error} in\n{tokens}"),
    }
}

fn is_error(call: &syn::Macro) -> bool {
    let name = call.path.segments.last();
    name.is_some_and(|name| name.ident == "compile_error")
}

/// Both phases: the block's own errors, and what comes of its signatures.
fn expand(table: &TokenStream, item: TokenStream) -> (String, String) {
    expand_as(quote!(pb::bots::Connect), table, item)
}

fn expand_as(args: TokenStream, table: &TokenStream, item: TokenStream) -> (String, String) {
    let first = attribute(args, item);
    let file: syn::File = syn::parse2(first.clone()).expect("the attribute emits items");
    let call = file.items.iter().find_map(|item| match item {
        syn::Item::Macro(call) if !is_error(&call.mac) => Some(&call.mac),
        _ => None,
    });
    let call = call.expect("the attribute calls the contract's macro");
    let mut handed: Vec<_> = call.tokens.clone().into_iter().collect();
    handed.remove(0);
    let handed = handed.into_iter().collect::<TokenStream>();
    (pretty(&first), pretty(&with_table(quote!({ #table } #handed))))
}

/// The messages of both phases, in order.
fn messages(table: &TokenStream, item: TokenStream) -> Vec<String> {
    messages_of(expand(table, item))
}

fn messages_of((first, second): (String, String)) -> Vec<String> {
    let files = [first, second].map(|text| syn::parse_file(&text).expect("pretty"));
    let items = files.iter().flat_map(|file| &file.items);
    let errors = items.filter_map(|item| match item {
        syn::Item::Macro(call) if is_error(&call.mac) => {
            let text: syn::LitStr = call.mac.parse_body().expect("a message");
            Some(text.value())
        }
        _ => None,
    });
    errors.collect()
}

#[test]
fn the_attribute() {
    let item = quote! {
        /// Bots.
        impl<D: Db> Bots<D> {
            const LIMIT: u32 = 3;
            /// Handles trades.
            #[on(trade)]
            async fn trade(&self, bot: &Client<Connect>, trade: pb::Trade) -> anyhow::Result<()> {
                self.db.record(bot, trade).await
            }
            #[cfg(test)]
            #[on_connect]
            async fn hello(&self, bot: &Client<Connect>) {}
            fn plain(&self) {}
        }
    };
    insta::assert_snapshot!(pretty(&attribute(quote!(pb::bots::Connect), item)));
}

#[test]
fn handlers() {
    let item = quote! {
        impl<'a, D: Db, const N: usize> Bots<'a, D, N> where D: Sync {
            #[on(trade)]
            async fn trade(&self, bot: &Client<Connect>, trade: pb::Trade) -> anyhow::Result<()> {}
            #[on_other]
            async fn rest(&self, message: pb::BotMessage) {}
            #[on_error]
            async fn failed<'b>(&'b self, bot: &'b Client<Connect>, error: &HandlerError) {}
        }
    };
    insta::assert_snapshot!(expand(&trading(), item).1);
}

#[test]
fn configured() {
    let item = quote! {
        impl Bots {
            #[cfg(unix)]
            #[on(trade)]
            async fn trade(&self, trade: pb::Trade) {}
            #[cfg(windows)]
            #[cfg(debug_assertions)]
            #[on(trade)]
            async fn trade_there(&self, trade: pb::Trade) {}
            #[on(sync)]
            async fn sync(&self) {}
            #[on(get)]
            async fn get(&self, get: pb::Get) {}
            #[cfg(unix)]
            #[on(heartbeat)]
            async fn beat(&self, beat: pb::Heartbeat) {}
        }
    };
    insta::assert_snapshot!(expand(&trading(), item).1);
}

#[test]
fn answers_and_lanes_and_authentication() {
    let table = quote! {
        v1 contract "a.B/C" client_id authenticated message "a.M" "a.proto:1" oneof "kind"
        messages {
            "get" "" "Get" [answered] "GetResult";
            "set" "" "Set" [answered acked] "Ack";
            "trade" "" "Trade" [] "";
            "status" "" "Trade" [] "";
        }
        command "a.D" "" oneof "" commands {}
    };
    let item = quote! {
        impl Bots {
            #[cfg(unix)]
            #[authenticate]
            async fn who(&self, handshake: &Handshake) -> Result<Identity, Status> {}
            #[cfg(unix)]
            #[on(get, concurrent = 16)]
            async fn get(&self, get: pb::Get) -> anyhow::Result<pb::GetResult> {}
            #[on(set)]
            async fn set(&self, bot: &Client<Connect>, set: pb::Set) {}
            #[on(trade, status, concurrent = 1)]
            async fn trade(&self, trade: pb::Trade) -> anyhow::Result<()> {}
            #[on_other]
            async fn rest(&self, message: pb::M) {}
        }
    };
    insta::assert_snapshot!(expand(&table, item).1);
}

#[test]
fn a_client() {
    let item = quote! {
        impl<S: Strategy> Bot<S> {
            #[on(start, concurrent = 1)]
            async fn start(&self, link: &Link<Connect>, start: pb::Start) -> anyhow::Result<()> {}
            #[on(dump)]
            async fn dump(&self) -> Result<pb::Image, Status> {}
            #[on_connect]
            async fn up(&self, link: &Link<Connect>) {}
            #[on_disconnect]
            async fn down(&self, link: &Link<Connect>, lost: &Lost) {}
            #[on_error]
            async fn failed(&self, link: &Link<Connect>, error: &HandlerError) {}
        }
    };
    let args = quote!(pb::bots::Connect, client);
    let (first, second) = expand_as(args, &trading(), item);
    insta::assert_snapshot!(format!("{first}\n{second}"));
}

#[test]
fn a_client_is_spoken_to_of_commands() {
    let item = quote! {
        impl Bot {
            #[on(strat)]
            async fn start(&self, start: pb::Start) {}
            #[on(trade)]
            async fn trade(&self, trade: pb::Trade) {}
            #[on(ping)]
            async fn ping(&self, ping: pb::Ping) {}
            #[session]
            async fn run(&self, inbox: Inbox<Connect>) {}
        }
    };
    let messages = messages_of(expand_as(quote!(Connect, client), &trading(), item));
    assert_eq!(messages.len(), 4, "{messages:#?}");
    assert!(messages[0].contains("is for the hub's handlers"), "{messages:#?}");
    assert!(messages[1].contains("command `ping` (trading.proto:34) is answered by the link"));
    assert!(messages[2].contains("no command `strat`"), "{messages:#?}");
    assert!(messages[2].contains("did you mean `start`? commands: `start`, `get_result`,"));
    assert!(messages[3].contains("`trade` (trading.proto:21) is a message"), "{messages:#?}");
}

#[test]
fn whole_messages() {
    let item = quote! {
        impl Bots {
            #[on_message]
            async fn everything(&self, message: pb::BotMessage) -> Result<(), Status> {}
        }
    };
    insta::assert_snapshot!(expand(&trading(), item).1);
}

#[test]
fn pulled() {
    let item = quote! {
        impl Bots {
            #[session]
            async fn run(&self, bot: &Client<Connect>, mut inbox: Inbox<Connect>) -> Result<(), Status> {}
            #[ping]
            fn alive(&self, sequence: u64) -> pb::Ping {}
        }
    };
    insta::assert_snapshot!(expand(&trading(), item).1);
}

#[test]
fn pulled_where_configured() {
    let item = quote! {
        impl Bots {
            #[cfg(unix)]
            #[session]
            async fn run(&self, inbox: Inbox<Connect>) {}
            #[cfg(windows)]
            #[session]
            async fn run_there(&self, inbox: Inbox<Connect>) {}
            #[cfg(unix)]
            #[ping]
            fn alive(&self, bot: &Client<Connect>, sequence: u64) -> pb::Ping {}
        }
    };
    insta::assert_snapshot!(expand(&trading(), item).1);
}

#[test]
fn a_slip_is_not_missing_as_well() {
    let item = quote! {
        impl Bots {
            #[on(traed)]
            async fn trade(&self, trade: pb::Trade) {}
            #[on(xylophone)]
            async fn sync(&self, sync: pb::Sync) {}
            #[on(get)]
            async fn get(&self, get: pb::Get) -> Result<pb::GetResult, Status> {}
        }
    };
    let messages = messages(&trading(), item);
    assert_eq!(messages.len(), 2, "{messages:#?}");
    assert!(messages[0].contains("did you mean `trade`? variants: `trade`, `heartbeat`,"));
    assert!(!messages[1].contains("did you mean"));
}

#[test]
fn a_role_that_cannot_be_read_mutes_what_is_missing() {
    let item = quote! {
        impl Bots {
            #[on]
            async fn trade(&self, trade: pb::Trade) {}
        }
    };
    let messages = messages(&trading(), item);
    assert_eq!(messages.len(), 1, "{messages:#?}");
}

#[test]
fn a_signature_that_cannot_be_read_is_left_to_rustc_but_not_past_it() {
    let item = quote! {
        impl Bots {
            #[on(trade)]
            default async fn trade(&self, trade: pb::Trade) {}
        }
    };
    let (first, second) = expand(&trading(), item);
    assert!(!first.contains("compile_error"), "{first}");
    assert!(!second.contains("compile_error"), "{second}");
    assert!(second.contains("= ::core::panic!(\n"), "{second}");
}

#[test]
fn unfinished_code_in_a_body_disturbs_nothing() {
    let item = quote! {
        impl Bots {
            #[on(trade)]
            async fn trade(&self, trade: pb::Trade) { self. }
        }
    };
    let emitted = attribute(quote!(Connect), item).to_string();
    assert!(!emitted.contains("compile_error"), "{emitted}");
    assert!(emitted.contains("{ self . }"), "{emitted}");
    assert!(emitted.contains("Connect ! {"), "{emitted}");
}

#[test]
fn a_block_that_cannot_be_read_is_kept_without_roles() {
    let item = quote! {
        impl Bots {
            #[on(trade)]
            async fn trade(&self, trade: ) {}
        }
    };
    let emitted = attribute(quote!(Connect), item).to_string();
    assert!(emitted.contains("async fn trade (& self , trade :) { }"), "{emitted}");
    assert!(emitted.starts_with("impl Bots { # [allow"), "{emitted}");
}

#[test]
fn all_mistakes_at_once() {
    let item = quote! {
        impl Bots {
            #[on(trade)]
            fn trade(&mut self, trade: pb::Trade) {}
            #[on(pong)]
            async fn pong(&self, pong: pb::Pong) {}
            #[on_conect]
            async fn hello(&self, bot: &Client<Connect>) {}
        }
    };
    let messages = messages(&trading(), item);
    assert_eq!(messages.len(), 4, "{messages:#?}");
}

#[test]
fn who_pulls_hears_of_no_resume() {
    let item = quote! {
        impl Bots {
            #[session]
            async fn run(&self, inbox: Inbox<Connect>) {}
            #[on_resume]
            async fn back(&self, bot: &Client<Connect>) {}
        }
    };
    let messages = messages(&trading(), item);
    assert_eq!(messages.len(), 1, "{messages:#?}");
    assert!(messages[0].contains("so `back` would never run"), "{messages:#?}");
}

#[test]
fn many_missing_are_named_and_not_spelled_out() {
    let variants = (0..9).map(|number| {
        let name = format!("v{number}");
        quote!(#name "" "T" [] "")
    });
    let table = quote! {
        v1 contract "a.B/C" client_id message message "a.M" "" oneof "kind" messages { #(#variants;)* }
        command "a.D" "" oneof "" commands {}
    };
    let messages = messages(&table, quote!(impl Bots {}));
    assert_eq!(messages.len(), 1);
    assert!(messages[0].contains("`v8` of `a.M`; add an `#[on(..)]` for each, or take"));
}
