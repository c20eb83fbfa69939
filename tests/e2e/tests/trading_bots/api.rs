//! The HTTP API.

use e2e::{Bot, within};
use serde_json::{Value, json};

use crate::stage::{Stage, TOKEN, bot};

/// A status, a code, and a part of what is said.
fn assert_fault((status, json): &(u16, Value), expected: (u16, &str, &str)) {
    let (error, (expected, code, part)) = (&json["error"], expected);
    let message = error["message"].as_str().unwrap_or_default();
    assert_eq!((*status, error["code"].as_str()), (expected, Some(code)), "{json}");
    assert!(message.contains(part), "no `{part}` in {message}");
}

#[tokio::test]
async fn each_mistake_has_its_status_and_says_what_to_do() {
    let stage = Stage::start(1).await;
    let start = "/api/bots/bot-001/commands/start";
    for (path, body, expected) in [
        ("/api/bots/bot-999/commands/start", "{}", (404, "no_such_bot", "/api/overview")),
        ("/api/bots/bot-999/live", "", (404, "no_such_bot", "`bot-999`")),
        ("/api/bots/bot-999/disconnect", "", (404, "no_such_bot", "`bot-999`")),
        ("/api/bots/bot-999/reconnect", "", (404, "no_such_bot", "`bot-999`")),
        ("/api/bots/%FF/live", "", (400, "bad_path", "UTF-8")),
        ("/api/bots/bot-001/commands/strat", "{}", (404, "no_such_command", "mean `start`?")),
        (
            "/api/bots/bot-001/commands/zzz",
            "{}",
            (404, "no_such_command", "`request_config_schema`"),
        ),
        ("/api/bots/bot-001/commands/ping", "{}", (404, "no_such_command", "`stop`")),
        (start, "", (400, "bad_json", "EOF")),
        (start, "{strategy", (400, "bad_json", "line 1 column 2")),
        (start, r#"["grid"]"#, (400, "bad_json", "`start` takes a JSON object")),
        (start, r#"{"strategie":"grid"}"#, (400, "bad_json", "expected `strategy`")),
        (start, r#"{"strategy":7}"#, (400, "bad_json", "expected a string")),
        (start, r#"{"strategy":"<b>"}"#, (422, "failed", "no strategy `<b>`; strategies: grid")),
        ("/api/bots", "", (404, "no_such_path", "README.md")),
        ("/api/live", "", (405, "wrong_method", "GET")),
    ] {
        println!("{path} {body}");
        assert_fault(&stage.post(path, body).await, expected);
    }
    let large = format!(r#"{{"strategy":"{}"}}"#, "x".repeat(100_000));
    let (status, json) = stage.post(start, &large).await;
    assert_eq!((status, &json["error"]["code"]), (413, &json!("bad_body")), "{json}");
}

#[tokio::test]
async fn nothing_of_the_api_is_for_those_without_the_token() {
    let stage = Stage::start(1).await;
    let foreign = format!("Bearer {TOKEN}x");
    let shorter = format!("Bearer {}", &TOKEN[1..]);
    for (method, path) in [
        ("GET", "/api/overview"),
        ("GET", "/api/live"),
        ("POST", "/api/bots/bot-001/live"),
        ("POST", "/api/bots/bot-001/commands/stop"),
        ("POST", "/api/bots/bot-001/disconnect"),
        ("POST", "/api/bots/bot-001/reconnect"),
        ("GET", "/api/nothing"),
    ] {
        println!("{path}");
        let no_token = (401, "no_token", "Authorization: Bearer TOKEN");
        for header in [None, Some(TOKEN), Some("Bearer "), Some("Basic dDp0")] {
            assert_fault(&stage.ask(method, path, header, "{}").await, no_token);
        }
        for header in [&foreign, &shorter] {
            let answer = stage.ask(method, path, Some(header), "{}").await;
            assert_fault(&answer, (403, "foreign_token", "#token="));
        }
    }
}

#[tokio::test]
async fn commands_come_back_with_their_answers() {
    let stage = Stage::start(1).await;
    let (status, json) =
        stage.post("/api/bots/bot-001/commands/stop", r#"{"reason":"rest"}"#).await;
    assert_eq!((status, &json["answer"]["success"]), (200, &json!(true)), "{json}");
    assert!(json["took"].is_u64(), "{json}");
    let (status, json) = stage.post("/api/bots/bot-001/commands/request_config_schema", "{}").await;
    assert_eq!(status, 200, "{json}");
    let schema = json["answer"]["json"].as_str().expect("a schema");
    let schema: Value = serde_json::from_str(schema).expect("a schema");
    assert_eq!(schema["type"], "object");
}

#[tokio::test]
async fn a_bot_that_says_nothing_is_given_up_and_one_that_has_left_is_not_asked() {
    let stage = Stage::start(0).await;
    let mut silent = Bot::connect(stage.grpc, "silent").await;
    stage.until_bot("silent", "online").await;
    let path = "/api/bots/silent/commands/stop";
    assert_fault(&stage.post(path, "{}").await, (504, "no_answer", "may have done"));
    let answer = stage.post("/api/bots/silent/disconnect", "").await;
    assert_fault(&answer, (409, "not_simulated", "another process"));

    // Another process of the same bot takes over while the answer is awaited.
    let (answer, successor) = tokio::join!(stage.post(path, "{}"), async {
        for _ in ["the one that was given up", "this one"] {
            within("a command", silent.command()).await;
        }
        Bot::connect(stage.grpc, "silent").await
    });
    assert_fault(&answer, (409, "bot_away", "ended before its answer"));
    stage.until_bot("silent", "online").await;
    drop(successor);
    stage.until_bot("silent", "away").await;
    assert_fault(&stage.post(path, "{}").await, (409, "bot_away", "try again"));
    stage.until_bot("silent", "gone").await;
    assert_fault(&stage.post(path, "{}").await, (409, "bot_gone", "when it is back"));
}

#[tokio::test]
async fn ids_may_be_anything_that_a_path_can_carry() {
    let stage = Stage::start(0).await;
    for (id, path, channel) in [
        (
            "<script>alert(1)</script>",
            "%3Cscript%3Ealert(1)%3C%2Fscript%3E",
            "<script>alert(1)</script>",
        ),
        ("acct/7", "acct%2F7", "acct/7"),
        ("50%", "50%25", "50%"),
        ("a:b #1?", "a%3Ab%20%231%3F", "a=3Ab=20=231?"),
        ("Zürich \"1\"", "Z%C3%BCrich%20%221%22", "Z=C3=BCrich=20\"1\""),
    ] {
        println!("{id}");
        let mut peer = Bot::connect(stage.grpc, id).await;
        stage.until_bot(id, "online").await;
        let stop = format!("/api/bots/{path}/commands/stop");
        let (answer, ()) = tokio::join!(stage.post(&stop, "{}"), async {
            let (command_id, _) = within("the command", peer.command()).await;
            peer.ack(&command_id, false).await;
        });
        assert_fault(&answer, (422, "failed", "refused: the bot's words"));

        let (status, live) = stage.post(&format!("/api/bots/{path}/live"), "").await;
        assert_eq!(status, 200, "{live}");
        let channel = format!("grpc#{channel}#heartbeat");
        let mut browser = stage.browser().await;
        let answer = browser.subscribe(&channel, &live["channels"][&channel]).await;
        assert!(answer.get("error").is_none(), "{answer}");
        peer.beat().await;
        let heartbeat = browser.hear(&channel, |_| true).await;
        assert_eq!(heartbeat["client_id"], id);
    }
}

#[tokio::test]
async fn a_bot_goes_and_comes_back() {
    let stage = Stage::start(2).await;
    let before = stage.until("a trade", |it| bot(it, "bot-001")["trades"] != 0).await;
    assert!(bot(&before, "bot-001")["heartbeat"].is_u64(), "{before}");
    let mut browser = stage.browser().await;
    let live = stage.get("/api/live").await;
    browser.subscribe("overview", &live["overview"]["token"]).await;
    let happened = |what: &'static str| {
        move |data: &Value| {
            let events = data["events"].as_array().expect("events");
            events.iter().any(|event| event["bot"] == "bot-001" && event["what"] == what)
        }
    };

    // For a moment: its session goes on.
    assert_eq!(stage.post("/api/bots/bot-001/disconnect", "").await.0, 200);
    stage.until_bot("bot-001", "away").await;
    assert_eq!(stage.post("/api/bots/bot-001/reconnect", "").await.0, 200);
    browser.hear("overview", happened("resumed")).await;
    stage.until_bot("bot-001", "online").await;

    // For longer than the hub waits.
    assert_eq!(stage.post("/api/bots/bot-001/disconnect", "").await.0, 200);
    let left = browser.hear("overview", happened("left")).await;
    assert!(left["events"].to_string().contains("client-gone"), "{left}");
    assert_eq!(bot(&stage.get("/api/overview").await, "bot-002")["state"], "online");
    assert_eq!(stage.post("/api/bots/bot-001/reconnect", "").await.0, 200);
    browser.hear("overview", happened("connected")).await;
    stage.until_bot("bot-001", "online").await;
}
