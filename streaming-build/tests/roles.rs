//! What the generated functions of roles do; that they compile is seen in `compile.rs`.

use std::time::{Duration, SystemTime};

use streaming_runtime::contract::{
    Answers, ClientIdSource, Contract, Failed, Goodbye, N, Ping, Question,
};
use streaming_runtime::id::{IdRef, OwnedId};

macro_rules! golden {
    ($($module:ident $file:literal;)*) => {$(
        #[allow(dead_code, clippy::all, clippy::pedantic, reason = "not all of it is looked at")]
        mod $module {
            include!(concat!("golden/", $file));
        }
    )*};
}

golden! {
    answers "answers/answers.v1.rs";
    state "state/state.v1.rs";
    legacy "legacy/legacy.v1.rs";
    nested "nested/nested.v1.rs";
    overridden "overridden/overridden.v1.rs";
}

/// What `message` asks.
fn question<C: Contract>(message: &C::Message) -> Option<Question> {
    let id = C::question(message).filter(|id| !id.is_empty())?.into();
    Some(Question { id, variant: C::message_variant(message) })
}

const FAILED: Failed<'_> = Failed { message: "no such row", error: "not_found" };

mod acknowledged {
    use super::{
        answers::{
            Down, Leaving, Query, Receipt, Report, Rows, Shutdown, agents::Watch, agents::Work,
            down, found, up,
        },
        *,
    };
    use crate::answers::{Found, Up};

    fn up(payload: up::Payload) -> Up {
        Up { payload: Some(payload) }
    }

    fn query(id: &str) -> Query {
        Query { instruction_id: id.to_owned(), text: String::new() }
    }

    #[test]
    fn a_message_asks_under_its_id() {
        let asks = |payload| question::<Work>(&up(payload)).map(|it| it.id);
        let id = Some(OwnedId::Str("q1".to_owned()));
        assert_eq!(asks(up::Payload::Query(query("q1"))), id);
        assert_eq!(asks(up::Payload::Query(query(""))), None, "without an id");
        assert_eq!(asks(up::Payload::Scan(query("q1"))), None, "it answers a command");
        let receipt = Receipt { instruction_id: "q1".to_owned(), ..Receipt::default() };
        assert_eq!(asks(up::Payload::InstructionAck(receipt)), None, "it is an ack");
        assert_eq!(asks(up::Payload::Note(String::new())), None, "it has no id");
        assert_eq!(question::<Watch>(&up(up::Payload::Query(query("q1")))), None, "it is off");
    }

    #[test]
    fn what_went_well_is_acknowledged_or_answered_under_the_id() {
        let id = || OwnedId::Str("q1".to_owned());
        let done =
            Receipt { instruction_id: "q1".to_owned(), success: Some(true), ..Receipt::default() };
        assert_eq!(<Work as Answers<N<1>>>::done(id()), Some(down_ack(done)));
        assert_eq!(<Work as Answers<N<2>>>::done(id()), None, "it has an answer of its own");
        let rows = Rows { rows: vec!["a".to_owned()], ..Rows::default() };
        let answered = Rows { instruction_id: "q1".to_owned(), ..rows.clone() };
        let command = <Work as Answers<N<2>>>::answer(id(), rows);
        assert_eq!(command.payload, Some(down::Payload::QueryResult(answered)));
        let command = <Work as Answers<N<4>>>::answer(id(), Found::default());
        let which = Some(found::Which::InstructionId("q1".to_owned()));
        let found = Found { which, success: false };
        assert_eq!(command.payload, Some(down::Payload::Found(found)));
    }

    #[test]
    fn a_failure_is_told_by_the_ack() {
        let asked = question::<Work>(&up(up::Payload::GetQuota(query("q1"))));
        let failed = Receipt {
            instruction_id: "q1".to_owned(),
            success: Some(false),
            error: "not_found".to_owned(),
            message: Some("no such row".to_owned()),
        };
        let told = asked.and_then(|asked| Work::failed_answer(asked, FAILED));
        assert_eq!(told, Some(down_ack(failed)));
        let other = Question { id: OwnedId::Str("q1".to_owned()), variant: Some(5) };
        assert_eq!(Work::failed_answer(other, FAILED), None);
    }

    fn down_ack(receipt: Receipt) -> Down {
        let payload = Some(down::Payload::InstructionAck(receipt));
        Down { payload, ..Down::default() }
    }

