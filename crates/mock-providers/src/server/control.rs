//! The control API below `/__mock`: worlds, journal, ledger, clock, state, tables.
//!
//! For programs on this machine, never for a page in a browser: the peer must be on loopback unless it was told
//! otherwise, and Host and Origin must name this machine.

mod tables;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::body::{Body, Bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, Request, State};
use axum::middleware::{self, Next};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::header::{CONTENT_TYPE, HOST, ORIGIN};
use http::{HeaderValue, Response, StatusCode, Uri};
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::journal::Filter;
use super::ready::{self, ProviderReady};
use super::shell::Fakes;
use super::worlds::{Cell, NewWorld, WorldError};
use crate::core::clock::Clock;
use crate::core::credits::Credits;
use crate::core::ledger::{Charge, Recipient};
use crate::core::simulation::{Simulated, Simulation};
use crate::core::window::RateLimits;
use crate::core::world::Fired;
use crate::providers::{Failure, Provider};

/// Who may use the control API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// Programs on this machine.
    #[default]
    Loopback,
    /// Programs on any machine that reaches the port.
    Anyone,
}

/// What the control API says of its server.
#[derive(Clone, Debug)]
pub struct Control {
    /// Scheme, host and port of the server.
    pub url: String,
    /// Who may use it.
    pub access: Access,
    /// Whose certificates TLS is answered with.
    #[cfg(feature = "intercept")]
    pub authority: Option<Arc<super::tls::Authority>>,
}

/// The address a request came from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) IpAddr);

#[derive(Clone)]
struct Shared {
    fakes: Arc<Fakes>,
    control: Control,
    started: Instant,
}

/// The router of everything below `/__mock`.
pub(super) fn router(fakes: Arc<Fakes>, control: Control) -> Router {
    let shared = Shared { fakes, control, started: Instant::now() };
    Router::new()
        .route("/__mock/health", get(health))
        .route("/__mock/worlds", get(list_worlds).post(create_world))
        .route("/__mock/worlds/{id}", get(look).delete(end_world))
        .route("/__mock/worlds/{id}/reset", post(reset))
        .route("/__mock/worlds/{id}/journal", get(journal))
        .route("/__mock/worlds/{id}/ledger", get(ledger))
        .route("/__mock/worlds/{id}/clock", get(clock).patch(set_clock))
        .route("/__mock/worlds/{id}/state", get(state))
        .route("/__mock/worlds/{id}/simulate/{event}", post(simulate))
        .route("/__mock/simulations", get(simulations))
        .route("/__mock/operations", get(tables::operations))
        .route("/__mock/provenance", get(tables::provenance))
        .route("/__mock/openapi/{file}", get(tables::openapi))
        .route("/__mock/ca.pem", get(authority))
        .fallback(|uri: Uri| async move { Problem::no_such_call(uri.path()) })
        .method_not_allowed_fallback(|| async { Problem::wrong_method() })
        .layer(middleware::from_fn_with_state(shared.clone(), guard))
        .with_state(shared)
}

/// The certificate that a client of this server's TLS has to trust.
async fn authority(State(shared): State<Shared>) -> Result<Response<Body>, Problem> {
    #[cfg(feature = "intercept")]
    if let Some(authority) = &shared.control.authority {
        let mut response = Response::new(Body::from(authority.certificate_pem().to_owned()));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-pem-file"));
        return Ok(response);
    }
    let _ = shared;
    Err(Problem::new(StatusCode::NOT_FOUND, "no_tls", "this server answers no TLS", "start it with mock-providers serve --tls"))
}

/// An error of the control API: `{"error": {"code", "message", "hint"}}`.
#[derive(Debug, Serialize)]
struct Problem {
    #[serde(skip)]
    status: StatusCode,
    code: &'static str,
    message: String,
    hint: String,
}

#[derive(Serialize)]
struct Envelope<'p> {
    error: &'p Problem,
}

