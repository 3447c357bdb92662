//! The control API: how the simulators are watched and driven from outside the process.
//!
//! The routes of the portal alone are listed in `portal.rs`.
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

mod accounts;
mod portal;
mod systems;

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
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use url::form_urlencoded;

use super::clock::Clock;
use super::ctera;
use super::dynect::Simulator;
use super::journal::Journal;

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
struct ClockChange {
    advance_seconds: u64,
}

/// Serves until told to stop.
pub(super) async fn serve(controls: Controls, listener: TcpListener, stop: CancellationToken) {
    let router = Router::new()
        .route("/reset", post(reset))
        .route("/journal", get(systems::journal).delete(systems::clear_journal))
        .route(
            "/faults",
            get(systems::faults).post(systems::order_fault).delete(systems::clear_faults),
        )
        .route("/switches", get(systems::switches).post(systems::set_switches))
        .route("/accounts", get(accounts::accounts).post(accounts::create_account))
        .route(
            "/accounts/{customer}/{user_name}",
            patch(accounts::change_account).delete(accounts::delete_account),
        )
        .route("/accounts/{customer}/{user_name}/password-is", get(accounts::account_password_is))
        .route("/users/{customer}/{user_name}", patch(accounts::change_user))
        .route("/users/{customer}/{user_name}/password-is", get(accounts::user_password_is))
        .route("/sessions", get(systems::sessions).delete(systems::kill_sessions))
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

fn asked_password(uri: &Uri) -> Result<String, Refused> {
    let [value] = query(uri, ["value"])?;
    value.ok_or_else(|| Refused::bad("the parameter `value` is missing"))
}

async fn reset(State(controls): State<Controls>) -> StatusCode {
    controls.reset();
    StatusCode::NO_CONTENT
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
