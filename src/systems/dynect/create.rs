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

/// The account that is wanted, and the login names that were there before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub nickname: &'a str,
    pub password: &'a SecretString,
    pub before: &'a BTreeSet<String>,
}

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
pub(super) async fn create(client: &Client, wanted: Wanted<'_>) -> Result<UpdateUser, RemoteError> {
    let call = Call::new(CREATE, Method::POST, UPDATE_USERS)
        .text("nickname", wanted.nickname)
        .secret("password", wanted.password)
        .needs("UpdateUserAdd")
        .not_repeatable();
    if wanted.nickname.is_empty() {
        return Err(failure(CREATE, Cause::Rejected, "the nickname is empty"));
    }
    refuse_empty(&call, wanted.password)?;
    let creations = client.session.budget.creations();
    let _alone = creations.begin().await;
    let user = match post(client, &call).await? {
        Posted::Created(user) => user,
        Posted::Taken(_) => return Err(taken(wanted.nickname)),
        Posted::Perhaps(doubt) => settle(client, &call, wanted, doubt).await?,
    };
    creations.made(&user.user_name);
    Ok(user)
}

/// Finds out what became of the request, and sends it once more if it is proven that nothing did.
async fn settle(
    client: &Client,
    call: &Call,
    wanted: Wanted<'_>,
    doubt: RemoteError,
) -> Result<UpdateUser, RemoteError> {
    let token = client.session.token();
    match look(client, wanted).await {
        Ok(Found::Created(user)) => Ok(user),
        // A session runs one job after the other, so a request that reached the system had its effect before the look.
        // Should it have been held up on its way nevertheless, the system refuses the second one: a nickname is taken
        // only once.
        Ok(Found::Nothing) if is_still(token.as_ref(), client) => match post(client, call).await? {
            Posted::Created(user) => Ok(user),
            Posted::Taken(doubt) | Posted::Perhaps(doubt) => match look(client, wanted).await {
                Ok(Found::Created(user)) => Ok(user),
                Ok(_) => Err(unknown(wanted.nickname, doubt)),
                Err(error) => Err(unknown(wanted.nickname, error)),
            },
        },
        Ok(Found::Nothing | Found::Passwords(_) | Found::Unclear) => {
            Err(unknown(wanted.nickname, doubt))
        }
        Err(error) => Err(unknown(wanted.nickname, error)),
    }
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

async fn look(client: &Client, wanted: Wanted<'_>) -> Result<Found, RemoteError> {
    let Wanted { nickname, password, before } = wanted;
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

/// Whether the client is still logged in with this token.
fn is_still(token: Option<&SecretString>, client: &Client) -> bool {
    token.zip(client.session.token()).is_some_and(|(before, now)| same(before, &now))
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
