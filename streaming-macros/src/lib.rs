//! The `#[bidi_streaming]` attribute of [streaming-runtime](https://docs.rs/streaming-runtime).
//!
//! Use it through the runtime, which re-exports it: `streaming_runtime::bidi_streaming`.

mod args;
mod cfg;
mod check;
mod errors;
mod expand;
mod include;
mod item;
mod message;
mod suggest;
mod table;

use proc_macro::TokenStream;

/// Turns an `impl` block into the handler of a contract.
///
/// The argument is the path of the marker type that streaming-build generated for the rpc:
///
/// ```text
/// use pb::trading_bots::Connect;
/// use streaming_runtime::{Client, Disconnect, HandlerError, bidi_streaming};
///
/// struct Bots { db: Db }
///
/// #[bidi_streaming(Connect)]
/// impl Bots {
///     #[on(trade)]
///     async fn trade(&self, bot: &Client<Connect>, trade: pb::Trade) -> anyhow::Result<()> {
///         self.db.record(bot.id(), &trade).await?;
///         Ok(())
///     }
///
///     #[on(heartbeat)]
///     async fn beat(&self, beat: pb::Heartbeat) {}
///
///     #[on_connect]
///     async fn connected(&self, bot: &Client<Connect>) -> Result<(), Status> { Ok(()) }
///
///     #[on_disconnect]
///     async fn gone(&self, bot: &Client<Connect>, end: &Disconnect<Connect>) {}
///
///     #[on_error]
///     async fn failed(&self, bot: &Client<Connect>, error: &HandlerError) {}
/// }
/// ```
///
/// The block may be generic, may stand in any module or in a function's body, and keeps everything that has no
/// attribute of the list below. The path is the marker's own or that of a `use` (`use … as …` too); a type alias does
/// not work, because the path also names the macro in which the contract describes itself.
///
/// # Attributes of methods
///
/// Each method is an `async fn` on `&self`, but for `#[ping]`, which is a plain `fn`. `C` is the contract.
///
/// | attribute | arguments after `&self` | called for | returns |
/// | --- | --- | --- | --- |
/// | `#[on(variant)]` | `payload` or `&Client<C>, payload` | messages with this variant; `#[on(a, b)]` for several that carry the same type | `()`, `Result<(), E>`, or an answer: see below |
/// | `#[on_other]` | `message` or `&Client<C>, message` | variants without a handler, unknown variants and messages with none, as whole messages | `()` or `Result<(), E>` |
/// | `#[on_message]` | `message` or `&Client<C>, message` | every message, in place of the two above | `()` or `Result<(), E>` |
/// | `#[session]` | `inbox` or `&Client<C>, inbox` | each session once, in place of the three above: pull mode | `()` or `Result<(), E>` |
/// | `#[authenticate]` | `&Handshake` | each stream before it opens; an error refuses it | `Result<Identity, E>` |
/// | `#[on_connect]` | `&Client<C>` | a client that identified itself; an error refuses it | `()` or `Result<(), E>` |
/// | `#[on_resume]` | `&Client<C>` | a client that comes back to its session within `reconnect_grace`, for which neither `#[on_connect]` nor `#[on_disconnect]` runs; not beside `#[session]` | `()` or `Result<(), E>` |
/// | `#[on_disconnect]` | `&Client<C>, &Disconnect<C>` | the end of each session whose `#[on_connect]` was well | `()` or `Result<(), E>` |
/// | `#[on_error]` | `&Client<C>, &HandlerError` | errors and panics of all the others | `()` |
/// | `#[ping]` | `sequence` or `&Client<C>, sequence` | each ping that is due | the ping |
///
/// The payload is what the variant carries, unboxed: an enum as `i32` or as its type (a number that the type does not
/// know is then an error), and an empty message may be left out.
///
/// `E` is whatever `?` turns into a boxed error: `anyhow::Error`, a `tonic::Status`, any `std::error::Error + Send + Sync`.
/// A `Status` in its chain is what the client sees, in a failed answer or when the stream ends over it. Of anything else
/// it sees no more than that the handler failed; the error itself goes to `#[on_error]`, or to the log.
///
/// Every variant needs a handler, unless `#[on_other]` takes the rest. Those that need none: heartbeats, goodbyes, and
/// replies to commands (`#[on(command_ack)]` may be written and gets the ones that no request waits for). Answers to
/// pings reach no handler.
///
/// `#[cfg]`s on methods work; where they take the only handler of a variant away, that is an error as well.
///
/// # Answers
///
/// Where a message asks, because it has an id of its own and the contract has a command that answers it, the answer is
/// what the handler returns. It is sent under that id:
///
/// ```text
/// #[on(get)]
/// async fn get(&self, get: pb::Get) -> anyhow::Result<pb::GetResult> {
///     Ok(pb::GetResult { value: self.db.read(&get.key).await?, ..Default::default() })
/// }
/// ```
///
/// | returned | sent |
/// | --- | --- |
/// | `Ok(answer)` | the answer, behind what the handler has sent before |
/// | `()` or `Ok(())` | the ack that all went well, ahead of what is queued; nothing where the contract has none: then the handler answers by itself |
/// | `Err`, or a panic | that it failed, as far as the contract has a word for it |
///
/// The type of the answer is the payload of the command's variant that answers; the whole command where that is an
/// envelope; the ack where there is nothing else. Generated code puts the id in. For a variant that asks nothing, and in
/// `#[on_other]` and `#[on_message]`, an answer is a compile error.
///
/// # Several at once
///
/// The messages of a client are handled one after the other. Those that need not wait for each other go beside this line:
///
/// ```text
/// #[on(trade, concurrent = 16)]
/// async fn trade(&self, trade: pb::Trade) -> anyhow::Result<()> { self.db.record(&trade).await }
/// ```
///
/// Up to 16 of a client's trades are handled at once then, while other messages go on in order; further ones wait. With
/// `concurrent = 1` they are handled one at a time and in order, still beside the others. `#[on(a, b, concurrent = 16)]`
/// counts both together.
///
/// # Who a client is
///
/// Without `#[authenticate]` a client's id is a mere claim. With it, nobody is a client that its identity does not
/// allow:
///
/// ```text
/// #[authenticate]
/// async fn who(&self, handshake: &Handshake) -> Result<Identity, Status> {
///     let token = handshake.metadata().get("authorization");
///     let claims = self.keys.verify(token).map_err(|_| Status::unauthenticated("no valid token"))?;
///     Ok(Identity::exact(claims.bot).expires_at(claims.expires_at))
/// }
/// ```
///
/// Where build.rs says `.client_id_authenticated(..)`, the identity is the client's id, and a block without
/// `#[authenticate]` does not compile.
///
/// # Pull mode
///
/// `#[session]` gets an `Inbox<C>` and takes the messages out of it itself, one after the other. Replies that a request
/// waits for and answers to pings do not come by there. When it returns, the stream ends:
///
/// ```text
/// #[session]
/// async fn run(&self, bot: &Client<Connect>, mut inbox: Inbox<Connect>) -> anyhow::Result<()> {
///     while let Some(message) = inbox.next().await {
///         self.db.record(bot.id(), &message).await?;
///     }
///     Ok(())
/// }
/// ```
///
/// # Pings
///
/// The hub makes pings by itself. Where they are to be yours, `#[ping]` makes the payload of the contract's ping variant.
/// It gets the number of the ping in its session, a `u64`, by which the hub knows the answer. It is called by the clock
/// and must not wait, so it is no `async fn`:
///
/// ```text
/// #[ping]
/// fn ping(&self, bot: &Client<Connect>, sequence: u64) -> pb::Ping { pb::Ping { sequence } }
/// ```
///
/// # Clients
///
/// With `client` behind the path the block is the other end: it handles the hub's commands, and is run by a `Link`.
///
/// ```text
/// #[bidi_streaming(Connect, client)]
/// impl Bot {
///     #[on(start)]
///     async fn start(&self, link: &Link<Connect>, start: pb::Start) -> anyhow::Result<()> {
///         let order = self.strategy(&start.strategy)?;           // an `Err` or a panic: the command has failed
///         link.trade(order.trade()).await?;                      // a typed sender for each message
///         Ok(())                                                 // the ack
///     }
///
///     #[on(request_config_schema)]
///     async fn schema(&self) -> Result<pb::ConfigSchema, Status> { … }       // the typed reply
///
///     #[on_disconnect]
///     async fn lost(&self, link: &Link<Connect>, lost: &Lost) {}             // each stream that is lost
/// }
/// ```
///
/// All of the above holds for it, with `&Link<C>` for `&Client<C>`, commands for messages, and `&Lost` for `&Disconnect<C>`.
/// What is said of answers is said of a command that the hub may wait for. Pings, answers of the hub and goodbyes need no
/// handler; pings that are answered reach none. `#[session]`, `#[ping]` and `#[authenticate]` are the hub's alone.
///
/// A type is the handler of one end of a contract; for the client of another contract, or for the hub's side beside it,
/// take a type of its own, unless the contracts are generated in the same crate.
///
/// It needs the feature `link` of the runtime.
///
/// # Other arguments
///
/// `#[bidi_streaming(path, crate = path::of::runtime)]` for a runtime under another name.
#[proc_macro_attribute]
pub fn bidi_streaming(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::attribute(args.into(), item.into()).into()
}

/// What a contract's macro calls with its table. Not for use by hand.
#[doc(hidden)]
#[proc_macro]
pub fn expand(input: TokenStream) -> TokenStream {
    expand::with_table(input.into()).into()
}

/// What the runtime's `include_proto!` calls. Not for use by hand.
#[doc(hidden)]
#[proc_macro]
pub fn include(input: TokenStream) -> TokenStream {
    let out_dir = std::env::var_os("OUT_DIR");
    include::include(input.into(), out_dir.as_deref().map(std::path::Path::new)).into()
}