    #[test]
    fn both_sides_say_goodbye() {
        let leaving = |reason| up(up::Payload::Goodbye(Leaving { reason }));
        assert_eq!(Work::client_goodbye(&leaving(Some("done".to_owned()))), Some("done"));
        assert_eq!(Work::client_goodbye(&leaving(None)), Some(""));
        assert_eq!(Work::client_goodbye(&up(up::Payload::Report(Report::default()))), None);
        let goodbye =
            Goodbye { reason: "drain", reconnect_after: Some(Duration::from_millis(1500)) };
        let shutdown = Work::goodbye(&goodbye).and_then(|command| command.payload);
        let Some(down::Payload::Shutdown(Shutdown { reason, reconnect_after: Some(after) })) =
            shutdown
        else {
            panic!("no goodbye: {shutdown:?}");
        };
        assert_eq!((reason.as_str(), after.seconds, after.nanos), ("drain", 1, 500_000_000));
    }

    #[test]
    fn ids_come_from_beside_the_messages() {
        assert_eq!(Work::CLIENT_ID, ClientIdSource::Metadata("agent-id"));
        assert_eq!(Watch::CLIENT_ID, ClientIdSource::Authenticated);
        assert_eq!(state::state::State::CLIENT_ID, ClientIdSource::Assigned);
        assert_eq!(Work::client_id(&up(up::Payload::Query(query("q1")))), None);
    }
}

mod enveloped {
    use super::{
        state::{Get, StateRequest, StateResponse, state::State, state_request, state_response},
        *,
    };

    #[test]
    fn the_id_of_the_envelope_is_repeated() {
        let request = Some(state_request::Request::Get(Get::default()));
        let asked = StateRequest { id: 7, request, ..StateRequest::default() };
        let asked = question::<State>(&asked);
        assert_eq!(asked.map(|it| (it.id, it.variant)), Some((OwnedId::Int(7), Some(0))));
        let command = <State as Answers<N<1>>>::answer(OwnedId::Int(7), vec![1]);
        let response = Some(state_response::Response::Append(vec![1]));
        assert_eq!(command, StateResponse { id: 7, response, ..StateResponse::default() });
        // No variant for it: the handler gives all but the id.
        let command = <State as Answers<N<2>>>::answer(OwnedId::Int(7), StateResponse::default());
        assert_eq!(command, StateResponse { id: 7, ..StateResponse::default() });
    }

    #[test]
    fn a_failure_is_told_where_there_is_room_for_the_text() {
        for variant in 0..3 {
            let question = Question { id: OwnedId::Int(7), variant: Some(variant) };
            let told = State::failed_answer(question, FAILED);
            let error = "no such row".to_owned();
            let expected = StateResponse { id: 7, error, ..StateResponse::default() };
            assert_eq!(told, Some(expected), "variant {variant}");
        }
        let question = Question { id: OwnedId::Int(7), variant: Some(0) };
        let failed = Failed { message: "", error: "internal" };
        let told = State::failed_answer(question, failed).map(|it| it.error);
        assert_eq!(told.as_deref(), Some("internal"), "a status without text");
    }

    #[test]
    fn a_goodbye_may_be_a_text() {
        let request = Some(state_request::Request::Disconnect("bye".to_owned()));
        let goodbye = StateRequest { request, ..StateRequest::default() };
        assert_eq!(State::client_goodbye(&goodbye), Some("bye"));
        let goodbye = Goodbye { reason: "drain", reconnect_after: None };
        let response = State::goodbye(&goodbye).and_then(|command| command.response);
        assert_eq!(response, Some(state_response::Response::Disconnect("drain".to_owned())));
    }
}

mod present {
    use super::{
        legacy::{Down, Outcome, Reconnect, Up, devices::Talk, down, up},
        *,
    };

    #[test]
    fn an_id_that_is_absent_asks_nothing() {
        let asks = |request_id| {
            question::<Talk>(&Up { request_id, kind: Some(up::Kind::Ask(1)), ..Up::default() })
        };
        assert_eq!(asks(Some(3)).map(|it| it.id), Some(OwnedId::Int(3)));
        assert_eq!(asks(None), None);
    }

    #[test]
    fn ids_of_every_presence_are_written() {
        let command = <Talk as Answers<N<2>>>::answer(OwnedId::Int(3), "yes".to_owned());
        assert_eq!(command.request_id, Some(3));
        assert_eq!(command.kind, Some(down::Kind::Told("yes".to_owned())));
        let mut command = Down::default();
        Talk::set_command_id(&mut command, OwnedId::Str("c1".to_owned()));
        assert_eq!(Talk::command_id(&command), Some(IdRef::Str("c1")));
    }

