//! Which role goes before which, and what is not guessed.

use std::collections::HashMap;

use protox::{
    Compiler, Error,
    file::{ChainFileResolver, File, FileResolver, GoogleFileResolver},
};

use super::find;
use crate::{
    finding::Position,
    model::{Ack, Answer, Contract, Kind, Outcome, Side},
    settings::{Call, Role, Settings},
    source::{OPTIONS_NAME, OPTIONS_TEXT, Source},
};

/// A proto in memory, and our options.
struct Memory(String);

impl FileResolver for Memory {
    fn open_file(&self, name: &str) -> Result<File, Error> {
        match name {
            "t.proto" => File::from_source(name, &self.0),
            OPTIONS_NAME => File::from_source(name, OPTIONS_TEXT),
            _ => Err(Error::file_not_found(name)),
        }
    }
}

/// The contract of a stream of `Up` and `Down`, which `messages` holds, with `calls` of the builder.
fn contract(messages: &str, calls: &[(Role, &str, &[&str])]) -> Contract {
    contract_of("rpc R(stream Up) returns (stream Down);", messages, calls)
}

/// The contract `rpc`, whose types `messages` holds, with `calls` of the builder.
fn contract_of(rpc: &str, messages: &str, calls: &[(Role, &str, &[&str])]) -> Contract {
    let head = "syntax = \"proto3\"; package t; import \"streaming/options.proto\";
        message Id { string command_id = 1; } message Ask { string request_id = 1; }";
    let mut chain = ChainFileResolver::new();
    chain.add(GoogleFileResolver::new());
    chain.add(Memory(format!("{head} {messages} service S {{ {rpc} }}")));
    let mut compiler = Compiler::with_file_resolver(chain);
    compiler.include_imports(true).open_file("t.proto").expect("a proto");
    let source = Source { pool: compiler.descriptor_pool(), paths: HashMap::new() };
    let call = |(role, on, args): &(Role, &str, &[&str])| Call {
        role: *role,
        on: (*on).to_owned(),
        args: args.iter().map(ToString::to_string).collect(),
        at: Position::default(),
    };
    let calls = calls.iter().map(call).collect();
    let (model, findings) = find(&source, &Settings { calls, ..Settings::default() });
    assert!(findings.is_empty(), "{findings:#?}");
    let rpcs = model.services.into_iter().flat_map(|service| service.rpcs);
    let kinds: Vec<Kind> = rpcs.map(|rpc| rpc.kind).collect();
    match kinds.into_iter().next() {
        Some(Kind::Contract(contract)) => *contract,
        other => panic!("no contract: {other:?}"),
    }
}

fn by(side: &Side, answer: &Answer) -> String {
    match answer {
        Answer::Ack(Ack::Envelope(outcome)) => format!("any {}", outcome.id.name()),
        Answer::Ack(Ack::Variant(index, _)) => format!("ack {}", side.name(*index)),
        Answer::Typed(index, _) => side.name(*index).to_owned(),
    }
}

/// `ask.request_id: rows` for each variant that asks.
fn asked(contract: &Contract) -> Vec<String> {
    let asked = contract.questions.iter().enumerate().filter_map(|(index, question)| {
        let question = question.as_ref()?;
        let (name, id) = (contract.message.name(index), question.id.what.full_name());
        let by = by(&contract.command, &question.answer.what);
        Some(format!("{name} under {}: {by}", id.trim_start_matches("t.")))
    });
    asked.collect()
}

/// `start: ack command_ack` for each command that is answered.
fn replied(contract: &Contract) -> Vec<String> {
    let replied = contract.replies.iter().enumerate().filter_map(|(index, reply)| {
        let by = by(&contract.message, &reply.as_ref()?.what);
        Some(format!("{}: {by}", contract.command.name(index)))
    });
    replied.collect()
}

#[test]
fn what_answers_a_command_asks_nothing() {
    let messages = "
        message Up { string client_id = 1; string request_id = 2; oneof kind { string get = 3; string put = 4; } }
        message Down { string request_id = 1; oneof kind { string get = 2; string put_response = 3; } }";
    let found = contract(messages, &[]);
    assert_eq!(replied(&found), ["get: get", "put_response: any request_id"]);
    // `put` is answered by its name, but nothing by the envelope alone.
    assert_eq!(asked(&found), ["put under Up.request_id: put_response"]);
}