impl Problem {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), hint: hint.into() }
    }

    fn no_such_call(path: &str) -> Self {
        let calls = "health, worlds, worlds/{id}, worlds/{id}/reset|journal|ledger|clock|state|simulate/{event}, simulations, operations, provenance, \
                     openapi/{provider}.json, ca.pem";
        Self::new(
            StatusCode::NOT_FOUND,
            "no_such_call",
            format!("the control API has no {path}"),
            format!("below /__mock there are: {calls}"),
        )
    }

    fn wrong_method() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "wrong_method",
            "this call takes another method",
            "the Allow header names the methods it takes",
        )
    }

    fn bad_request(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", message, hint)
    }

    fn response(&self) -> Response<Body> {
        let body = serde_json::to_vec(&Envelope { error: self }).expect("a problem is plain JSON");
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    }
}

impl axum::response::IntoResponse for Problem {
    fn into_response(self) -> axum::response::Response {
        self.response()
    }
}

impl From<WorldError> for Problem {
    fn from(error: WorldError) -> Self {
        let (status, code, hint) = match &error {
            WorldError::Name(_) => (StatusCode::BAD_REQUEST, "bad_name", "leave name out to have one drawn"),
            WorldError::Taken(_) => (StatusCode::CONFLICT, "name_taken", "choose another name, or DELETE that world first"),
            WorldError::Unknown(_) => (StatusCode::NOT_FOUND, "no_such_world", "GET /__mock/worlds lists them; POST makes one"),
            WorldError::Permanent => {
                (StatusCode::CONFLICT, "permanent_world", "POST /__mock/worlds/default/reset puts it back to its start")
            }
        };
        Self::new(status, code, error.to_string(), hint)
    }
}

/// The answer to a control call whose body could not be read.
pub(super) fn unreadable(failure: Failure) -> Response<Body> {
    let status = match failure {
        Failure::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Failure::BodyTimeout => StatusCode::REQUEST_TIMEOUT,
        _ => StatusCode::BAD_REQUEST,
    };
    Problem::new(status, "unreadable_body", "the request's body could not be read to its end", "send a JSON object of less than 1 MiB")
        .response()
}

/// The answer to a request that no provider is found for.
pub(super) fn nowhere(target: &str) -> Response<Body> {
    let shown: String = target.chars().take(200).collect();
    Problem::new(
        StatusCode::NOT_FOUND,
        "no_provider",
        format!("no provider is named by the host or the path {shown}"),
        "begin the path with /magnetite, /leadmagic, /sendpilot or /leadterra, keep the real Host header, or start with --only",
    )
    .response()
}

/// The answer to a request whose path names a world that does not exist.
pub(super) fn no_world(error: WorldError) -> Response<Body> {
    Problem::from(error).response()
}

async fn guard(State(shared): State<Shared>, request: Request, next: Next) -> Result<Response<Body>, Problem> {
    if percent_encoding::percent_decode_str(request.uri().path()).decode_utf8().is_err() {
        return Err(Problem::bad_request("the path is no UTF-8 text", "GET /__mock/worlds lists the worlds' ids"));
    }
    let forbidden = |message: String, hint: &str| Problem::new(StatusCode::FORBIDDEN, "forbidden", message, hint);
    let peer = request.extensions().get::<Peer>().copied();
    if shared.control.access == Access::Loopback {
        if peer.is_some_and(|Peer(ip)| !ip.to_canonical().is_loopback()) {
            return Err(forbidden("the control API answers this machine only".into(), "start with --control-access anyone to open it"));
        }
        // A page that has its own name resolve to this machine would come with that name.
        let host = request
            .headers()
            .get(HOST)
            .and_then(|host| host.to_str().ok())
            .or_else(|| request.uri().authority().map(http::uri::Authority::as_str));
        if host.is_some_and(|host| !is_this_machine(host)) {
            return Err(forbidden(format!("the Host is {}", host.unwrap_or_default()), "call it by localhost or 127.0.0.1"));
        }
    }
    if let Some(origin) = request.headers().get(ORIGIN) {
        let own = origin
            .to_str()
            .ok()
            .and_then(|o| o.parse::<Uri>().ok())
            .is_some_and(|o| o.authority().is_some_and(|a| is_this_machine(a.as_str())));
        if !own {
            return Err(forbidden(
                "the request comes from a page of another origin".into(),
                "call the control API from a program, not from a page",
            ));
        }
    }
    Ok(next.run(request).await)
}