    #[test]
    fn an_ack_without_success_is_failed_by_its_error() {
        let question = Question { id: OwnedId::Int(9), variant: Some(0) };
        let kind = Talk::failed_answer(question, FAILED).and_then(|command| command.kind);
        let Some(down::Kind::Stored(stored)) = kind else {
            panic!("no ack: {kind:?}");
        };
        assert_eq!((stored.seq_no, stored.error.as_deref()), (9, Some("no such row")));
        let done = <Talk as Answers<N<0>>>::done(OwnedId::Int(9)).and_then(|done| done.kind);
        let Some(down::Kind::Stored(stored)) = done else {
            panic!("no ack: {done:?}");
        };
        assert_eq!((stored.seq_no, stored.error), (9, None));
    }

    #[test]
    fn a_reply_is_read_where_fields_may_be_absent() {
        let ack = |command_id: Option<&str>, error: Option<&str>| Up {
            kind: Some(up::Kind::Ack(Outcome {
                command_id: command_id.map(str::to_owned),
                success: false,
                error: error.map(str::to_owned),
            })),
            ..Up::default()
        };
        assert!(Talk::reply(&ack(None, None)).is_none());
        let ack = ack(Some("c1"), Some("broken"));
        let failure = Talk::reply(&ack).and_then(|reply| reply.failure);
        assert_eq!(failure.map(|failure| failure.error), Some("broken"));
    }

    #[test]
    fn a_time_to_stay_away_is_set_only_where_it_is_known() {
        let after = |reconnect_after| {
            let goodbye = Goodbye { reason: "drain", reconnect_after };
            let kind = Talk::goodbye(&goodbye).and_then(|command| command.kind);
            match kind {
                Some(down::Kind::RequestReconnect(Reconnect { reconnect_after_ms })) => {
                    reconnect_after_ms
                }
                other => panic!("no goodbye: {other:?}"),
            }
        };
        assert_eq!(after(Some(Duration::from_secs(2))), Some(2000));
        assert_eq!(after(Some(Duration::MAX)), Some(u32::MAX));
        assert_eq!(after(None), None);
    }

    #[test]
    fn a_ping_may_be_a_number() {
        let ping = Ping { sequence: 4, sent_at: SystemTime::now() };
        let kind = Talk::ping(&ping).and_then(|command| command.kind);
        assert_eq!(kind, Some(down::Kind::Ping(4)));
    }
}

mod variants_that_are_no_messages {
    use super::{
        nested::{Up, instructions::Stream, up},
        *,
    };

    #[test]
    fn the_id_of_the_first_message_is_found_in_its_variant() {
        let register = nested::Register { client_id: 5 };
        let first = Up { kind: Some(up::Kind::Register(register)), ..Up::default() };
        assert_eq!(Stream::client_id(&first), Some(IdRef::Int(5)));
        let later = Up { kind: Some(up::Kind::Note(String::new())), ..Up::default() };
        assert_eq!(Stream::client_id(&later), None);
    }
}

/// What scripted clients say is what the contract reads.
mod scripted {
    use streaming_runtime::testing::{Responds, Scripted};

    use super::{
        answers::{Query, agents::Work},
        legacy::devices::Talk,
        nested::instructions::Stream,
        *,
    };

    /// What the hub reads of the ack of `id`: whether it failed, and its texts.
    fn acked<C: Scripted>(id: &OwnedId, failed: Option<Failed<'_>>) -> (bool, String) {
        let ack = C::ack(id.clone(), failed).expect("the contract has acks");
        let reply = C::reply(&ack).expect("an ack is a reply");
        assert!(reply.ack);
        assert_eq!(OwnedId::from(reply.id), *id);
        let texts = reply.failure.map(|it| format!("{}|{}", it.message, it.error));
        (texts.is_some(), texts.unwrap_or_default())
    }

    #[test]
    fn acks_are_good_or_failed_under_the_id() {
        let text = || OwnedId::Str("c1".to_owned());
        assert_eq!(acked::<Work>(&text(), None), (false, String::new()));
        let told = (true, "no such row|not_found".to_owned());
        assert_eq!(acked::<Work>(&text(), Some(FAILED)), told, "with both texts");
        let alone = (true, "|no such row".to_owned());
        assert_eq!(acked::<Talk>(&text(), Some(FAILED)), alone, "with one text");
        assert_eq!(acked::<Stream>(&OwnedId::Int(7), None), (false, String::new()));
        let error = Failed { message: "", error: "broken" };
        let told = (true, "|broken".to_owned());
        assert_eq!(acked::<Stream>(&OwnedId::Int(7), Some(error)), told, "without `success`");
    }

