//! The HTTP API of the page.

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{
        DefaultBodyLimit, Path, Request, State,
        rejection::{BytesRejection, PathRejection},
    },
    http::{HeaderValue, StatusCode, Uri, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};
use streaming_runtime::{CentrifugoPublisher, config::PublishConfig};

use crate::{
    access::{Access, access},
    bots::Fleet,
    commands::{self, Refused},
    desk::Desk,
    live::{self, Live},
    page,
    pb::{send_command_response::Answer, trading_bots::Connect},
    row::{self, millis, now},
};

const LARGEST_BODY: usize = 64 * 1024;

/// What the API needs.
pub(crate) struct App {
    pub(crate) desk: Arc<Desk>,
    pub(crate) fleet: Fleet,
    pub(crate) live: Live,
    pub(crate) publisher: CentrifugoPublisher,
    /// Where the hub publishes to.
    pub(crate) channels: PublishConfig,
}

pub(crate) fn router(app: Arc<App>) -> Router {
    let api = Router::new()
        .route("/overview", get(overview))
        .route("/live", get(live))
        .route("/bots/{id}/live", post(bot_live))
        .route("/bots/{id}/commands/{command}", post(command))
        .route("/bots/{id}/disconnect", post(disconnect))
        .route("/bots/{id}/reconnect", post(reconnect))
        .fallback(no_such_path)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(middleware::from_fn_with_state(app.clone(), with_token));
    let page = async |State(app): State<Arc<App>>, uri: Uri| page::file(&uri, &app.live.url);
    Router::new().nest("/api", api).fallback(page).with_state(app)
}

/// An error as the page gets it.
struct Fault(StatusCode, &'static str, String);

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let Self(status, code, message) = self;
        (status, Json(json!({ "error": { "code": code, "message": message } }))).into_response()
    }
}

async fn with_token(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let header = request.headers().get(header::AUTHORIZATION);
    let address = "the address that the server printed has it, after `#token=`";
    match access(header.map(HeaderValue::as_bytes), &app.desk.token) {
        Access::Granted => next.run(request).await,
        Access::NoToken => {
            let message = format!("send `Authorization: Bearer TOKEN`; {address}");
            Fault(StatusCode::UNAUTHORIZED, "no_token", message).into_response()
        }
        Access::Foreign => {
            let message = format!("this token is not this server's; {address}");
            Fault(StatusCode::FORBIDDEN, "foreign_token", message).into_response()
        }
    }
}

async fn overview(State(app): State<Arc<App>>) -> Json<Value> {
    let Desk { hub, board, .. } = &*app.desk;
    board.look(hub);
    Json(json!({
        "bots": board.bots(),
        "hub": hub.stats(),
        "publisher": live::publisher(&app.publisher.stats()),
        "now": now(),
    }))
}

async fn live(State(app): State<Arc<App>>) -> Json<Value> {
    let live = &app.live;
    Json(json!({
        "url": live.url,
        "token": live.connection(),
        "overview": { "channel": live::OVERVIEW, "token": live.subscription(live::OVERVIEW) },
    }))
}

async fn bot_live(
    State(app): State<Arc<App>>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<Value>, Fault> {
    let id = known(&app, id)?;
    let channels = app.channels.channels::<Connect>(&id.into()).into_iter().map(|channel| {
        let token = app.live.subscription(&channel);
        (channel, token)
    });
    Ok(Json(json!({ "channels": channels.collect::<BTreeMap<_, _>>() })))
}

async fn command(
    State(app): State<Arc<App>>,
    path: Result<Path<(String, String)>, PathRejection>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, Fault> {
    let Path((id, name)) = path?;
    let body = body.map_err(|error| Fault(error.status(), "bad_body", error.body_text()))?;
    if app.desk.board.state(&id).is_none() {
        return Err(Refused::NoSuchBot(id).into());
    }
    let command = commands::parse(&name, &body)?;
    let command = command.map_err(|error| {
        let message = format!("`{name}` takes a JSON object: {error}");
        Fault(StatusCode::BAD_REQUEST, "bad_json", message)
    })?;
    let began = Instant::now();
    let answer = match commands::execute(&app.desk, &id, command, None).await? {
        Answer::CommandAck(ack) => json!(ack),
        Answer::ConfigSchema(schema) => json!(schema),
    };
    Ok(Json(json!({ "answer": answer, "took": millis(began.elapsed()) })))
}

async fn disconnect(
    State(app): State<Arc<App>>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<Value>, Fault> {
    plug(&app, id, false)
}

async fn reconnect(
    State(app): State<Arc<App>>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<Value>, Fault> {
    plug(&app, id, true)
}

fn plug(
    app: &App,
    id: Result<Path<String>, PathRejection>,
    plugged: bool,
) -> Result<Json<Value>, Fault> {
    let id = known(app, id)?;
    if app.fleet.plug(&id, plugged) {
        return Ok(Json(json!({})));
    }
    let message =
        format!("`{id}` is another process: only simulated bots have a line to be pulled");
    Err(Fault(StatusCode::CONFLICT, "not_simulated", message))
}

/// The id of a bot that was here at least once.
fn known(app: &App, id: Result<Path<String>, PathRejection>) -> Result<String, Fault> {
    let Path(id) = id?;
    match app.desk.board.state(&id) {
        Some(_) => Ok(id),
        None => Err(Refused::NoSuchBot(id).into()),
    }
}

impl From<Refused> for Fault {
    fn from(refused: Refused) -> Self {
        let (status, code) = match &refused {
            Refused::NoSuchBot(_) => (StatusCode::NOT_FOUND, "no_such_bot"),
            Refused::NoSuchCommand { .. } => (StatusCode::NOT_FOUND, "no_such_command"),
            Refused::NotThere(_, row::State::Gone) => (StatusCode::CONFLICT, "bot_gone"),
            Refused::NotThere(..) | Refused::Lost => (StatusCode::CONFLICT, "bot_away"),
            Refused::Failed(_) => (StatusCode::UNPROCESSABLE_ENTITY, "failed"),
            Refused::NoAnswer(_) => (StatusCode::GATEWAY_TIMEOUT, "no_answer"),
            Refused::NotSent(_) => (StatusCode::SERVICE_UNAVAILABLE, "not_sent"),
        };
        Self(status, code, refused.to_string())
    }
}

impl From<PathRejection> for Fault {
    fn from(error: PathRejection) -> Self {
        Self(StatusCode::BAD_REQUEST, "bad_path", error.body_text())
    }
}

async fn no_such_path(uri: Uri) -> Fault {
    let message = format!("there is no `/api{}`; README.md has all there is", uri.path());
    Fault(StatusCode::NOT_FOUND, "no_such_path", message)
}

async fn wrong_method() -> Fault {
    let message = "what changes something is a POST, what does not is a GET".to_owned();
    Fault(StatusCode::METHOD_NOT_ALLOWED, "wrong_method", message)
}
