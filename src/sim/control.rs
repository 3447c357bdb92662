//! The control API: how the simulators are watched and driven from outside the process.
//!
//! Longer than other files: each route is a few lines, and they are found best where their list is.
//!
//! | route | |
//! |---|---|
//! | `POST /reset` | back to the seed |
//! | `GET /journal` `?method=` `&path=` (prefix), `DELETE /journal` | what was asked |
//! | `POST`, `GET`, `DELETE /faults` | what goes wrong, see `FaultKind` |
//! | `POST`, `GET /switches` | how the service behaves, see `Switches` |
//! | `POST`, `GET /accounts` | the ledger; an account made behind the clients' backs |
//! | `PATCH`, `DELETE /accounts/{customer}/{userName}` | the same for changing and deleting |
//! | `GET /accounts/{customer}/{userName}/password-is?value=` | proves a password |
//! | `PATCH /users/{customer}/{userName}` | the password of somebody who can log in |
//! | `GET /users/{customer}/{userName}/password-is?value=` | proves it |
//! | `GET`, `DELETE /sessions` | how many are open; end all |
//! | `POST /clock` `{"advanceSeconds": 60}` | put the clock forward |
//!
//! Errors are `{"error": "…"}`.

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
use super::dynect::{AccountError, Fault, Ledger, Simulator, Switches};
use super::journal::{Journal, JournalEntry, JournalFilter};

/// How long requests that have begun may take to finish at shutdown.
const PATIENCE: Duration = Duration::from_secs(1);

/// What can be watched and driven.
#[derive(Clone)]
pub(super) struct Controls {
    pub(super) dynect: Arc<Simulator>,
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

async fn reset(State(controls): State<Controls>) -> StatusCode {
    controls.reset();
    StatusCode::NO_CONTENT
}

async fn journal(
    State(controls): State<Controls>,
    uri: Uri,
) -> Result<Json<Vec<JournalEntry>>, Refused> {
    let [method, path] = query(&uri, ["method", "path"])?;
    Ok(Json(controls.journal.entries(&JournalFilter { method, path })))
}

async fn clear_journal(State(controls): State<Controls>) -> StatusCode {
    controls.journal.clear();
    StatusCode::NO_CONTENT
}

async fn faults(State(controls): State<Controls>) -> Json<Vec<Fault>> {
    Json(controls.dynect.faults())
}

async fn order_fault(
    State(controls): State<Controls>,
    bytes: Bytes,
) -> Result<(StatusCode, Json<Fault>), Refused> {
    let fault = Fault::from_json(body(&bytes)?).map_err(Refused::bad)?;
    controls.dynect.push_fault(fault.clone());
    Ok((StatusCode::CREATED, Json(fault)))
}

async fn clear_faults(State(controls): State<Controls>) -> StatusCode {
    controls.dynect.clear_faults();
    StatusCode::NO_CONTENT
}

async fn switches(State(controls): State<Controls>) -> Json<Switches> {
    Json(controls.dynect.switches())
}

async fn set_switches(
    State(controls): State<Controls>,
    bytes: Bytes,
) -> Result<Json<Switches>, Refused> {
    let changes: Map<String, Value> = body(&bytes)?;
    controls.dynect.merge_switches(changes).map(Json).map_err(Refused::bad)
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

async fn sessions(State(controls): State<Controls>) -> Json<Value> {
    Json(json!({"open": controls.dynect.open_sessions()}))
}

async fn kill_sessions(State(controls): State<Controls>) -> StatusCode {
    controls.dynect.kill_sessions();
    StatusCode::NO_CONTENT
}

async fn advance(State(controls): State<Controls>, bytes: Bytes) -> Result<StatusCode, Refused> {
    let ClockChange { advance_seconds } = body(&bytes)?;
    controls.clock.advance(Duration::from_secs(advance_seconds));
    Ok(StatusCode::NO_CONTENT)
}

async fn unknown_route() -> Refused {
    let routes = "/reset, /journal, /faults, /switches, /accounts, /users, /sessions, /clock";
    Refused(StatusCode::NOT_FOUND, format!("there is no such route; the routes are {routes}"))
}

async fn wrong_method() -> Refused {
    Refused(StatusCode::METHOD_NOT_ALLOWED, "this route has no such method".to_owned())
}
