//! What is told of each mistake, kept as files.
//!
//! `UPDATE_GOLDEN=1 cargo test -p streaming-build` writes them anew.

#![allow(clippy::unwrap_used, reason = "tests fail so")]

mod place;

use std::{env, fs, path::Path};

use streaming_build::{Builder, configure};

/// The report of `proto` must be that of the file `<case>.txt`; both are given with the folder of their topic.
fn check(case: &str, proto: &str, builder: Builder) {
    let (topic, _) = proto.split_once('/').unwrap();
    let include = format!("tests/errors/{topic}");
    check_protos(case, &[&format!("tests/errors/{proto}.proto")], &[&include], builder);
}

fn check_protos(case: &str, protos: &[&str], includes: &[&str], builder: Builder) {
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("errors");
    fs::create_dir_all(&out).unwrap();
    hold(case, builder.out_dir(&out).compile_protos(protos, includes));
}

/// What `result` tells must be what the file `<case>.txt` holds.
fn hold(case: &str, result: Result<(), streaming_build::Error>) {
    let told = match result {
        Ok(()) => panic!("{case}: nothing was found"),
        Err(error) => format!("{}\n", as_build_script(&format!("{error:?}"))),
    };
    let kept = Path::new("tests/errors").join(case).with_extension("txt");
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&kept, &told).unwrap();
    }
    let expected = fs::read_to_string(&kept).unwrap_or_default();
    assert_eq!(told, expected, "{} differs from what is told", kept.display());
}

fn as_build_script(told: &str) -> String {
    place::as_build_script(told, file!())
}

/// Protos that cannot be read, and where they lie.
mod files {
    use super::*;

    #[test]
    fn syntax() {
        check("files/syntax", "files/syntax", configure());
    }

    #[test]
    fn unknown_type() {
        check("files/unknown_type", "files/unknown_type", configure());
    }

    #[test]
    fn unknown_import() {
        check("files/unknown_import", "files/unknown_import", configure());
    }

    #[test]
    fn no_such_file() {
        check("files/no_such_file", "files/no_such_file", configure());
    }

    #[test]
    fn sets_that_are_none() {
        hold("files/a_set_that_is_none", configure().compile_descriptor_set(b"no set"));
        // Bytes that are a set, but of nothing.
        hold("files/a_set_of_no_files", configure().compile_descriptor_set([]));
    }

    #[test]
    fn no_syntax() {
        check("files/no_syntax", "files/no_syntax", configure());
    }

    #[test]
    fn almost_an_import() {
        check_protos(
            "files/almost_an_import",
            &["tests/errors/files/almost_an_import.proto"],
            &["tests/errors/files", "not/there"],
            configure(),
        );
    }

    #[test]
    fn no_protos() {
        check_protos("files/no_protos", &[], &["tests/errors/files"], configure());
    }

    #[test]
    fn protos_in_no_include_folder() {
        let protos = ["tests/protos/flag.proto", "tests/protos/flags.proto"];
        check_protos("files/protos_in_no_include_folder", &protos, &["not/there"], configure());
    }

    #[test]
    fn an_include_folder_that_is_a_file() {
        let base = "tests/errors/calls/base.proto";
        check_protos("files/an_include_folder_that_is_a_file", &[base], &[base], configure());
    }

    #[test]
    fn every_file_with_its_mistake() {
        let protos = [
            "tests/errors/files/syntax.proto",
            "tests/errors/files/unknown_type.proto",
            "nowhere.proto",
        ];
        check_protos(
            "files/every_file_with_its_mistake",
            &protos,
            &["tests/errors/files"],
            configure(),
        );
    }
}

/// What holds the variants.
mod payloads {
    use super::*;

    #[test]
    fn several_oneofs() {
        let builder = configure().heartbeat("several_oneofs.v1.Up", "text");
        check("payloads/several_oneofs", "payloads/several_oneofs", builder);
    }

    #[test]
    fn roles_without_a_oneof() {
        let builder =
            configure().goodbye("packets.v1.Packet", "bye").ack("packets.v1.Bots/Connect", "ack");
        check("payloads/roles_without_a_oneof", "payloads/packets", builder);
    }

    #[test]
    fn a_group() {
        check(
            "payloads/a_group",
            "payloads/group",
            configure().client_id("group.v1.Up", "client_id"),
        );
    }

    #[test]
    fn a_payload_of_neither_side() {
        let builder = configure().payload("base.v1.Bots/Connect", "paylod");
        check("payloads/a_payload_of_neither_side", "calls/base", builder);
    }

    #[test]
    fn several_payloads_marked() {
        check("payloads/several_payloads_marked", "payloads/several_payloads_marked", configure());
    }
}

/// Who the client is.
mod client_ids {
    use super::*;

    #[test]
    fn no_client_id() {
        let builder =
            configure().only(["no_client_id.v1.Bots/Connect", "no_client_id.v1.Bots/Log"]);
        check("client_ids/no_client_id", "client_ids/no_client_id", builder);
    }