#[test]
fn an_id_that_is_named_is_that_of_the_message() {
    let messages = "
        message Up { string client_id = 1; string request_id = 2; oneof kind { string get = 3; string put = 4; } }
        message Down { string request_id = 1; oneof kind { string get = 2; } }";
    let named = (Role::MessageId, "t.Up", &["request_id"][..]);
    let found = contract(messages, &[named]);
    assert!(replied(&found).is_empty(), "{:?}", replied(&found));
    assert_eq!(
        asked(&found),
        ["get under Up.request_id: get", "put under Up.request_id: any request_id"]
    );
    // Where the command's id is named too, both directions use it.
    let found = contract(messages, &[named, (Role::CommandId, "t.Down", &["request_id"])]);
    assert_eq!(replied(&found), ["get: get"]);
    assert_eq!(asked(&found), ["put under Up.request_id: any request_id"]);
}

#[test]
fn an_envelope_answers_by_convention_where_its_id_is_no_reply() {
    let down = "message Down { string request_id = 1; oneof kind { string row = 2; } }";
    // The id of a payload, where nothing answers commands.
    let up = "message Up { string client_id = 1; oneof kind { Ask ask = 2; } }";
    assert_eq!(
        asked(&contract(&format!("{up} {down}"), &[])),
        ["ask under Ask.request_id: any request_id"]
    );
    // The same, but the ids that messages carry are those of commands.
    let up = "message Up { string client_id = 1; oneof kind { Ask progress = 2; Ask request_ack = 3; } }";
    let found = contract(&format!("{up} {down}"), &[]);
    assert!(asked(&found).is_empty(), "{:?}", asked(&found));
    assert_eq!(replied(&found), ["row: ack request_ack"]);
    // An id of the message itself, where the ack has its own.
    let up = "message Up { string client_id = 1; string request_id = 2; oneof kind { string ask = 3; Ask request_ack = 4; } }";
    let found = contract(&format!("{up} {down}"), &[]);
    assert_eq!(asked(&found), ["ask under Up.request_id: any request_id"]);
}

#[test]
fn an_ack_may_lie_in_an_envelope_if_its_name_is_clear() {
    let up = |ack: &str| {
        format!(
            "message Up {{ string client_id = 1; string command_id = 2; oneof kind {{ Note note = 3; Note {ack} = 4; }} }}
             message Note {{ bool success = 1; }}
             message Down {{ string command_id = 1; oneof kind {{ Note start = 2; }} }}"
        )
    };
    for ack in ["ack", "command_ack"] {
        let found = contract(&up(ack), &[]);
        assert_eq!(replied(&found), [format!("start: ack {ack}")]);
        let outcome = found.ack.as_ref().map(|ack| ack.what.outcome());
        assert!(outcome.is_some_and(Outcome::can_fail), "{outcome:?}");
    }
    assert_eq!(replied(&contract(&up("trade_ack"), &[])), ["start: any command_id"]);
}

#[test]
fn ids_of_other_types_are_other_ids() {
    let messages = "
        message Up { string client_id = 1; oneof kind { Number ack = 2; Number start = 3; } }
        message Number { int64 command_id = 1; }
        message Down { string command_id = 1; oneof kind { Id start = 2; } }";
    let found = contract(messages, &[]);
    assert!(found.ack.is_none() && replied(&found).is_empty(), "{:?}", replied(&found));
}

#[test]
fn the_id_in_a_payload_goes_before_that_of_the_message() {
    let messages = "
        message Up { string client_id = 1; string instruction_id = 2; oneof kind { Ask ask = 3; string note = 4; } }
        message Down { string instruction_id = 1; oneof kind { Ask ask_reply = 2; string note_reply = 3; Id ack = 4; } }";
    let found = contract(messages, &[]);
    assert_eq!(
        asked(&found),
        ["ask under Ask.request_id: ask_reply", "note under Up.instruction_id: note_reply"]
    );
}