    #[test]
    fn pings_are_answered_with_their_sequence() {
        let ping = Ping { sequence: 4, sent_at: SystemTime::now() };
        let ping = Stream::ping(&ping).expect("a ping");
        let pong = <Stream as Scripted>::answer_ping(&ping).expect("an answer");
        assert_eq!(Stream::pong(&pong), Some(4));
        let other = nested::down::Kind::Text(String::new());
        let other = nested::Down { kind: Some(other), ..nested::Down::default() };
        assert_eq!(<Stream as Scripted>::answer_ping(&other), None);
    }

    #[test]
    fn typed_replies_carry_the_id() {
        let reply =
            <Work as Responds<N<0>>>::respond(OwnedId::Str("c1".to_owned()), Query::default());
        let reply = Work::reply(&reply).expect("a reply");
        assert_eq!((reply.id, reply.ack), (IdRef::Str("c1"), false));
    }
}

/// What one end says is what the other reads.
mod turned {
    use streaming_runtime::{
        contract::{CommandVariant, Linked, ReplyRef},
        id::ClientId,
    };

    use super::{
        answers::{self, Query, Up, agents::Work, agents::WorkLink, up},
        legacy::{self, devices::Talk, devices::TalkLink},
        nested::{self, instructions::Stream, instructions::StreamLink},
        overridden::service::{Self_, Self_Link},
        state::{self, StateRequest, state::State, state::StateLink},
        *,
    };

    fn text(id: &str) -> OwnedId {
        OwnedId::Str(id.to_owned())
    }

    /// How the client reads it as a reply: its id, whether it is an ack, and the failure that it tells.
    fn read<C: Contract>(message: &C::Message) -> Option<(OwnedId, bool, Option<String>)> {
        let ReplyRef { id, ack, failure, .. } = C::reply(message)?;
        let failure = failure.map(|it| format!("{}|{}", it.message, it.error));
        Some((id.into(), ack, failure))
    }

    #[test]
    fn a_command_is_answered_under_its_id() {
        let scan = <Work as CommandVariant<N<0>>>::command(Query::default());
        let mut scan = scan;
        Work::set_command_id(&mut scan, text("c1"));
        let asked = question::<WorkLink>(&scan).expect("a command asks for its answer");
        assert_eq!(asked, Question { id: text("c1"), variant: Some(0) });

        let found = <WorkLink as Answers<N<0>>>::answer(text("c1"), Query::default());
        assert_eq!(read::<Work>(&found), Some((text("c1"), false, None)));
        let failed = WorkLink::failed_answer(asked, FAILED).expect("there is an ack");
        let told = Some("no such row|not_found".to_owned());
        assert_eq!(read::<Work>(&failed), Some((text("c1"), true, told)));
        // The ack is also what a command that nothing else answers is answered with.
        let done = <WorkLink as Answers<N<6>>>::done(text("c2")).expect("an ack");
        assert_eq!(read::<Work>(&done), Some((text("c2"), true, None)));
    }

    #[test]
    fn what_a_client_asks_is_replied_to() {
        let mut asked = <WorkLink as CommandVariant<N<2>>>::command(Query::default());
        assert_eq!(WorkLink::COMMAND_ID, Some(streaming_runtime::id::IdKind::Str));
        WorkLink::set_command_id(&mut asked, text("q1"));
        assert_eq!(WorkLink::command_id(&asked), Some(IdRef::Str("q1")));
        let asked = question::<Work>(&asked).expect("a question");
        let rows = <Work as Answers<N<2>>>::answer(asked.id.clone(), answers::Rows::default());
        assert_eq!(read::<WorkLink>(&rows), Some((text("q1"), false, None)));
        let failed = Work::failed_answer(asked, FAILED).expect("there is an ack");
        let told = Some("no such row|not_found".to_owned());
        assert_eq!(read::<WorkLink>(&failed), Some((text("q1"), true, told)));

        // A variant that asks nothing has no id.
        let mut note = Up { payload: Some(up::Payload::Note("n".to_owned())) };
        WorkLink::set_command_id(&mut note, text("q1"));
        assert_eq!(WorkLink::command_id(&note), None);
    }

    #[test]
    fn ids_lie_inside_or_around_the_variant() {
        let asked = |kind| {
            let mut asked = legacy::Up { kind: Some(kind), ..legacy::Up::default() };
            TalkLink::set_command_id(&mut asked, OwnedId::Int(7));
            assert_eq!(TalkLink::command_id(&asked), Some(IdRef::Int(7)));
            (asked.request_id, question::<Talk>(&asked))
        };
        let seven = |variant| Some(Question { id: OwnedId::Int(7), variant: Some(variant) });
        let measured = legacy::up::Kind::Measured(legacy::Measured::default());
        assert_eq!(asked(measured), (None, seven(0)));
        assert_eq!(asked(legacy::up::Kind::Ask(1)), (Some(7), seven(2)));
    }

