//! Centrifugo: tokens, the overview, and what happens while it is away; and the page itself.

use e2e::within;
use serde_json::Value;

use crate::stage::{Centrifugo, Stage};

#[tokio::test]
async fn what_changes_is_published_twice_a_second() {
    let stage = Stage::start(3).await;
    let live = stage.get("/api/live").await;
    let mut browser = stage.browser().await;
    let answer = browser.subscribe("overview", &live["overview"]["token"]).await;
    assert!(answer.get("error").is_none(), "{answer}");
    let trading = |it: &Value| it["rate"].as_f64() > Some(0.0) && it["changed"][0].is_object();
    let overview = browser.hear("overview", trading).await;
    assert_eq!(overview["hub"]["total_connections"], 3, "{overview}");
    assert_eq!(overview["publisher"]["breaker"], "closed", "{overview}");
}

#[tokio::test]
async fn a_token_is_for_one_channel_and_without_one_there_is_none() {
    let stage = Stage::start(1).await;
    let live = stage.get("/api/live").await;
    let (_, bot) = stage.post("/api/bots/bot-001/live", "").await;
    let channels = bot["channels"].as_object().expect("channels");
    assert_eq!(channels.len(), 9, "of five messages and four commands: {channels:?}");
    let mut browser = stage.browser().await;
    for token in [&Value::Null, &live["overview"]["token"], &live["token"]] {
        let answer = browser.subscribe("grpc#bot-001#trade", token).await;
        assert!(answer.get("error").is_some(), "{answer}");
        // A wrong token costs the connection as well.
        browser = stage.browser().await;
    }
    let answer = browser.subscribe("grpc#bot-001#trade", &channels["grpc#bot-001#trade"]).await;
    assert!(answer.get("error").is_none(), "{answer}");
    let trade = browser.hear("grpc#bot-001#trade", |_| true).await;
    assert_eq!(trade["event_type"], "grpc_message_trade", "{trade}");
}

#[tokio::test]
async fn the_breaker_opens_while_centrifugo_is_away_and_closes_when_it_is_back() {
    let mut stage = Stage::start(2).await;
    let breaker = |state: &'static str| move |it: &Value| it["publisher"]["breaker"] == state;
    stage.until("a closed breaker", breaker("closed")).await;
    let centrifugo = stage.centrifugo.take().expect("it runs");
    let addr = centrifugo.addr;
    centrifugo.end().await;
    let overview = stage.until("an open breaker", breaker("open")).await;
    assert!(overview["publisher"]["last_error"].is_string(), "{overview}");
    assert_eq!(overview["hub"]["total_connections"], 2, "the bots do not care: {overview}");
    stage.centrifugo = Some(Centrifugo::start(addr, stage.page).await);
    stage.until("a closed breaker", breaker("closed")).await;
}

#[tokio::test]
async fn the_page_is_whole_and_loads_nothing_from_elsewhere() {
    let stage = Stage::start(0).await;
    let get = async |path: &str| {
        let url = format!("http://{}{path}", stage.page);
        within(path, reqwest::get(url)).await.expect("the server is there")
    };
    let page = get("/").await;
    let policy = page.headers()["content-security-policy"].to_str().expect("ASCII").to_owned();
    assert!(
        policy.starts_with("default-src 'self'; connect-src 'self' ws://127.0.0.1:"),
        "{policy}"
    );
    let page = page.text().await.expect("a page");
    let attributes = page.split(['"', '\'']).collect::<Vec<_>>();
    let links =
        attributes.windows(2).filter(|it| it[0].ends_with("src=") || it[0].ends_with("href="));
    let links: Vec<&str> = links.map(|it| it[1]).filter(|link| !link.starts_with('#')).collect();
    assert!(!links.is_empty(), "{page}");
    for link in links {
        let path = if link.starts_with('/') { link.to_owned() } else { format!("/{link}") };
        let file = get(&path).await;
        assert_eq!(file.status(), 200, "{link}");
        assert_eq!(file.headers()["x-content-type-options"], "nosniff");
    }
    assert_eq!(get("/nothing").await.status(), 404);
    assert_eq!(get("/../Cargo.toml").await.status(), 404);
}
