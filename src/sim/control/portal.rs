//! The routes of the portal alone, below `/portal`.
//!
//! | route | |
//! |---|---|
//! | `GET /users` `?tenant=` | every user there ever was |
//! | `POST /users` | makes one: `tenant`, `name`, `password`, `attributes` |
//! | `GET`, `PATCH`, `DELETE /users/{tenant}/{name}` | one as clients see it; sets attributes; deletes it |
//! | `GET /users/{tenant}/{name}/password-is?value=` | proves a password |
//! | `POST /users/{tenant}/{name}/keys` | makes an S3 key |
//! | `DELETE /keys/{accessKey}` | deletes it |
//! | `GET /keys/{accessKey}/secret-is?value=` | proves its secret |
//! | `GET /sessions`, `PATCH /sessions` `{"tenant": "acme"}` | who has selected what; has all select it |
//! | `PATCH /roles/{tenant}/{key}` `{"canManageUsers": false}` | what a role may do |
//! | `GET /counters` | what cannot be undone |
//!
//! In a path, `-` is the global context, and `DOMAIN\NAME` a directory's user.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::routing::{delete, get, patch, post};
use axum::{Json, Router};
use bytes::Bytes;
use http::{StatusCode, Uri};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Controls, Name, Refused, asked_password, body, query};
use crate::sim::ctera::{Counters, Ctera, LedgerUser, OpenSession, PortalError};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewUser {
    /// The global context if absent.
    #[serde(default)]
    tenant: String,
    name: String,
    password: Option<String>,
    #[serde(default)]
    attributes: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Selection {
    tenant: String,
}

pub(super) fn routes() -> Router<Controls> {
    Router::new()
        .route("/users", get(users).post(create))
        .route("/users/{tenant}/{name}", get(one).patch(change).delete(remove))
        .route("/users/{tenant}/{name}/password-is", get(password_is))
        .route("/users/{tenant}/{name}/keys", post(create_key))
        .route("/keys/{access_key}", delete(delete_key))
        .route("/keys/{access_key}/secret-is", get(secret_is))
        .route("/sessions", get(sessions).patch(select))
        .route("/roles/{tenant}/{key}", patch(set_rights))
        .route("/counters", get(counters))
}

impl From<PortalError> for Refused {
    fn from(error: PortalError) -> Self {
        let status = match error {
            PortalError::UnknownTenant(_)
            | PortalError::UnknownDomain(_)
            | PortalError::UnknownUser(_)
            | PortalError::UnknownKey(_) => StatusCode::NOT_FOUND,
            PortalError::NameTaken(_) => StatusCode::CONFLICT,
            PortalError::Invalid(_) => StatusCode::BAD_REQUEST,
        };
        Refused(status, error.to_string())
    }
}

impl Controls {
    fn portal(&self) -> Ctera<'_> {
        self.ctera.handle(&self.journal)
    }
}

/// No path can have an empty name in it.
fn tenant(named: &str) -> &str {
    if named == "-" { "" } else { named }
}

async fn users(
    State(controls): State<Controls>,
    uri: Uri,
) -> Result<Json<Vec<LedgerUser>>, Refused> {
    let [only] = query(&uri, ["tenant"])?;
    let mut users = controls.portal().users();
    if let Some(only) = only {
        users.retain(|user| user.tenant == tenant(&only));
    }
    Ok(Json(users))
}

async fn create(
    State(controls): State<Controls>,
    bytes: Bytes,
) -> Result<(StatusCode, Json<Value>), Refused> {
    let NewUser { tenant: named, name, password, attributes } = body(&bytes)?;
    let uid =
        controls.portal().create_user(tenant(&named), &name, password.as_deref(), attributes)?;
    Ok((StatusCode::CREATED, Json(json!({"tenant": named, "name": name, "uid": uid}))))
}

async fn one(
    State(controls): State<Controls>,
    Path((named, name)): Name,
) -> Result<Json<Map<String, Value>>, Refused> {
    Ok(Json(controls.portal().attributes(tenant(&named), &name)?))
}

async fn change(
    State(controls): State<Controls>,
    Path((named, name)): Name,
    bytes: Bytes,
) -> Result<StatusCode, Refused> {
    controls.portal().set_attributes(tenant(&named), &name, body(&bytes)?)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn remove(
    State(controls): State<Controls>,
    Path((named, name)): Name,
) -> Result<StatusCode, Refused> {
    controls.portal().delete_user(tenant(&named), &name)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn password_is(
    State(controls): State<Controls>,
    Path((named, name)): Name,
    uri: Uri,
) -> Result<Json<Value>, Refused> {
    let value = asked_password(&uri)?;
    let portal = controls.portal();
    // Tells an unknown user from a wrong password.
    portal.attributes(tenant(&named), &name)?;
    Ok(Json(json!({"equal": portal.login_password_is(tenant(&named), &name, &value)})))
}

async fn create_key(
    State(controls): State<Controls>,
    Path((named, name)): Name,
) -> Result<(StatusCode, Json<Value>), Refused> {
    let (access_key, secret_key) = controls.portal().create_key(tenant(&named), &name)?;
    let made = json!({"accessKey": access_key, "secretKey": secret_key});
    Ok((StatusCode::CREATED, Json(made)))
}

async fn delete_key(
    State(controls): State<Controls>,
    Path(access_key): Path<String>,
) -> Result<StatusCode, Refused> {
    controls.portal().delete_key(&access_key)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn secret_is(
    State(controls): State<Controls>,
    Path(access_key): Path<String>,
    uri: Uri,
) -> Result<Json<Value>, Refused> {
    let value = asked_password(&uri)?;
    Ok(Json(json!({"equal": controls.portal().secret_is(&access_key, &value)})))
}

async fn sessions(State(controls): State<Controls>) -> Json<Vec<OpenSession>> {
    Json(controls.portal().sessions())
}

async fn select(State(controls): State<Controls>, bytes: Bytes) -> Result<StatusCode, Refused> {
    let Selection { tenant: named } = body(&bytes)?;
    controls.portal().select_tenant(tenant(&named))?;
    Ok(StatusCode::NO_CONTENT)
}

async fn set_rights(
    State(controls): State<Controls>,
    Path((named, key)): Name,
    bytes: Bytes,
) -> Result<StatusCode, Refused> {
    let settings: BTreeMap<String, bool> = body(&bytes)?;
    for (setting, value) in settings {
        controls.portal().set_right(tenant(&named), &key, &setting, value)?;
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn counters(State(controls): State<Controls>) -> Json<Counters> {
    Json(controls.portal().counters())
}