#[test]
fn an_ack_and_what_is_named_answer_together() {
    let messages = "
        message Up { string client_id = 1; oneof kind { Ask ask = 2; Ask other = 3; Ask ping = 4; Ask heartbeat = 5; } }
        message Down { oneof kind { Ask done = 1; Ask rows = 2; Ask ping = 3; } }";
    let calls: [(Role, &str, &[&str]); 2] =
        [(Role::Ack, "t.Down", &["done"]), (Role::Answer, "t.Up", &["ask", "rows"])];
    assert_eq!(
        asked(&contract(messages, &calls)),
        ["ask under Ask.request_id: rows", "other under Ask.request_id: ack done"]
    );
    let off = (Role::NoAnswers, "t.S/R", &[][..]);
    assert!(asked(&contract(messages, &[off])).is_empty());
}

#[test]
fn a_mark_in_a_type_is_meant_for_the_variants_that_can_ask() {
    let messages = "
        message Marked { sint32 no = 1 [(streaming.message_id) = true]; string command_id = 2; }
        message Up { string client_id = 1; oneof kind { Marked ask = 2; Marked ack = 3; Marked lost = 4; } }
        message Down { string command_id = 1; oneof kind { Marked ask_result = 2; Ask one_ack = 3; Ask two_ack = 4; } }";
    let found = contract(messages, &[]);
    // Several acks are no matter where something else answers.
    assert_eq!(asked(&found), ["ask under Marked.no: ask_result"]);
    assert_eq!(replied(&found)[0], "ask_result: ack ack");
}

#[test]
fn one_type_both_ways_asks_and_answers_in_both_directions() {
    let messages = "
        message Packet { string client_id = 1; string request_id = 2; oneof kind { string get = 3; string get_result = 4; } }";
    let found = contract_of("rpc R(stream Packet) returns (stream Packet);", messages, &[]);
    assert_eq!(replied(&found)[0], "get: get_result");
    assert_eq!(asked(&found), ["get under Packet.request_id: get_result"]);
}

#[test]
fn a_goodbye_has_no_other_role_and_can_be_denied() {
    let goodbyes = |messages: &str, calls: &[(Role, &str, &[&str])]| {
        let found = contract(messages, calls);
        let name = |side: &Side, index| side.name(index).to_owned();
        let client = found.client_goodbye.map(|it| name(&found.message, it.what.index));
        (client, found.goodbye.map(|it| name(&found.command, it.what.index)))
    };
    let both = "
        message Up { string client_id = 1; oneof kind { Id shutdown = 2; Id goodbye = 3; } }
        message Down { string command_id = 1; oneof kind { Id shutdown = 2; Bye disconnect = 3; } }
        message Bye { string reason = 1; }";
    // `shutdown` is also what one tells a machine to do: it has no field of a goodbye.
    let found = Some("goodbye".to_owned());
    assert_eq!(goodbyes(both, &[]), (found.clone(), Some("disconnect".to_owned())));
    // Named as what answers a command.
    let reply = (Role::Reply, "t.Down", &["disconnect", "goodbye"][..]);
    assert_eq!(goodbyes(both, &[reply]).0, None);
    let denied = (Role::NoGoodbye, "t.Down", &[][..]);
    assert_eq!(goodbyes(both, &[denied]), (found, None));
    let marked = "
        message Up { string client_id = 1; oneof kind { Id goodbye = 2 [(streaming.goodbye) = false]; } }
        message Down { string command_id = 1; oneof kind { Id bye = 2 [(streaming.goodbye) = true]; } }";
    assert_eq!(goodbyes(marked, &[]), (None, Some("bye".to_owned())));
}

/// The fields in which a turned contract's variants hold the ids under which they ask.
fn ids(turned: &Contract) -> Vec<&str> {
    let one = turned.command_id.iter().map(|id| &id.what);
    let ids = one.chain(turned.command_ids.iter().flatten());
    ids.map(|id| id.full_name().trim_start_matches("t.")).collect()
}

/// The variants that say themselves how something went.
fn outspoken(turned: &Contract) -> Vec<&str> {
    turned.outspoken.iter().map(|(index, _)| turned.message.name(*index)).collect()
}

