//! Creating an update user exactly once, although the system names it and a reply can get lost.

use std::collections::BTreeSet;

use http::Method;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use super::call::Call;
use super::client::{Client, UPDATE_USERS, refuse_empty};
use super::envelope::data;
use super::failure;
use super::users::{Record, UpdateUser};
use crate::remote::{Cause, RemoteError};

const CREATE: &str = "create an update user";

/// How many new accounts are read one by one to find the one that was created. More than a few mean that somebody else
/// is creating accounts in numbers, and a person should look.
const MOST_READ: usize = 20;

/// What looking at the system says about a creation whose reply was lost.
#[derive(Debug)]
pub(super) enum Found {
    /// This is the account.
    Created(UpdateUser),
    /// Nothing was created.
    Nothing,
    /// The passwords of these new accounts are needed to tell.
    Passwords(Vec<String>),
    /// It cannot be told.
    Unclear,
}

/// What became of one request to create.
enum Posted {
    /// Executed, and this is the account.
    Created(UpdateUser),
    /// Perhaps executed.
    Perhaps(RemoteError),
    /// Certainly not: the nickname is taken.
    Taken(RemoteError),
}

/// Looks for the account that was created with this nickname and password among the accounts that are new.
///
/// Proof is a nickname, where the system shows it, or else the password, which nobody else knows. That an account is
/// new and the only new one is no proof: somebody else may have created it at the same time. An account that shows
/// another nickname is certainly not the one.
pub(super) fn find_created(
    nickname: &str,
    password: &SecretString,
    is_new: impl Fn(&str) -> bool,
    users: Vec<UpdateUser>,
) -> Found {
    let shows_another = |user: &UpdateUser| user.nickname.as_ref().is_some_and(|n| n != nickname);
    let mut candidates: Vec<UpdateUser> =
        users.into_iter().filter(|user| is_new(&user.user_name) && !shows_another(user)).collect();
    if candidates.is_empty() {
        return Found::Nothing;
    }
    let unread: Vec<String> = candidates
        .iter()
        .filter(|user| user.password.is_none() && user.nickname.is_none())
        .map(|user| user.user_name.clone())
        .collect();
    if !unread.is_empty() {
        return Found::Passwords(unread);
    }
    candidates.retain(|user| user.password.as_ref().is_none_or(|shown| same(shown, password)));
    match (candidates.pop(), candidates.is_empty()) {
        (Some(user), true) => Found::Created(user),
        _ => Found::Unclear,
    }
}

/// Creates an account; see [`Client::create_update_user`].
pub(super) async fn create(
    client: &Client,
    nickname: &str,
    password: &SecretString,
    before: &BTreeSet<String>,
) -> Result<UpdateUser, RemoteError> {
    let call = Call::new(CREATE, Method::POST, UPDATE_USERS)
        .text("nickname", nickname)
        .secret("password", password)
        .needs("UpdateUserAdd")
        .not_repeatable();
    if nickname.is_empty() {
        return Err(failure(CREATE, Cause::Rejected, "the nickname is empty"));
    }
    refuse_empty(&call, password)?;
    let creations = client.session.budget.creations();
    let _alone = creations.begin().await;

    let user = match post(client, &call).await? {
        Posted::Created(user) => user,
        Posted::Taken(_) => return Err(taken(nickname)),
        Posted::Perhaps(doubt) => match look(client, nickname, password, before).await {
            Ok(Found::Created(user)) => user,
            // The look came after the request in the same session, which runs one job after the other, so a request
            // that reached the system had its effect before. Should it have been delayed on its way nevertheless, the
            // system refuses the second one: a nickname is taken only once.
            Ok(Found::Nothing) => match post(client, &call).await? {
                Posted::Created(user) => user,
                Posted::Taken(doubt) | Posted::Perhaps(doubt) => {
                    match look(client, nickname, password, before).await {
                        Ok(Found::Created(user)) => user,
                        Ok(_) => return Err(unknown(nickname, doubt)),
                        Err(error) => return Err(unknown(nickname, error)),
                    }
                }
            },
            Ok(Found::Passwords(_) | Found::Unclear) => return Err(unknown(nickname, doubt)),
            Err(error) => return Err(unknown(nickname, error)),
        },
    };
    creations.made(&user.user_name);
    Ok(user)
}

/// Sends the request once; what the system refuses before executing it is sent again.
async fn post(client: &Client, call: &Call) -> Result<Posted, RemoteError> {
    match client.call(call).await {
        Ok(body) => {
            let user = data::<Record>(&body).and_then(Record::user);
            let nameless = || {
                let text = "the reply does not name the account";
                Posted::Perhaps(failure(CREATE, Cause::OutcomeUnknown, text))
            };
            Ok(user.map_or_else(nameless, Posted::Created))
        }
        Err(error) => match error.cause() {
            Cause::OutcomeUnknown => Ok(Posted::Perhaps(error)),
            Cause::Conflict => Ok(Posted::Taken(error)),
            _ => Err(error),
        },
    }
}

async fn look(
    client: &Client,
    nickname: &str,
    password: &SecretString,
    before: &BTreeSet<String>,
) -> Result<Found, RemoteError> {
    let creations = client.session.budget.creations();
    let is_new = |name: &str| !before.contains(name) && !creations.has_made(name);
    let mut users = client.list_update_users().await?;
    let unread = match find_created(nickname, password, is_new, users.clone()) {
        Found::Passwords(unread) if unread.len() <= MOST_READ => unread,
        found => return Ok(found),
    };
    for name in &unread {
        let password = match client.update_user(name).await {
            Ok(user) => user.password,
            Err(error) if error.cause() == Cause::NotFound => {
                users.retain(|user| user.user_name != *name);
                continue;
            }
            Err(error) => return Err(error),
        };
        for user in users.iter_mut().filter(|user| user.user_name == *name) {
            user.password.clone_from(&password);
        }
    }
    Ok(find_created(nickname, password, is_new, users))
}

fn same(shown: &SecretString, sent: &SecretString) -> bool {
    shown.expose_secret().as_bytes().ct_eq(sent.expose_secret().as_bytes()).into()
}

fn taken(nickname: &str) -> RemoteError {
    let text = format!(
        "the nickname `{nickname}` is taken; find the login name that belongs to it and declare it as `userName` with `adoptionPolicy: IfExists`, or choose another nickname"
    );
    failure(CREATE, Cause::Conflict, text)
}

fn unknown(nickname: &str, below: RemoteError) -> RemoteError {
    let text = format!(
        "it is not known whether the account with the nickname `{nickname}` exists now; look for it at DynECT, then declare its login name as `userName` with `adoptionPolicy: IfExists`, or delete it"
    );
    failure(CREATE, Cause::OutcomeUnknown, text).caused_by(below)
}
