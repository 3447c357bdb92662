//! The control API: how the simulators are watched and driven from outside the process.
//!
//! Longer than other files: each route is a few lines, and they are found best where their list is.
//! Those of the portal alone are in `portal.rs`, with their list.
//!
//! | route | |
//! |---|---|
//! | `POST /reset` | back to the seed |
//! | `GET /journal` `?system=` `&method=` `&path=` (prefix) `&operation=`, `DELETE /journal` | what was asked |
//! | `POST`, `GET`, `DELETE /faults` | what goes wrong, see `FaultKind` |
//! | `POST`, `GET /switches` | how the service behaves, see `Switches` |
//! | `POST`, `GET /accounts` | the ledger; an account made behind the clients' backs |
//! | `PATCH`, `DELETE /accounts/{customer}/{userName}` | the same for changing and deleting |
//! | `GET /accounts/{customer}/{userName}/password-is?value=` | proves a password |
//! | `PATCH /users/{customer}/{userName}` | the password of somebody who can log in |
//! | `GET /users/{customer}/{userName}/password-is?value=` | proves it |
//! | `GET`, `DELETE /sessions` | how many are open; end all |
//! | `/portal/…` | the users of the portal |
//! | `POST /clock` `{"advanceSeconds": 60}` | put the clock forward |
//!
//! `?system=ctera` leads to the switches, faults and sessions of the portal. Without it, switches and
//! sessions are those of `DynECT`, and faults those of all systems.
//!
//! Errors are `{"error": "…"}`.

mod portal;

use std::future::IntoFuture as _;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch, post};
use axum::{Json, Router};
use bytes::Bytes;
use http::{StatusCode, Uri};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use url::form_urlencoded;

use super::clock::Clock;
use super::ctera;
use super::dynect::{self, AccountError, Ledger, Simulator};
use super::journal::{Journal, JournalEntry, JournalFilter, System};

/// How long requests that have begun may take to finish at shutdown.
const PATIENCE: Duration = Duration::from_secs(1);

/// What can be watched and driven.
#[derive(Clone)]
pub(super) struct Controls {
    pub(super) dynect: Arc<Simulator>,
    pub(super) ctera: Arc<ctera::Simulator>,
    pub(super) clock: Arc<Clock>,
    pub(super) journal: Arc<Journal>,
}

/// The reply to a request that cannot be fulfilled.
struct Refused(StatusCode, String);