#[test]
fn turned_round_questions_are_commands_and_replies_are_answers() {
    let messages = "
        message Up { string client_id = 1; oneof kind { CommandAck command_ack = 2; Id dumped = 3; Ask get = 4; Ask put = 5; } }
        message Down {
            string command_id = 1;
            oneof kind { Id start = 2; Id dump = 3 [(streaming.reply) = \"dumped\"]; Got get = 4; Told ack = 5; Id load = 6 [(streaming.coalesce) = true]; }
        }
        message CommandAck { string command_id = 1; string error = 2; }
        message Got { string request_id = 1; } message Told { string request_id = 1; bool success = 2; }";
    let found = contract(messages, &[]).turned();
    assert_eq!(
        asked(&found),
        [
            "start under Down.command_id: ack command_ack",
            "dump under Down.command_id: dumped",
            // It has no reply, and yet its ack can be awaited.
            "load under Down.command_id: ack command_ack"
        ]
    );
    let failures = found.questions.iter().flatten().map(|it| it.failure.as_ref()?.variant());
    assert!(failures.eq([Some(0); 3]), "the hub reads failures off the ack");
    assert_eq!(replied(&found), ["get: get", "put: ack ack"]);
    assert_eq!(ids(&found), ["Ask.request_id"; 2]);
    assert!(outspoken(&found).is_empty());
    assert!(found.is_reply(2) && found.is_reply(3) && !found.is_reply(0));
}

#[test]
fn turned_round_an_envelope_is_an_ack() {
    let messages = "
        message Up { string client_id = 1; string command_id = 2; string error = 3; oneof kind { Id get_result = 4; } }
        message Down { string command_id = 1; oneof kind { string get = 2; string stop = 3; } }";
    let found = contract(messages, &[]).turned();
    let expected =
        ["get under Down.command_id: get_result", "stop under Down.command_id: any command_id"];
    assert_eq!(asked(&found), expected);
    let [Some(get), Some(stop)] = &*found.questions else { panic!("{:?}", found.questions) };
    // Around the variant, where the hub reads it, though the variant has a field for it.
    assert_eq!(get.answer.what.outcome().id.full_name(), "t.Up.command_id");
    assert!(get.done.is_none() && stop.done.is_some());
    assert!(replied(&found).is_empty() && found.command_id.is_none());
}

#[test]
fn turned_round_an_answer_may_say_itself_that_it_failed() {
    let messages = "
        message Up { string client_id = 1; string request_id = 2; oneof kind { Ask get = 3; string find = 4; } }
        message Down { string request_id = 1; oneof kind { Got get = 2; Got find_result = 3; } }
        message Got { string request_id = 1; string error = 2; }";
    let named = (Role::MessageId, "t.Up", &["request_id"][..]);
    let found = contract(messages, &[named, (Role::MessageId, "t.Up", &["get.request_id"])]);
    let found = found.turned();
    assert_eq!(replied(&found), ["get: get", "find: find_result"]);
    assert_eq!(ids(&found), ["Ask.request_id", "Up.request_id"], "each has its own");
    assert_eq!(outspoken(&found), ["get", "find_result"]);
    assert!(found.ack.is_none());
}

#[test]
fn turned_round_a_second_ack_is_an_answer() {
    let messages = "
        message Up { string client_id = 1; oneof kind { Ask ask = 2; Order order = 3; Number number = 4; } }
        message Down { oneof kind { Told ack = 2; Ordered instruction_ack = 3; Number number = 4; } }
        message Told { string request_id = 1; bool success = 2; }
        message Order { string instruction_id = 1; }
        message Ordered { string instruction_id = 1; string error = 2; }
        message Number { int32 correlation_id = 1; }";
    let found = contract(messages, &[]).turned();
    // Ids of another kind than the first are none that a link can make up.
    assert_eq!(replied(&found), ["ask: ack ack", "order: instruction_ack"]);
    assert_eq!(outspoken(&found), ["instruction_ack"]);
    assert_eq!(ids(&found), ["Ask.request_id", "Order.instruction_id"]);
}