    #[test]
    fn client_id_of_wrong_type() {
        let builder = configure().only(["wrong_type.v1.Bots/Connect"]);
        check("client_ids/client_id_of_wrong_type", "client_ids/client_id_of_wrong_type", builder);
    }

    #[test]
    fn several_client_ids() {
        let builder = configure().only(["several_ids.v1.Bots/Connect"]);
        check("client_ids/several_client_ids", "client_ids/several_client_ids", builder);
    }

    #[test]
    fn client_ids_beside_the_messages() {
        check("client_ids/options_of_client_ids", "client_ids/sources", configure());
        let rpc = "base.v1.Bots/Connect";
        let builder = configure()
            .client_id_from_metadata(rpc, "grpc-bot")
            .client_id(rpc, "client_id")
            .client_id_authenticated(rpc)
            .client_id_assigned("base.v1.Up");
        check("client_ids/client_ids_that_contradict_each_other", "calls/base", builder);
    }

    #[test]
    fn an_id_in_a_well_known_type() {
        let builder = configure().client_id("wrapped_id.v1.Up", "id.value");
        check("client_ids/an_id_in_a_well_known_type", "client_ids/wrapped_id", builder);
    }

    #[test]
    fn client_ids_that_are_none() {
        let builder = configure().client_id("base.v1.Up", "command_ack");
        check("client_ids/a_client_id_that_is_a_message", "calls/base", builder);
        let builder = configure().client_id("base.v1.Up", "client_id.text");
        check("client_ids/a_client_id_in_no_message", "calls/base", builder);
    }
}

/// Acks, replies and what becomes of commands.
mod commands {
    use super::*;

    #[test]
    fn several_acks() {
        let builder = configure().no_publish("several_acks.v1.Bots/Connect", "dump");
        check("commands/several_acks", "commands/several_acks", builder);
    }

    #[test]
    fn ack_without_id() {
        check("commands/ack_without_id", "commands/ack_without_id", configure());
    }

    #[test]
    fn an_ack_of_no_message() {
        let builder = configure().ack("asks.v1.Down", "told");
        check("commands/an_ack_of_no_message", "answers/asks", builder);
    }

    #[test]
    fn a_reply_that_carries_no_id() {
        let builder = configure()
            .client_id("base.v1.Up", "flag")
            .ack("base.v1.Up", "heartbeat")
            .reply("base.v1.Down", "start", "config_schema")
            .reply("base.v1.Down", "stop", "schema");
        check("commands/a_reply_that_carries_no_id", "calls/base", builder);
    }

    #[test]
    fn what_becomes_of_commands() {
        let (rpc, down) = ("base.v1.Bots/Connect", "base.v1.Down");
        let builder = configure()
            .overflow(down, "start", "drop_old")
            .overflow(down, "strat", "wait")
            .overflow(down, "stop", "wait")
            .overflow(down, "stop", "reject")
            .overflow("base.v1.Up", "heartbeat", "wait")
            .coalesce(rpc, "stop")
            .reply(down, "stop", "config_schema")
            .coalesce(down, "command_id");
        check("commands/what_becomes_of_commands", "calls/base", builder);
    }

    #[test]
    fn acks_without_command_id() {
        let builder = configure().client_id("acks_without_command_id.v1.Up", "client_id");
        check("commands/acks_without_command_id", "commands/acks_without_command_id", builder);
    }
}

/// What messages ask.
mod answers {
    use super::*;

    #[test]
    fn asks_in_vain() {
        let up = "asks.v1.Up";
        // In the payload of no variant, and in a message that has none.
        let builder = configure()
            .message_id(up, "deep.ask.ask_id")
            .message_id("asks.v1.Packet", "own")
            .message_id(up, "own.ask_id");
        check("answers/message_ids_in_no_place", "answers/asks", builder);
        // Nothing answers.
        let builder = configure().message_id(up, "ask.ask_id");
        check("answers/a_question_without_an_answer", "answers/asks", builder);
        check(
            "answers/messages_without_an_answer",
            "answers/asks",
            configure().message_id(up, "own"),
        );
        // What answers does not fit.
        let builder = configure()
            .message_id(up, "ask.ask_id")
            .message_id(up, "number.ask_id")
            .answer(up, "command_ack", "told")
            .answer(up, "text", "told")
            .answer(up, "ask", "start")
            .answer(up, "number", "told")
            .answer(up, "deep", "tolt");
        check("answers/answers_that_do_not_fit", "answers/asks", builder);
    }

    #[test]
    fn several_answers() {
        let builder = configure().only(["several_answers.v1.Bots/Connect"]);
        check("answers/several_answers", "answers/several_answers", builder);
    }

    #[test]
    fn answers_that_are_switched_off_and_named() {
        let builder = configure()
            .no_answers("base.v1.Up")
            .message_id("base.v1.Up", "command_ack.command_id")
            .answer("base.v1.Up", "heartbeat", "start");
        check("answers/answers_that_are_switched_off_and_named", "calls/base", builder);
    }
}

/// Options of the proto.
mod options {
    use super::*;

    #[test]
    fn several_marked() {
        check("options/several_marked", "options/several_marked", configure());
    }