    #[test]
    fn an_envelope_answers_the_client() {
        // The answer's id is smaller than the question's.
        assert_eq!(StateLink::COMMAND_ID, Some(streaming_runtime::id::IdKind::Int32));
        let mut asked = <StateLink as CommandVariant<N<0>>>::command(state::Get::default());
        StateLink::set_command_id(&mut asked, OwnedId::Int(7));
        assert_eq!(asked.id, 7);
        let asked = question::<State>(&asked).expect("a question");
        let failed = State::failed_answer(asked, FAILED).expect("an envelope");
        let told = Some("|no such row".to_owned());
        assert_eq!(read::<StateLink>(&failed), Some((OwnedId::Int(7), true, told)));
        let got = <State as Answers<N<0>>>::answer(OwnedId::Int(7), state::Got::default());
        assert_eq!(read::<StateLink>(&got), Some((OwnedId::Int(7), false, None)));
    }

    #[test]
    fn pings_are_answered_and_are_signs_of_life() {
        let ping = Stream::ping(&Ping { sequence: 4, sent_at: SystemTime::now() });
        let pong = StreamLink::answer_ping(&ping.expect("a ping")).expect("an answer");
        assert_eq!(Stream::pong(&pong), Some(4));
        let other = Some(nested::down::Kind::Text(String::new()));
        let other = nested::Down { kind: other, ..nested::Down::default() };
        assert_eq!(StreamLink::answer_ping(&other), None);
        // One that nobody answers.
        let ping = Talk::ping(&Ping { sequence: 4, sent_at: SystemTime::now() });
        assert_eq!(TalkLink::answer_ping(&ping.expect("a ping")), None);
        let signs = [StreamLink::HEARTBEAT, TalkLink::HEARTBEAT, WorkLink::HEARTBEAT];
        assert_eq!(signs, [true, true, false]);
    }

    #[test]
    fn the_hubs_goodbye_is_read_and_the_clients_said() {
        let after = Some(Duration::from_millis(1500));
        let goodbye = Goodbye { reason: "drain", reconnect_after: after };
        let said = Work::goodbye(&goodbye).expect("a goodbye");
        assert_eq!(Work::hubs_goodbye(&said), Some(goodbye));
        assert_eq!(WorkLink::client_goodbye(&said), None, "it would end the link");
        let said = Talk::goodbye(&goodbye).expect("a goodbye");
        let expected = Goodbye { reason: "", reconnect_after: after };
        assert_eq!(Talk::hubs_goodbye(&said), Some(expected), "it has no field for the reason");
        let said = State::goodbye(&goodbye).expect("a goodbye");
        let expected = Goodbye { reason: "drain", reconnect_after: None };
        assert_eq!(State::hubs_goodbye(&said), Some(expected), "it is a text");
        assert_eq!(State::hubs_goodbye(&state::StateResponse::default()), None);

        let said = WorkLink::goodbye(&goodbye).expect("a goodbye");
        assert_eq!(Work::client_goodbye(&said), Some("drain"));
    }

    #[test]
    fn a_client_signs_where_the_hub_looks() {
        let five = ClientId::from("5");
        let register = Some(nested::up::Kind::Register(nested::Register::default()));
        let mut first = nested::Up { kind: register, ..nested::Up::default() };
        StreamLink::sign(&mut first, &five);
        assert_eq!(Stream::client_id(&first), Some(IdRef::Int(5)));
        let mut later = nested::Up::default();
        StreamLink::sign(&mut later, &five);
        assert_eq!(later, nested::Up::default(), "no variant is made up for it");
        let mut bytes = legacy::Up::default();
        TalkLink::sign(&mut bytes, &ClientId::from("0aff"));
        assert_eq!(Talk::client_id(&bytes), Some(IdRef::Bytes(&[0x0a, 0xff])));
        // The hub assigns it.
        let mut asked = StateRequest::default();
        StateLink::sign(&mut asked, &five);
        assert_eq!(asked, StateRequest::default());
    }

    #[test]
    fn its_variants_are_those_of_the_hub_and_wait_as_the_link_is_set_to() {
        assert_eq!(Self_Link::MESSAGES, Self_::COMMANDS);
        assert_eq!(Self_Link::COMMANDS, Self_::MESSAGES);
        assert!(Self_::COMMANDS.iter().any(|it| it.coalesce || it.overflow.is_some()));
        assert!(Self_Link::COMMANDS.iter().all(|it| !it.coalesce && it.overflow.is_none()));
    }
}
