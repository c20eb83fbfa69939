//! The page, as somebody uses it in Chromium: with a real Centrifugo, and bots that come and go.

mod browser;
mod devtools;
mod foreign;
mod watched;

use std::{env, fs, time::Duration};

use serde_json::json;
use tokio::time::sleep;

use self::{
    browser::{Browser, Page},
    foreign::MARKUP,
};
use crate::stage::{Centrifugo, Stage, TOKEN, serve};

/// The page, as the server's line opens it, with so many bots that trade so many times a second each.
async fn shown(bots: usize, rate: f64) -> (Browser, Stage, Page) {
    let browser = Browser::start().await;
    let stage = Stage::trading(bots, rate).await;
    let page = browser.open(&format!("http://{}/#token={TOKEN}", stage.page)).await;
    (browser, stage, page)
}

/// Waits until Centrifugo brings what the page shows.
async fn live(page: &Page) {
    page.shows("#connection", "live").await;
}

/// Opens the panel of a bot by a click into its row.
async fn open(page: &Page, id: &str) {
    page.until(&format!("a row of {id}"), &format!("({ROW})({id:?}) !== undefined")).await;
    let row = page.eval(&format!("({ROW})({id:?}).id")).await;
    page.click(&format!("#{}", row.as_str().expect("an id"))).await;
    page.shows("#bot-title", id).await;
}

/// Finds the row of a bot.
const ROW: &str = "(id) => [...document.querySelectorAll('.row')].find((row) => !row.hidden && row.querySelector('.name').textContent === id)";

/// Waits until the row of a bot is in this state.
async fn state(page: &Page, id: &str, state: &str) {
    let is = format!("({ROW})({id:?}).dataset.state === {state:?}");
    page.until(&format!("{id} is {state}"), &is).await;
}

#[tokio::test]
async fn messages_arrive_and_commands_are_answered() {
    let (browser, stage, page) = shown(5, 2.0).await;
    live(&page).await;
    page.shows("#online", "5").await;
    assert_eq!(page.eval("location.hash").await, "", "the token stays in the address");

    open(&page, "bot-002").await;
    page.shows("#stream", "heartbeat").await;
    page.shows("#stream", "trade").await;
    page.until("a price", "document.querySelector('#bot-prices .line').getAttribute('d') !== ''")
        .await;

    page.click("[data-command=request_config_schema] [type=submit]").await;
    page.shows("#answers", "request_config_schema answered in").await;
    page.shows("#answers pre", "mean-reversion").await;
    page.shows("#stream", "config_schema").await;
    page.click("[data-command=stop] button").await;
    page.shows("#answers", "stop answered in").await;

    page.click("#strategy").await;
    page.write("hope").await;
    page.press("Enter").await;
    page.shows("#answers", "start failed (422)").await;
    page.shows("#answers", "no strategy `hope`").await;

    let centrifugo = stage.centrifugo.as_ref().expect("it runs").addr;
    let known = [format!("http://{}", stage.page), format!("ws://{centrifugo}")];
    assert_eq!(page.origins(), known, "something comes from elsewhere");
    page.is_well(&["status of 422"]);
    browser.end().await;
}

#[tokio::test]
async fn a_bot_goes_and_comes_back() {
    let (browser, _stage, page) = shown(3, 1.0).await;
    live(&page).await;
    state(&page, "bot-003", "online").await;
    open(&page, "bot-003").await;

    page.click("#bot-line").await;
    page.shows("#answers", "disconnect done").await;
    state(&page, "bot-003", "away").await;
    page.shows("#bot-state", "away").await;
    page.click("[data-command=stop] button").await;
    page.shows("#answers", "stop failed (409)").await;
    // Nobody has to wait for it: the session is given up after its time.
    state(&page, "bot-003", "gone").await;
    page.shows("#online", "2").await;

    page.shows("#bot-line", "Reconnect").await;
    page.click("#bot-line").await;
    state(&page, "bot-003", "online").await;
    page.shows("#online", "3").await;
    page.press("Escape").await;
    page.until("the log", "document.querySelector('#activity').hidden === false").await;
    page.shows("#log [data-what=connected]", "bot-003").await;
    page.shows("#log [data-what=left]", "bot-003").await;
    page.is_well(&["status of 409"]);
    browser.end().await;
}

