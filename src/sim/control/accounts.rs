//! The accounts of `DynECT`, and the users who can log in there.

use axum::Json;
use axum::extract::{Path, State};
use bytes::Bytes;
use http::{StatusCode, Uri};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Controls, Name, Refused, asked_password, body};
use crate::sim::dynect::{AccountError, Ledger};

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

pub(super) async fn accounts(State(controls): State<Controls>) -> Json<Ledger> {
    Json(controls.dynect.ledger())
}

pub(super) async fn create_account(
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

pub(super) async fn change_account(
    State(controls): State<Controls>,
    Path((customer, user_name)): Name,
    bytes: Bytes,
) -> Result<StatusCode, Refused> {
    let AccountChange { password, blocked } = body(&bytes)?;
    controls.dynect.change_account(&customer, &user_name, password.as_deref(), blocked)?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn delete_account(
    State(controls): State<Controls>,
    Path((customer, user_name)): Name,
) -> Result<StatusCode, Refused> {
    controls.dynect.delete_account(&customer, &user_name)?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn account_password_is(
    State(controls): State<Controls>,
    Path((customer, user_name)): Name,
    uri: Uri,
) -> Result<Json<Value>, Refused> {
    let value = asked_password(&uri)?;
    equal(controls.dynect.account_password_is(&customer, &user_name, &value), user_name)
}

pub(super) async fn change_user(
    State(controls): State<Controls>,
    Path((customer, user_name)): Name,
    bytes: Bytes,
) -> Result<StatusCode, Refused> {
    let UserChange { password } = body(&bytes)?;
    controls.dynect.set_user_password(&customer, &user_name, &password)?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn user_password_is(
    State(controls): State<Controls>,
    Path((customer, user_name)): Name,
    uri: Uri,
) -> Result<Json<Value>, Refused> {
    let value = asked_password(&uri)?;
    equal(controls.dynect.user_password_is(&customer, &user_name, &value), user_name)
}

fn equal(answer: Option<bool>, user_name: String) -> Result<Json<Value>, Refused> {
    match answer {
        Some(equal) => Ok(Json(json!({"equal": equal}))),
        None => Err(AccountError::UnknownUser(user_name).into()),
    }
}
