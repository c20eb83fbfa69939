//! Which clients an identity may be, and where an id comes from.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;
use tonic::{
    Code, Status,
    metadata::{MetadataMap, MetadataValue},
};

use super::{Handshake, Identity, first, known, names_another};
use crate::{
    contract::Contract,
    id::ClientId,
    sample::{ByBytes, ByHeader, ByIdentity, Computed, Message, Nameless, Sample, handshake, note},
    testing::{frame, input},
};

#[track_caller]
fn refused<T: std::fmt::Debug>(outcome: Result<T, Status>, code: Code, words: &str) {
    let status = outcome.expect_err("it was let in");
    assert_eq!(status.code(), code, "{status:?}");
    assert!(status.message().contains(words), "{status:?}");
}

fn headers<const N: usize>(pairs: [(&'static str, &str); N]) -> Handshake {
    let mut metadata = MetadataMap::new();
    for (name, value) in pairs {
        metadata.append(name, value.parse().expect("a header"));
    }
    handshake(metadata)
}

/// The id that is known without a message.
fn id<C: Contract>(
    handshake: &Handshake,
    identity: Option<&Identity>,
) -> Result<Option<String>, Status> {
    known::<C>(handshake, identity).map(|id| id.map(|id| id.to_string()))
}

#[test]
fn a_session_keeps_every_header_but_grpcs_own_two() {
    let there = headers([
        ("te", "trailers"),
        ("a", "1"),
        ("content-type", "application/grpc"),
        ("b", "2"),
        ("a", "3"),
    ]);
    let kept = there.kept();
    let values = |name| kept.metadata().get_all(name).iter().cloned().collect::<Vec<_>>();
    assert_eq!(values("a"), ["1", "3"]);
    assert_eq!(values("b"), ["2"]);
    assert_eq!(kept.metadata().len(), 3);
}

#[test]
fn an_identity_is_one_client_some_or_all_that_a_check_lets_through() {
    let exact = Identity::exact("a");
    let some = Identity::any_of("operator", ["a", "b"]);
    let check = Identity::check("fleet", |id| id.starts_with('a'));
    for (identity, subject, allowed) in [
        (exact, "a", [true, false, false]),
        (some, "operator", [true, false, true]),
        (check, "fleet", [true, true, false]),
    ] {
        assert_eq!(identity.subject(), subject);
        assert_eq!(["a", "ab", "b"].map(|id| identity.allows(id)), allowed, "{subject}");
    }
}

#[test]
fn an_identity_carries_what_it_is_given() {
    let identity = Identity::exact("a").with(7_u32);
    assert_eq!((identity.data::<u32>(), identity.data::<u64>()), (Some(&7), None));
    assert_eq!(Identity::exact("a").data::<u32>(), None);
}

#[test]
fn an_identity_is_valid_until_it_expires() {
    let hour = Duration::from_hours(1);
    let nobody = headers([]);
    let enters = |identity: Identity| id::<ByIdentity>(&nobody, Some(&identity));
    let fresh = Identity::exact("a").expires_at(SystemTime::now() + hour);
    assert!(fresh.valid_for().is_some_and(|left| left <= hour && left > hour / 2));
    assert_eq!(enters(fresh).expect("valid").as_deref(), Some("a"));
    assert_eq!(Identity::exact("a").valid_for(), None);
    let stale = Identity::exact("a").expires_at(SystemTime::now() - hour);
    refused(enters(stale), Code::Unavailable, "expired");
}

#[test]
fn a_header_tells_the_id() {
    let there = headers([("sensor-id", "sensor 7")]);
    assert_eq!(id::<ByHeader>(&there, None).expect("an id").as_deref(), Some("sensor 7"));
    for missing in [headers([]), headers([("sensor-id", "a"), ("sensor-id", "b")])] {
        refused(id::<ByHeader>(&missing, None), Code::InvalidArgument, "header `sensor-id`");
    }
    let long = "x".repeat(129);
    for bad in ["", "a\tb", long.as_str()] {
        let bad = headers([("sensor-id", bad)]);
        refused(id::<ByHeader>(&bad, None), Code::InvalidArgument, "header `sensor-id`");
    }
    let other = Identity::exact("sensor 8");
    refused(id::<ByHeader>(&there, Some(&other)), Code::PermissionDenied, "client id");
}

#[test]
fn a_header_of_bytes_is_written_in_hex() {
    let mut metadata = MetadataMap::new();
    metadata.insert_bin("sensor-bin", MetadataValue::from_bytes(&[0, 0x0a, 0xff]));
    let id = id::<ByBytes>(&handshake(metadata), None);
    assert_eq!(id.expect("an id").as_deref(), Some("000aff"));
    refused(self::id::<ByBytes>(&headers([]), None), Code::InvalidArgument, "`sensor-bin`");
}

#[test]
fn an_identity_that_is_exact_tells_the_id() {
    let nobody = headers([]);
    let enters = |identity: Option<Identity>| id::<ByIdentity>(&nobody, identity.as_ref());
    assert_eq!(enters(Some(Identity::exact("a"))).expect("an id").as_deref(), Some("a"));
    let vague = [Identity::any_of("operator", ["a"]), Identity::check("", |_| true)];
    for vague in vague.map(Some).into_iter().chain([None]) {
        refused(enters(vague), Code::PermissionDenied, "exact");
    }
    refused(enters(Some(Identity::exact("a\nb"))), Code::InvalidArgument, "control characters");
}

#[test]
fn a_client_without_a_name_gets_one_of_its_own() {
    let [one, other] = [(); 2].map(|()| id::<Nameless>(&headers([]), None).expect("an id"));
    let id = uuid::Uuid::try_parse(&one.clone().expect("an id")).expect("a UUID");
    assert_eq!(id.get_version_num(), 7);
    assert_ne!(one, other);
}

#[test]
fn where_messages_tell_the_id_nothing_is_known_before() {
    assert_eq!(id::<Sample>(&headers([]), Some(&Identity::exact("a"))).expect("not yet"), None);
    assert_eq!(id::<Computed>(&headers([]), None).expect("not yet"), None);
}

/// The id that a first message tells.
async fn told<C: Contract<Message = Message>>(
    message: Message,
    identity: Option<&Identity>,
) -> Result<ClientId, Status> {
    let (frames, mut input) = input::<C>();
    frames.send(Ok(frame(&message))).expect("somebody reads");
    let until = Instant::now() + Duration::from_secs(1);
    let identified = first::<C>(&mut input, until, identity).await?;
    assert_eq!(identified.first, Some(message), "its handler misses it");
    Ok(identified.id)
}

fn of(building: &str, sensor: &str) -> Message {
    Message { error: building.to_owned(), sensor: sensor.to_owned(), ..note(0) }
}

#[tokio::test]
async fn a_first_message_tells_the_id_as_it_is_or_as_it_is_computed() {
    assert_eq!(told::<Sample>(of("b", "s"), None).await.expect("an id"), "s");
    assert_eq!(told::<Computed>(of("b", "s"), None).await.expect("an id"), "b/s");
    refused(told::<Sample>(of("b", ""), None).await, Code::InvalidArgument, "client id");
    refused(told::<Computed>(of("b", ""), None).await, Code::InvalidArgument, "client id");
    let long = "x".repeat(128);
    assert!(told::<Sample>(of("b", &long), None).await.is_ok());
    refused(told::<Computed>(of("b", &long), None).await, Code::InvalidArgument, "128 bytes");
}

#[tokio::test]
async fn a_first_message_tells_no_id_that_the_identity_may_not_have() {
    let operator = Identity::any_of("operator", ["b/1", "b/2"]);
    assert_eq!(told::<Computed>(of("b", "2"), Some(&operator)).await.expect("allowed"), "b/2");
    refused(
        told::<Computed>(of("b", "3"), Some(&operator)).await,
        Code::PermissionDenied,
        "identity",
    );
    let late = Identity::exact("s").expires_at(SystemTime::now());
    refused(told::<Sample>(of("b", "s"), Some(&late)).await, Code::Unavailable, "expired");
}

#[test]
fn a_later_message_may_say_nothing_but_no_other_id() {
    let id = "b/s".into();
    assert!(!names_another::<Computed>(&of("b", "s"), &id));
    assert!(!names_another::<Computed>(&of("b", ""), &id));
    assert!(names_another::<Computed>(&of("c", "s"), &id));
    let id = "s".into();
    assert!(!names_another::<Sample>(&of("b", "s"), &id));
    assert!(!names_another::<Sample>(&of("b", ""), &id));
    assert!(names_another::<Sample>(&of("b", "t"), &id));
    // Where no message tells who it is, none can say otherwise.
    assert!(!names_another::<ByHeader>(&of("b", "t"), &id));
    assert!(!names_another::<ByIdentity>(&of("b", "t"), &id));
    assert!(!names_another::<Nameless>(&of("b", "t"), &id));
}