#[tokio::test]
async fn it_shows_the_breaker_while_centrifugo_is_away() {
    let (browser, mut stage, page) = shown(3, 1.0).await;
    live(&page).await;
    open(&page, "bot-001").await;
    page.shows("#stream", "heartbeat").await;
    page.shows("#breaker", "closed").await;
    page.is_well(&[]);

    let centrifugo = stage.centrifugo.take().expect("it runs");
    let addr = centrifugo.addr;
    centrifugo.end().await;
    page.shows("#connection", "polling").await;
    page.shows("#notice", "Nothing comes from Centrifugo").await;
    page.shows("#breaker", "open").await;
    // Commands need no Centrifugo, and the table goes on.
    page.click("[data-command=start] button").await;
    page.shows("#answers", "start answered in").await;
    page.until(
        "fresh heartbeats",
        &format!("({ROW})('bot-002').querySelector('.heartbeat').textContent === 'now'"),
    )
    .await;

    stage.centrifugo = Some(Centrifugo::start(addr, stage.page).await);
    live(&page).await;
    page.shows("#breaker", "closed").await;
    page.until("no notice", "document.querySelector('#notice').textContent === ''").await;
    // The panel's subscriptions came back by themselves.
    page.click("[data-command=request_config_schema] [type=submit]").await;
    page.shows("#stream", "config_schema").await;
    // The browser itself tells of each attempt to connect that fails.
    page.is_well(&[&format!("ws://{addr}")]);
    browser.end().await;
}

#[tokio::test]
async fn text_from_bots_is_never_markup() {
    let (browser, stage, page) = shown(1, 1.0).await;
    live(&page).await;
    let id = "<script>pwned = 3</script>";
    let link = foreign::connect(stage.grpc, id).await;
    open(&page, id).await;
    page.shows("#rows", MARKUP).await;
    page.shows("#bot-title", id).await;
    page.shows("#stream", "heartbeat").await;
    foreign::trade(&link).await;
    page.shows("#stream", MARKUP).await;
    page.shows("#bot-symbol", MARKUP).await;
    page.click("[data-command=start] button").await;
    page.shows("#answers", MARKUP).await;
    page.click("[data-command=request_config_schema] [type=submit]").await;
    page.shows("#answers pre", "pwned = 2</script>").await;
    page.click("#bot-line").await;
    page.shows("#answers", "only simulated bots").await;
    page.press("Escape").await;
    page.shows("#log", id).await;
    let foreign = page
        .eval("document.querySelectorAll('#page img:not([alt=\"\"]), #page script').length")
        .await;
    assert_eq!(foreign, 0, "a bot's text became an element");
    assert_eq!(page.eval("typeof pwned").await, "undefined", "a bot's text was executed");
    page.is_well(&["status of 422", "status of 409"]);
    link.close("the end");
    browser.end().await;
}

#[tokio::test]
async fn it_can_be_used_by_keyboard_alone() {
    let (browser, _stage, page) = shown(60, 1.0).await;
    live(&page).await;
    page.shows("#online", "60").await;
    let rows = page.eval("document.querySelectorAll('.row').length").await;
    assert!(rows.as_u64() < Some(50), "there are {rows} rows, and some 25 can be seen");
    page.press("/").await;
    page.until("the search", "document.activeElement.id === 'filter'").await;
    page.write("bot-02").await;
    page.until("ten bots", "document.querySelector('#grid').ariaRowCount === '11'").await;
    page.press("Enter").await;
    page.until("the table", "document.activeElement.id === 'grid'").await;
    page.press("ArrowDown").await;
    page.press("ArrowDown").await;
    let active = "document.getElementById(document.querySelector('#grid').getAttribute('aria-activedescendant'))";
    page.until("the third row", &format!("{active}.textContent.includes('bot-022')")).await;
    page.press("Enter").await;
    page.until("the panel", "document.activeElement.id === 'bot-title'").await;
    page.shows("#bot-title", "bot-022").await;
    page.until("a chosen row", &format!("{active}.ariaSelected === 'true'")).await;
    page.press("Escape").await;
    page.until(
        "the table again",
        "document.activeElement.id === 'grid' && document.querySelector('#bot').hidden",
    )
    .await;
    page.press("End").await;
    page.until("the last row", &format!("{active}.textContent.includes('bot-029')")).await;
    page.press("Home").await;
    page.until("the first row", &format!("{active}.textContent.includes('bot-020')")).await;
    page.is_well(&[]);
    browser.end().await;
}