    #[test]
    fn options_in_wrong_places() {
        check("options/options_in_wrong_places", "options/options_in_wrong_places", configure());
    }

    #[test]
    fn misplaced_options() {
        check("options/misplaced_options", "options/misplaced_options", configure());
    }

    #[test]
    fn unknown_options() {
        check("options/unknown_options", "options/unknown_options", configure());
    }

    #[test]
    fn options_without_import() {
        check("options/options_without_import", "options/options_without_import", configure());
    }
}

/// Calls of the builder, whatever they are about.
mod calls {
    use super::*;

    #[test]
    fn calls_about_nothing() {
        let builder = configure()
            .client_id("base.v1.Upp", "client_id")
            .client_id("base.v1.Bots/Conect", "client_id")
            .command_id("base.v1.Up", "command_id")
            .ack("base.v1.Unused", "ack")
            .plain("base.v1.Bots/Get")
            .only(["base.v1.Bots/Connekt"]);
        check("calls/calls_about_nothing", "calls/base", builder);
    }

    #[test]
    fn calls_with_wrong_fields() {
        let builder = configure()
            .client_id("base.v1.Up", "command_ack.comand_id")
            .command_id("base.v1.Down", "tags")
            .ping("base.v1.Down", "pingg")
            .heartbeat("base.v1.Up", "heartbeet")
            .reply("base.v1.Down", "strat", "config_schema")
            .no_publish("base.v1.Up", "sekret");
        check("calls/calls_with_wrong_fields", "calls/base", builder);
    }

    #[test]
    fn calls_with_fields_that_do_not_fit() {
        let builder = configure()
            .client_id("base.v1.Up", "flag.id")
            .payload("base.v1.Down", "paylod")
            .runtime_path("no path");
        check("calls/calls_with_fields_that_do_not_fit", "calls/base", builder);
    }

    #[test]
    fn a_call_on_an_rpc_that_is_left_out() {
        let builder =
            configure().only(["asks.v1.Bots/Relay"]).ack("asks.v1.Bots/Connect", "command_ack");
        check("calls/a_call_on_an_rpc_that_is_left_out", "answers/asks", builder);
    }

    #[test]
    fn calls_that_contradict_each_other() {
        let builder = configure()
            .client_id("base.v1.Up", "client_id")
            .client_id("base.v1.Up", "command_ack.command_id")
            .ack("base.v1.Up", "command_ack")
            .ack("base.v1.Up", "heartbeat")
            .reply("base.v1.Down", "start", "command_ack")
            .reply("base.v1.Down", "start", "config_schema")
            .ping("base.v1.Bots/Connect", "start")
            .only(["base.v1.Bots/Connect"])
            .plain("base.v1.Bots/Connect");
        check("calls/calls_that_contradict_each_other", "calls/base", builder);
    }

    #[test]
    fn calls_on_an_rpc_with_wrong_fields() {
        let builder = configure()
            .client_id("base.v1.Bots/Connect", "payload.command_ack.command_id")
            .ping("base.v1.Bots/Connect", "command_id")
            .pong("base.v1.Bots/Connect", "hartbeat")
            .no_publish("base.v1.Bots/Connect", "stopp");
        check("calls/calls_on_an_rpc_with_wrong_fields", "calls/base", builder);
    }

    #[test]
    fn a_call_without_any_bidi_rpc() {
        let builder =
            configure().client_id("no_bidi.v1.Up", "client_id").plain("no_bidi.v1.Bots/Got");
        check("calls/a_call_without_any_bidi_rpc", "calls/no_bidi_rpc", builder);
    }
}

/// What the proto cannot say but Rust must know.
mod rust {
    use super::*;

    #[test]
    fn a_type_of_another_crate() {
        let builder = configure().prost(|config| {
            config.extern_path(".base.v1.Schema", "::other::Schema");
        });
        check("rust/a_type_of_another_crate", "calls/base", builder);
    }

    #[test]
    fn what_prost_refuses() {
        let builder = configure().prost(|config| {
            config.extern_path("base.v1.Schema", "::other::Schema");
        });
        check("rust/what_prost_refuses", "calls/base", builder);
    }
}

/// The cases of all reports below `folder`.
fn kept(folder: &Path, cases: &mut Vec<String>) {
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.is_dir() {
            kept(&path, cases);
        } else if path.extension().is_some_and(|it| it == "txt") {
            let case = path.strip_prefix("tests/errors").unwrap().with_extension("");
            cases.push(case.display().to_string());
        }
    }
}

#[test]
fn each_kept_report_is_held_by_a_test() {
    let mut cases = Vec::new();
    kept(Path::new("tests/errors"), &mut cases);
    assert!(cases.len() > 40, "only {} were found", cases.len());
    // A case is the first argument; the second names a proto, which may be called as a report that nobody holds.
    let tests: String = include_str!("errors.rs").split_whitespace().collect();
    cases.retain(|case| !tests.contains(&format!("(\"{case}\",")));
    assert!(cases.is_empty(), "no test holds {cases:?}");
}