type Name = Path<(String, String)>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewAccount {
    customer: String,
    nickname: String,
    user_name: Option<String>,
    password: String,
    #[serde(default)]
    blocked: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AccountChange {
    password: Option<String>,
    blocked: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UserChange {
    password: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ClockChange {
    advance_seconds: u64,
}

/// Serves until told to stop.
pub(super) async fn serve(controls: Controls, listener: TcpListener, stop: CancellationToken) {
    let router = Router::new()
        .route("/reset", post(reset))
        .route("/journal", get(journal).delete(clear_journal))
        .route("/faults", get(faults).post(order_fault).delete(clear_faults))
        .route("/switches", get(switches).post(set_switches))
        .route("/accounts", get(accounts).post(create_account))
        .route("/accounts/{customer}/{user_name}", patch(change_account).delete(delete_account))
        .route("/accounts/{customer}/{user_name}/password-is", get(account_password_is))
        .route("/users/{customer}/{user_name}", patch(change_user))
        .route("/users/{customer}/{user_name}/password-is", get(user_password_is))
        .route("/sessions", get(sessions).delete(kill_sessions))
        .route("/clock", post(advance))
        .nest("/portal", portal::routes())
        .fallback(unknown_route)
        .method_not_allowed_fallback(wrong_method)
        .with_state(controls);
    let stopping = stop.clone().cancelled_owned();
    let server = axum::serve(listener, router).with_graceful_shutdown(stopping);
    let out_of_patience = async {
        stop.cancelled().await;
        tokio::time::sleep(PATIENCE).await;
    };
    tokio::select! {
        // A server that accepts until told to stop has no error to report.
        _ = server.into_future() => {}
        () = out_of_patience => {}
    }
}

impl Controls {
    pub(super) fn reset(&self) {
        self.clock.reset();
        self.dynect.reset();
        self.ctera.reset();
        self.journal.clear();
    }
}

impl Refused {
    fn bad(error: impl Into<String>) -> Refused {
        Refused(StatusCode::BAD_REQUEST, error.into())
    }
}

impl From<AccountError> for Refused {
    fn from(error: AccountError) -> Self {
        let status = match error {
            AccountError::UnknownCustomer(_) | AccountError::UnknownUser(_) => {
                StatusCode::NOT_FOUND
            }
            AccountError::NicknameTaken(_) | AccountError::UserNameTaken(_) => StatusCode::CONFLICT,
        };
        Refused(status, error.to_string())
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let Refused(status, error) = self;
        (status, Json(json!({"error": error}))).into_response()
    }
}

/// Takes JSON whatever its content type says: this is for typing on a command line.
fn body<T: DeserializeOwned>(bytes: &Bytes) -> Result<T, Refused> {
    serde_json::from_slice(bytes).map_err(|error| Refused::bad(error.to_string()))
}

/// The parameters of the query; unknown ones are refused.
fn query<const N: usize>(uri: &Uri, names: [&str; N]) -> Result<[Option<String>; N], Refused> {
    let mut values = [const { None }; N];
    for (key, value) in form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
        let slot = names.iter().position(|name| *name == key).and_then(|at| values.get_mut(at));
        let slot = slot.ok_or_else(|| {
            Refused::bad(format!("unknown parameter `{key}`, expected {}", names.join(" or ")))
        })?;
        *slot = Some(value.into_owned());
    }
    Ok(values)
}

/// The system that a query names, if it names one.
fn system_named(uri: &Uri) -> Result<Option<System>, Refused> {
    let [named] = query(uri, ["system"])?;
    named.as_deref().map(system).transpose()
}

/// A system that can be told what to do.
fn system(name: &str) -> Result<System, Refused> {
    match name {
        "dynect" => Ok(System::Dynect),
        "ctera" => Ok(System::Ctera),
        _ => {
            let expected = "expected \"dynect\" or \"ctera\"";
            Err(Refused::bad(format!("unknown system {}, {expected}", json!(name))))
        }
    }
}

async fn reset(State(controls): State<Controls>) -> StatusCode {
    controls.reset();
    StatusCode::NO_CONTENT
}

async fn journal(
    State(controls): State<Controls>,
    uri: Uri,
) -> Result<Json<Vec<JournalEntry>>, Refused> {
    let [named, method, path, operation] = query(&uri, ["system", "method", "path", "operation"])?;
    let system = match named.as_deref() {
        Some("proxy") => Some(System::Proxy),
        named => named.map(system).transpose()?,
    };
    Ok(Json(controls.journal.entries(&JournalFilter { system, method, path, operation })))
}

async fn clear_journal(State(controls): State<Controls>) -> StatusCode {
    controls.journal.clear();
    StatusCode::NO_CONTENT
}

async fn faults(State(controls): State<Controls>, uri: Uri) -> Result<Json<Vec<Value>>, Refused> {
    let system = system_named(&uri)?;
    let mut faults = Vec::new();
    if system != Some(System::Ctera) {
        faults.extend(controls.dynect.faults().into_iter().map(|fault| json!(fault)));
    }
    if system != Some(System::Dynect) {
        faults.extend(controls.ctera.faults().into_iter().map(|fault| json!(fault)));
    }
    Ok(Json(faults))
}

async fn order_fault(
    State(controls): State<Controls>,
    bytes: Bytes,
) -> Result<(StatusCode, Json<Value>), Refused> {
    let fault: Value = body(&bytes)?;
    let named = fault.get("system").and_then(Value::as_str).map(system).transpose()?;
    let ordered = if named == Some(System::Ctera) {
        let fault = ctera::Fault::from_json(fault).map_err(Refused::bad)?;
        controls.ctera.push_fault(fault.clone());
        json!(fault)
    } else {
        let fault = dynect::Fault::from_json(fault).map_err(Refused::bad)?;
        controls.dynect.push_fault(fault.clone());
        json!(fault)
    };
    Ok((StatusCode::CREATED, Json(ordered)))
}

async fn clear_faults(State(controls): State<Controls>, uri: Uri) -> Result<StatusCode, Refused> {
    let system = system_named(&uri)?;
    if system != Some(System::Ctera) {
        controls.dynect.clear_faults();
    }
    if system != Some(System::Dynect) {
        controls.ctera.clear_faults();
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn switches(State(controls): State<Controls>, uri: Uri) -> Result<Json<Value>, Refused> {
    Ok(Json(match system_named(&uri)? {
        Some(System::Ctera) => json!(controls.ctera.switches()),
        _ => json!(controls.dynect.switches()),
    }))
}

/// The system may stand in the body too.
async fn set_switches(
    State(controls): State<Controls>,
    uri: Uri,
    bytes: Bytes,
) -> Result<Json<Value>, Refused> {
    let mut changes: Map<String, Value> = body(&bytes)?;
    let named = match changes.remove("system") {
        Some(named) => Some(system(named.as_str().unwrap_or_default())?),
        None => system_named(&uri)?,
    };
    let switches = match named {
        Some(System::Ctera) => controls.ctera.merge_switches(changes).map(|now| json!(now)),
        _ => controls.dynect.merge_switches(changes).map(|now| json!(now)),
    };
    switches.map(Json).map_err(Refused::bad)
}

async fn accounts(State(controls): State<Controls>) -> Json<Ledger> {
    Json(controls.dynect.ledger())
}

async fn create_account(
    State(controls): State<Controls>,
    bytes: Bytes,
) -> Result<(StatusCode, Json<Value>), Refused> {
    let NewAccount { customer, nickname, user_name, password, blocked } = body(&bytes)?;
    let user_name = controls.dynect.create_account(
        &customer,
        &nickname,
        user_name.as_deref(),
        &password,
        blocked,
    )?;
    Ok((StatusCode::CREATED, Json(json!({"customer": customer, "userName": user_name}))))
}

async fn change_account(
    State(controls): State<Controls>,
    Path((customer, user_name)): Name,
    bytes: Bytes,
) -> Result<StatusCode, Refused> {
    let AccountChange { password, blocked } = body(&bytes)?;
    controls.dynect.change_account(&customer, &user_name, password.as_deref(), blocked)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn delete_account(
    State(controls): State<Controls>,
    Path((customer, user_name)): Name,
) -> Result<StatusCode, Refused> {
    controls.dynect.delete_account(&customer, &user_name)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn account_password_is(
    State(controls): State<Controls>,
    Path((customer, user_name)): Name,
    uri: Uri,
) -> Result<Json<Value>, Refused> {
    let value = asked_password(&uri)?;
    equal(controls.dynect.account_password_is(&customer, &user_name, &value), user_name)
}

async fn change_user(
    State(controls): State<Controls>,
    Path((customer, user_name)): Name,
    bytes: Bytes,
) -> Result<StatusCode, Refused> {
    let UserChange { password } = body(&bytes)?;
    controls.dynect.set_user_password(&customer, &user_name, &password)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn user_password_is(
    State(controls): State<Controls>,
    Path((customer, user_name)): Name,
    uri: Uri,
) -> Result<Json<Value>, Refused> {
    let value = asked_password(&uri)?;
    equal(controls.dynect.user_password_is(&customer, &user_name, &value), user_name)
}

fn asked_password(uri: &Uri) -> Result<String, Refused> {
    let [value] = query(uri, ["value"])?;
    value.ok_or_else(|| Refused::bad("the parameter `value` is missing"))
}

fn equal(answer: Option<bool>, user_name: String) -> Result<Json<Value>, Refused> {
    match answer {
        Some(equal) => Ok(Json(json!({"equal": equal}))),
        None => Err(AccountError::UnknownUser(user_name).into()),
    }
}

async fn sessions(State(controls): State<Controls>, uri: Uri) -> Result<Json<Value>, Refused> {
    let open = match system_named(&uri)? {
        Some(System::Ctera) => controls.ctera.open_sessions(),
        _ => controls.dynect.open_sessions(),
    };
    Ok(Json(json!({"open": open})))
}

async fn kill_sessions(State(controls): State<Controls>, uri: Uri) -> Result<StatusCode, Refused> {
    match system_named(&uri)? {
        Some(System::Ctera) => controls.ctera.kill_sessions(),
        _ => controls.dynect.kill_sessions(),
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn advance(State(controls): State<Controls>, bytes: Bytes) -> Result<StatusCode, Refused> {
    let ClockChange { advance_seconds } = body(&bytes)?;
    controls.clock.advance(Duration::from_secs(advance_seconds));
    Ok(StatusCode::NO_CONTENT)
}

async fn unknown_route() -> Refused {
    let routes =
        "/reset, /journal, /faults, /switches, /accounts, /users, /sessions, /clock, /portal";
    Refused(StatusCode::NOT_FOUND, format!("there is no such route; the routes are {routes}"))
}

async fn wrong_method() -> Refused {
    Refused(StatusCode::METHOD_NOT_ALLOWED, "this route has no such method".to_owned())
}