#[tokio::test]
async fn without_the_token_it_asks_for_it() {
    let browser = Browser::start().await;
    let stage = Stage::start(1).await;
    let page = browser.open(&format!("http://{}", stage.page)).await;
    page.until("the form", "document.activeElement.id === 'token'").await;
    page.write("a guess").await;
    page.press("Enter").await;
    page.shows("#sign-in-why", "not this server's").await;
    page.until("the form again", "document.activeElement.id === 'token'").await;
    page.write(TOKEN).await;
    page.press("Enter").await;
    live(&page).await;
    page.shows("#online", "1").await;
    page.is_well(&["status of 403"]);
    browser.end().await;
}

#[tokio::test]
async fn a_page_that_outlives_the_program_says_so() {
    let (browser, stage, page) = shown(1, 1.0).await;
    live(&page).await;
    page.shows("#online", "1").await;
    page.is_well(&[]);
    stage.server.interrupt().await;
    stage.server.end().await;
    page.shows("#connection", "offline").await;
    page.shows("#notice", "The server does not answer").await;
    let centrifugo = stage.centrifugo.as_ref().expect("it runs");
    let (_server, _) = serve(stage.page, centrifugo, 1, 1.0).await;
    live(&page).await;
    state(&page, "bot-001", "online").await;
    page.is_well(&["ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE"]);
    browser.end().await;
}

/// The contrast of each text that can be seen with what is behind it, where it is less than WCAG's AA asks for.
const FAINT: &str = r"(() => {
    const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
    const bytes = (color) => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = color;
        canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const light = (color) => {
        const [r, g, b] = bytes(color).map((c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ground = (element) => {
        for (let at = element; at !== null; at = at.parentElement) {
            const { backgroundColor } = getComputedStyle(at);
            if (bytes(backgroundColor)[3] === 255) return backgroundColor;
        }
        return getComputedStyle(document.body).backgroundColor;
    };
    const faint = new Set();
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const element = texts.currentNode.parentElement;
        if (texts.currentNode.data.trim() === '' || !element.checkVisibility()) continue;
        const style = getComputedStyle(element);
        const color = element instanceof SVGElement ? style.fill : style.color;
        const [one, other] = [light(color), light(ground(element))].sort((a, b) => b - a);
        const contrast = (one + 0.05) / (other + 0.05);
        if (contrast < 4.5) faint.add(`${element.className.baseVal ?? element.className} ${element.tagName} ${contrast.toFixed(2)}`);
    }
    return [...faint];
})()";

#[tokio::test]
async fn it_is_readable_in_light_and_dark_and_on_a_narrow_screen() {
    let (browser, _stage, page) = shown(40, 2.0).await;
    live(&page).await;
    page.shows("#online", "40").await;
    open(&page, "bot-011").await;
    page.click("#bot-line").await;
    state(&page, "bot-011", "away").await;
    page.press("Escape").await;
    state(&page, "bot-011", "gone").await;
    // The pictures of the docs show more than a moment.
    let seconds = env::var("PICTURE_SECONDS").map_or(0, |it| it.parse().expect("seconds"));
    sleep(Duration::from_secs(seconds)).await;
    for scheme in ["light", "dark"] {
        page.scheme(scheme).await;
        assert_eq!(page.eval(FAINT).await, json!([]), "too faint in {scheme}");
        page.picture(&format!("{scheme}.png")).await;
        open(&page, "bot-007").await;
        page.click("[data-command=request_config_schema] [type=submit]").await;
        page.shows("#answers", "request_config_schema answered in").await;
        page.shows("#stream", "trade").await;
        sleep(Duration::from_secs(seconds)).await;
        assert_eq!(page.eval(FAINT).await, json!([]), "too faint in {scheme}, with a bot");
        page.picture(&format!("{scheme}-bot.png")).await;
        let readme = page.picture(&format!("{scheme}-bot.webp")).await;
        assert!(fs::metadata(readme).expect("written").len() < 200_000, "too large for the README");
        page.press("Escape").await;
    }
    page.size(390, 844).await;
    let wide = "document.documentElement.scrollWidth > 390";
    assert_eq!(page.eval(wide).await, json!(false), "a narrow screen has to be moved sideways");
    page.picture("narrow.png").await;
    open(&page, "bot-004").await;
    page.shows("#stream", "trade").await;
    assert_eq!(page.eval("document.querySelector('#bots').inert").await, json!(true));
    assert_eq!(page.eval(FAINT).await, json!([]), "too faint on a narrow screen");
    page.picture("narrow-bot.png").await;
    page.is_well(&[]);
    browser.end().await;
}
