//! The builder that build.rs configures.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    cargo, emit,
    finding::{Error, Finding, Position},
    messages, roles,
    settings::{Call, Named, Role, Settings},
    source::Source,
};

type ProstHook = Box<dyn FnOnce(&mut prost_build::Config)>;

/// Says what the conventions do not find, then generates; from [`configure`].
///
/// Wherever a method takes `on`, that is a message, as `trading.v1.BotMessage`, or a bidi rpc, as
/// `trading.v1.TradingBots/Connect`; a call about the rpc goes before one about its messages. What is named is *meant* to
/// be a contract: a role that is missing or ambiguous then fails the build.
#[must_use = "nothing is generated before `compile_protos` or `compile_descriptor_set`"]
pub struct Builder {
    settings: Settings,
    prost: Vec<ProstHook>,
    runtime: String,
    /// Where the runtime was named.
    runtime_at: Position,
    out_dir: Option<PathBuf>,
}

/// A builder without settings.
pub fn configure() -> Builder {
    Builder {
        settings: Settings::default(),
        prost: Vec::new(),
        runtime: "::streaming_runtime".to_owned(),
        runtime_at: Position::default(),
        out_dir: None,
    }
}

impl Builder {
    #[track_caller]
    fn with<const N: usize>(
        mut self,
        role: Role,
        on: impl Into<String>,
        args: [String; N],
    ) -> Self {
        let at = Position::of_call();
        self.settings.calls.push(Call { role, on: on.into(), args: args.into(), at });
        self
    }

    /// Names the oneof that holds the variants, where a message has several.
    #[track_caller]
    pub fn payload(self, on: impl Into<String>, oneof: impl Into<String>) -> Self {
        self.with(Role::Payload, on, [oneof.into()])
    }

    /// Names the field that holds the client's id: a path of fields, `register.bot_id`, which may lead into a variant.
    #[track_caller]
    pub fn client_id(self, on: impl Into<String>, path: impl Into<String>) -> Self {
        self.with(Role::ClientId, on, [path.into()])
    }

    /// Takes the client's id from a header of the request, so that the client need not send any message.
    ///
    /// `header` is in lower case, as gRPC's metadata is; the bytes of one that ends in `-bin` are written in hex.
    #[track_caller]
    pub fn client_id_from_metadata(
        self,
        rpc: impl Into<String>,
        header: impl Into<String>,
    ) -> Self {
        self.with(Role::ClientIdFromMetadata, rpc, [header.into()])
    }

    /// Takes the client's id from the identity that the handler's `#[authenticate]` gives, and from nothing that the
    /// client says.
    #[track_caller]
    pub fn client_id_authenticated(self, rpc: impl Into<String>) -> Self {
        self.with(Role::ClientIdAuthenticated, rpc, [])
    }

    /// Has the hub make up the client's id, a `UUIDv7`.
    #[track_caller]
    pub fn client_id_assigned(self, rpc: impl Into<String>) -> Self {
        self.with(Role::ClientIdAssigned, rpc, [])
    }

    /// Names the top-level field of the command that holds its id.
    #[track_caller]
    pub fn command_id(self, on: impl Into<String>, field: impl Into<String>) -> Self {
        self.with(Role::CommandId, on, [field.into()])
    }

    /// Names the message's variant that says how a command went; where `on` is a command, the command's variant that
    /// says how a message was handled; where it is an rpc, both.
    #[track_caller]
    pub fn ack(self, on: impl Into<String>, variant: impl Into<String>) -> Self {
        self.with(Role::Ack, on, [variant.into()])
    }

    /// Names the message's variant `answer` that answers the command's variant `command`; `on` is the command.
    #[track_caller]
    pub fn reply(
        self,
        on: impl Into<String>,
        command: impl Into<String>,
        answer: impl Into<String>,
    ) -> Self {
        self.with(Role::Reply, on, [command.into(), answer.into()])
    }

    /// Names the field under whose id a message asks for an answer: `request_id`, of every variant, or
    /// `query.query_id`, of that variant alone.
    #[track_caller]
    pub fn message_id(self, on: impl Into<String>, field: impl Into<String>) -> Self {
        self.with(Role::MessageId, on, [field.into()])
    }

    /// Names the command's variant `answer` that answers the message's variant `message`; `on` is the message.
    #[track_caller]
    pub fn answer(
        self,
        on: impl Into<String>,
        message: impl Into<String>,
        answer: impl Into<String>,
    ) -> Self {
        self.with(Role::Answer, on, [message.into(), answer.into()])
    }

    /// Nothing that clients send is answered, whatever ids it carries.
    #[track_caller]
    pub fn no_answers(self, on: impl Into<String>) -> Self {
        self.with(Role::NoAnswers, on, [])
    }

    /// Names the command's bool field, or variant, that makes a ping.
    #[track_caller]
    pub fn ping(self, on: impl Into<String>, field: impl Into<String>) -> Self {
        self.with(Role::Ping, on, [field.into()])
    }

    /// Names the message's variant that answers a ping.
    #[track_caller]
    pub fn pong(self, on: impl Into<String>, variant: impl Into<String>) -> Self {
        self.with(Role::Pong, on, [variant.into()])
    }

    /// Names the message's variant that is a sign of life and needs no handler.
    #[track_caller]
    pub fn heartbeat(self, on: impl Into<String>, variant: impl Into<String>) -> Self {
        self.with(Role::Heartbeat, on, [variant.into()])
    }

    /// Names the variant, of the message or of the command, that says that the stream is about to end; where `on` is an
    /// rpc, of both.
    #[track_caller]
    pub fn goodbye(self, on: impl Into<String>, variant: impl Into<String>) -> Self {
        self.with(Role::Goodbye, on, [variant.into()])
    }