fn is_this_machine(authority: &str) -> bool {
    let Ok(authority) = authority.parse::<http::uri::Authority>() else { return false };
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback())
}

/// A JSON body with known fields only; no body is an empty object. The content type does not matter here.
fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, Problem> {
    let text: &[u8] = if body.trim_ascii().is_empty() { b"{}" } else { body.trim_ascii() };
    // serde takes a list for a struct, and its positions for names.
    if !text.starts_with(b"{") {
        return Err(Problem::bad_request("the body is no JSON object", "send a JSON object, or nothing"));
    }
    serde_json::from_slice(text)
        .map_err(|e| Problem::bad_request(format!("the body cannot be read: {e}"), "send a JSON object with these fields only"))
}

async fn health(State(shared): State<Shared>) -> Json<Value> {
    Json(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "uptime_s": shared.started.elapsed().as_secs(),
        "worlds": shared.fakes.worlds.len(),
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CreateWorld {
    name: Option<String>,
    seed: Option<u64>,
    clock: Option<ClockStart>,
    #[serde(default)]
    revisions: BTreeMap<String, String>,
    #[serde(default)]
    limits: LimitsStart,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct LimitsStart {
    journal_bytes: Option<usize>,
    rate: Option<String>,
}

/// `"live"`, or a time to stand at.
#[derive(Deserialize)]
#[serde(untagged, expecting = "clock is \"live\", or a time to stand at, such as \"2026-01-15T10:00:00Z\"")]
enum ClockStart {
    At(Timestamp),
    Word(String),
}

async fn create_world(State(shared): State<Shared>, body: Bytes) -> Result<(StatusCode, Json<WorldView>), Problem> {
    let asked: CreateWorld = read(&body)?;
    let frozen_at = match asked.clock {
        None => None,
        Some(ClockStart::At(at)) => Some(at),
        Some(ClockStart::Word(word)) if word == "live" => None,
        Some(ClockStart::Word(word)) => {
            return Err(Problem::bad_request(
                format!("clock cannot be {word:?}"),
                "use \"live\", or a time to stand at, such as \"2026-01-15T10:00:00Z\"",
            ));
        }
    };
    let mut revisions = shared.fakes.worlds.default_revisions();
    for (name, label) in &asked.revisions {
        revisions
            .choose(named_provider(name)?, label)
            .map_err(|e| Problem::bad_request(e.to_string(), "choose one of the known revisions"))?;
    }
    let rate_limits = match asked.limits.rate.as_deref() {
        None => None,
        Some(name) => Some(RateLimits::by_name(name).ok_or_else(|| {
            let known = RateLimits::ALL.map(RateLimits::name).join(", ");
            Problem::bad_request(format!("limits.rate cannot be {name:?}"), format!("known: {known}"))
        })?),
    };
    let new = NewWorld {
        name: asked.name,
        seed: asked.seed,
        frozen_at,
        revisions: Some(revisions),
        journal_bytes_max: asked.limits.journal_bytes,
        rate_limits,
    };
    let cell = shared.fakes.worlds.create(&new)?;
    Ok((StatusCode::CREATED, Json(WorldView::of(&cell, &shared.control.url))))
}

fn named_provider(name: &str) -> Result<Provider, Problem> {
    Provider::by_name(name).ok_or_else(|| {
        Problem::bad_request(format!("there is no provider {name:?}"), format!("known: {}", Provider::ALL.map(Provider::name).join(", ")))
    })
}

#[derive(Serialize)]
struct WorldView {
    id: String,
    seed: u64,
    now: Timestamp,
    clock: &'static str,
    exchanges: u64,
    evicted: u64,
    providers: BTreeMap<&'static str, ProviderReady>,
}

impl WorldView {
    fn of(cell: &Cell, url: &str) -> Self {
        let live = cell.lock();
        let (clock, now) = (live.world.common.clock, live.world.common.clock.now(Timestamp::now()));
        let (exchanges, evicted) = (live.journal.total(), live.journal.evicted());
        drop(live);
        Self {
            id: cell.id.clone(),
            seed: cell.seed(),
            now,
            clock: clock_name(clock),
            exchanges,
            evicted,
            providers: ready::providers(cell, url),
        }
    }
}

const fn clock_name(clock: Clock) -> &'static str {
    match clock {
        Clock::Live { .. } => "live",
        Clock::Frozen { .. } => "frozen",
    }
}

async fn list_worlds(State(shared): State<Shared>) -> Json<Value> {
    let worlds: Vec<WorldView> = shared.fakes.worlds.all().iter().map(|cell| WorldView::of(cell, &shared.control.url)).collect();
    Json(json!({ "worlds": worlds }))
}

async fn look(State(shared): State<Shared>, Path(id): Path<String>) -> Result<Json<WorldView>, Problem> {
    Ok(Json(WorldView::of(&*shared.fakes.worlds.by_id(&id)?, &shared.control.url)))
}

async fn end_world(State(shared): State<Shared>, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    shared.fakes.worlds.remove(&id)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn reset(State(shared): State<Shared>, Path(id): Path<String>) -> Result<Json<WorldView>, Problem> {
    let cell = shared.fakes.worlds.by_id(&id)?;
    cell.reset();
    Ok(Json(WorldView::of(&cell, &shared.control.url)))
}

/// A query, or why it cannot be read; a handler says so in the form of the control API.
type Asked<T> = Result<Query<T>, QueryRejection>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JournalQuery {
    provider: Option<String>,
    operation: Option<String>,
    status: Option<u16>,
    outcome: Option<String>,
    after: Option<u64>,
    limit: Option<usize>,
}

/// Entries of a journal's page when no limit is asked for.
const JOURNAL_LIMIT_DEFAULT: usize = 1_000;

async fn journal(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    query: Asked<JournalQuery>,
) -> Result<Json<super::journal::Page>, Problem> {
    let cell = shared.fakes.worlds.by_id(&id)?;
    let Query(query) =
        query.map_err(|e| Problem::bad_request(e.body_text(), "the filters are provider, operation, status, outcome, after and limit"))?;
    let provider = query.provider.as_deref().map(named_provider).transpose()?;
    if let Some(operation) = query.operation.as_deref().filter(|id| *id != "none" && Provider::operation(id).is_none()) {
        return Err(Problem::bad_request(
            format!("there is no operation {operation:?}"),
            "GET /__mock/operations lists them; none is for the rest",
        ));
    }
    let filter = Filter { provider, operation: query.operation, status: query.status, outcome: query.outcome, after: query.after };
    let page = cell.lock().journal.page(&filter, query.limit.unwrap_or(JOURNAL_LIMIT_DEFAULT));
    Ok(Json(page))
}

async fn ledger(State(shared): State<Shared>, Path(id): Path<String>) -> Result<Json<LedgerView>, Problem> {
    let ledger = shared.fakes.worlds.by_id(&id)?.lock().world.common.ledger.clone();
    let (credits, people, recipients) = (ledger.credits(), ledger.people(), ledger.recipients());
    Ok(Json(LedgerView { credits, charges: ledger.charges().to_vec(), people, recipients }))
}

#[derive(Serialize)]
struct LedgerView {
    credits: Credits,
    charges: Vec<Charge>,
    people: usize,
    recipients: Vec<Recipient>,
}

#[derive(Serialize)]
struct ClockView {
    now: Timestamp,
    clock: &'static str,
    /// What fell due by the change, in order.
    fired: Vec<Fired>,
}

async fn clock(State(shared): State<Shared>, Path(id): Path<String>) -> Result<Json<ClockView>, Problem> {
    let cell = shared.fakes.worlds.by_id(&id)?;
    let clock = cell.lock().world.common.clock;
    Ok(Json(ClockView { now: clock.now(Timestamp::now()), clock: clock_name(clock), fired: Vec::new() }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetClock {
    freeze: Option<Freeze>,
    advance_s: Option<u64>,
    live: Option<bool>,
}

/// `true` to stand still now, or a time to stand at.
#[derive(Deserialize)]
#[serde(untagged, expecting = "freeze is true, or a time to stand at, such as \"2026-01-15T10:00:00Z\"")]
enum Freeze {
    At(Timestamp),
    Now(bool),
}

async fn set_clock(State(shared): State<Shared>, Path(id): Path<String>, body: Bytes) -> Result<Json<ClockView>, Problem> {
    let cell = shared.fakes.worlds.by_id(&id)?;
    let asked: SetClock = read(&body)?;
    let real = Timestamp::now();
    let mut live = cell.lock();
    let clock = &mut live.world.common.clock;
    match asked {
        SetClock { freeze: Some(Freeze::Now(true)), advance_s: None, live: None } => *clock = Clock::Frozen { at: clock.now(real) },
        SetClock { freeze: Some(Freeze::At(at)), advance_s: None, live: None } => *clock = Clock::Frozen { at },
        SetClock { freeze: None, advance_s: Some(seconds), live: None } => {
            clock.advance(SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX)));
        }
        SetClock { freeze: None, advance_s: None, live: Some(true) } => clock.run(real),
        _ => {
            return Err(Problem::bad_request(
                "the clock takes one change at a time",
                "send {\"freeze\": true}, {\"freeze\": \"2026-01-15T10:00:00Z\"}, {\"advance_s\": 3600} or {\"live\": true}",
            ));
        }
    }
    let clock = *clock;
    let now = clock.now(real);
    let fired = live.world.settle(now);
    Ok(Json(ClockView { now, clock: clock_name(clock), fired }))
}

async fn state(State(shared): State<Shared>, Path(id): Path<String>) -> Result<Json<Value>, Problem> {
    let cell = shared.fakes.worlds.by_id(&id)?;
    let view = cell.lock().world.describe(Timestamp::now());
    Ok(Json(view))
}

/// Does what only the outside world can: the path names it, `provider` says to whom, and the other fields are its own.
async fn simulate(
    State(shared): State<Shared>,
    Path((id, event)): Path<(String, String)>,
    body: Bytes,
) -> Result<Json<Simulated>, Problem> {
    let cell = shared.fakes.worlds.by_id(&id)?;
    let mut asked: serde_json::Map<String, Value> = read(&body)?;
    if Simulation::ALL.iter().all(|(name, ..)| *name != event) {
        let known: Vec<&str> = Simulation::ALL.iter().map(|(name, ..)| *name).collect();
        return Err(Problem::bad_request(format!("nothing is called {event:?}"), format!("known: {}", known.join(", "))));
    }
    let provider = match asked.remove("provider") {
        Some(Value::String(name)) => named_provider(&name)?,
        _ => return Err(Problem::bad_request("provider is missing", "name it: {\"provider\": \"sendpilot\", ...}")),
    };
    asked.insert("simulate".into(), event.into());
    let simulation: Simulation = serde_json::from_value(asked.into())
        .map_err(|e| Problem::bad_request(format!("the body cannot be read: {e}"), "GET /__mock/simulations lists the fields"))?;
    let done = shared.fakes.worlds.simulate(&cell, provider, &simulation);
    done.map(Json).map_err(|e| Problem::bad_request(e.message, e.hint))
}

/// What can be simulated, and at which provider.
async fn simulations() -> Json<Value> {
    let rows: Vec<Value> = Simulation::ALL
        .iter()
        .map(|(name, summary, fields)| {
            let providers: Vec<&str> =
                Provider::ALL.into_iter().filter(|p| p.profile().simulations.contains(name)).map(Provider::name).collect();
            json!({ "simulate": name, "summary": summary, "fields": fields, "providers": providers })
        })
        .collect();
    Json(json!({ "simulations": rows }))
}