    /// Keeps a variant from being taken for a goodbye because it is called like one: a command `shutdown` may be there to
    /// switch something off.
    #[track_caller]
    pub fn no_goodbye(self, on: impl Into<String>) -> Self {
        self.with(Role::NoGoodbye, on, [])
    }

    /// Keeps a variant of the message or of the command from being published.
    #[track_caller]
    pub fn no_publish(self, on: impl Into<String>, variant: impl Into<String>) -> Self {
        self.with(Role::NoPublish, on, [variant.into()])
    }

    /// What happens to the command's variant where the outbox has no room for it, in place of what the hub is set to:
    /// `wait`, `reject`, `drop_oldest` or `disconnect`.
    #[track_caller]
    pub fn overflow(
        self,
        on: impl Into<String>,
        variant: impl Into<String>,
        overflow: impl Into<String>,
    ) -> Self {
        self.with(Role::Overflow, on, [variant.into(), overflow.into()])
    }

    /// The newest of the command's variant takes the place of one that is queued still, so that at most one waits. Such a
    /// command has no reply.
    #[track_caller]
    pub fn coalesce(self, on: impl Into<String>, variant: impl Into<String>) -> Self {
        self.with(Role::Coalesce, on, [variant.into()])
    }

    /// Makes contracts of these rpcs, each `package.Service/Rpc`, and of no other.
    #[track_caller]
    pub fn only(mut self, rpcs: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let at = Position::of_call();
        let only = self.settings.only.get_or_insert_default();
        only.extend(rpcs.into_iter().map(|rpc| Named { rpc: rpc.into(), at: at.clone() }));
        self
    }

    /// Keeps `rpc`, as `package.Service/Rpc`, a plain tonic method.
    #[track_caller]
    pub fn plain(mut self, rpc: impl Into<String>) -> Self {
        self.settings.plain.push(Named { rpc: rpc.into(), at: Position::of_call() });
        self
    }

    /// Sets whatever prost-build can do; its paths, attributes on types and output folder are set by this crate.
    pub fn prost(mut self, change: impl FnOnce(&mut prost_build::Config) + 'static) -> Self {
        self.prost.push(Box::new(change));
        self
    }

    /// The path of the runtime in the generated code, where it was renamed: `::my::runtime`.
    ///
    /// Default: `::streaming_runtime`.
    #[track_caller]
    pub fn runtime_path(mut self, path: impl Into<String>) -> Self {
        self.runtime = path.into();
        self.runtime_at = Position::of_call();
        self
    }

    /// The folder to write to, which must exist. Default: `OUT_DIR`.
    pub fn out_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.out_dir = Some(dir.into());
        self
    }

    /// Generates code for `protos` and all that they import; `includes` are the folders in which imports are found.
    ///
    /// # Errors
    /// [`Error::Io`] where a generated file cannot be written. In a build script whatever is wrong with the protos is
    /// told to cargo, and the result is `Ok`; elsewhere it is [`Error::Findings`].
    #[cfg(feature = "protox")]
    #[track_caller]
    pub fn compile_protos(
        self,
        protos: &[impl AsRef<Path>],
        includes: &[impl AsRef<Path>],
    ) -> Result<(), Error> {
        let at = Position::of_call();
        let owned = |path: &Path| path.to_path_buf();
        let protos: Vec<_> = protos.iter().map(|path| owned(path.as_ref())).collect();
        let includes: Vec<_> = includes.iter().map(|path| owned(path.as_ref())).collect();
        // Before anything can fail: a mended proto must be looked at again.
        for include in includes.iter().filter(|include| include.exists()) {
            cargo::rerun_if_changed(include);
        }
        for proto in &protos {
            cargo::rerun_if_changed(proto);
        }
        match crate::source::read(&protos, &includes, &at, cargo::rerun_if_changed) {
            Ok(source) => self.generate(&source),
            Err(findings) => cargo::report(findings),
        }
    }

    /// Generates code for a set of descriptors that protoc or buf made, with imports and best with source info.
    ///
    /// # Errors
    /// As [`compile_protos`](Self::compile_protos).
    #[track_caller]
    pub fn compile_descriptor_set(self, set: impl AsRef<[u8]>) -> Result<(), Error> {
        match Source::decode(set.as_ref(), &Position::of_call()) {
            Ok(source) => self.generate(&source),
            Err(findings) => cargo::report(findings),
        }
    }

    fn generate(self, source: &Source) -> Result<(), Error> {
        let (model, mut findings) = roles::find(source, &self.settings);
        let runtime = syn::parse_str::<syn::Path>(&self.runtime);
        if runtime.is_err() {
            let message = messages::bad_runtime_path(&self.runtime);
            findings.push(Finding::new(self.runtime_at, message));
        }
        let (Ok(runtime), []) = (runtime, findings.as_slice()) else {
            return cargo::report(findings);
        };
        let out_dir = match self.out_dir {
            Some(dir) => dir,
            None => cargo::out_dir()?,
        };
        let mut config = prost_build::Config::new();
        for change in self.prost {
            change(&mut config);
        }
        let files = match emit::emit(source, &model, config, &runtime) {
            Ok(files) => files,
            Err(finding) => return cargo::report(vec![finding]),
        };
        for file in files {
            write_if_changed(&out_dir.join(file.name), &file.contents)?;
        }
        Ok(())
    }
}

/// Leaves a file alone that is right already: a checked-in one is then never touched without need.
fn write_if_changed(path: &Path, contents: &[u8]) -> Result<(), Error> {
    if fs::read(path).is_ok_and(|old| old == contents) {
        return Ok(());
    }
    fs::write(path, contents).map_err(|error| Error::io(path, error))
}
