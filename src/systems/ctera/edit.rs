//! Changing a user: a PUT replaces the whole object, so it is read right before.

use super::call::{Call, check_writable};
use super::client::{Client, refuse_empty};
use super::locate::{Located, check_name, user_path};
use super::object::{Object, Value};
use super::users::{Place, User, UserEdit};
use super::{failure, shown};
use crate::remote::{Cause, RemoteError};

const EDIT: &str = "change a user";

/// What one round of reading and writing came to.
enum Round {
    Done(User),
    /// There is another user at this name, or none.
    Elsewhere,
    /// The write failed, and this is what is known of it.
    Failed(RemoteError),
}

impl Client {
    /// See [`Client::edit_user`].
    pub(super) async fn edit(
        &self,
        uid: &str,
        name: &str,
        edit: &UserEdit<'_>,
    ) -> Result<User, RemoteError> {
        check_name(EDIT, name)?;
        if let Some(name) = edit.name {
            check_name(EDIT, name)?;
        }
        if let Some(password) = edit.password {
            refuse_empty(EDIT, password)?;
            check_writable(EDIT, &Value::Secret(password.clone()))?;
        }
        for (_, text) in edit.texts() {
            check_writable(EDIT, &Value::text(text))?;
        }
        let _alone = self.session.alone_with(uid).await;
        let mut at = name.to_owned();
        let mut looked = false;
        let mut lost = 0;
        let mut pauses = self.pauses();
        loop {
            let round = match self.edit_round((uid, &at), edit, lost).await {
                Ok(round) => round,
                Err(error) if lost > 0 => return Err(unknown(&at, error)),
                Err(error) => return Err(error),
            };
            let error = match round {
                Round::Done(user) => return Ok(user),
                Round::Elsewhere if looked => return Err(not_at(&at)),
                Round::Elsewhere => {
                    looked = true;
                    match self.find_by_uid(&Place::Local, uid).await {
                        Ok(Some(user)) => at = user.name,
                        Ok(None) => return Err(gone(&at)),
                        Err(error) if lost > 0 => return Err(unknown(&at, error)),
                        Err(error) => return Err(error),
                    }
                    continue;
                }
                Round::Failed(error) => error,
            };
            let pause = match error.cause() {
                Cause::OutcomeUnknown => {
                    lost += 1;
                    pauses.next()
                }
                // Not sent, or to a place that is empty by now: what was read is old.
                Cause::Unreachable | Cause::NotFound => pauses.next(),
                Cause::Throttled { wait } => {
                    let patience = self.session.config.pace.throttle_patience;
                    let is_short = wait.is_none_or(|wait| wait <= patience);
                    // The next read waits for the end of the pause by itself.
                    if is_short { pauses.next() } else { None }
                }
                Cause::Rejected | Cause::Conflict if lost == 0 => {
                    return Err(self.edit_refused(uid, edit, error).await);
                }
                _ => None,
            };
            match pause {
                Some(pause) => tokio::time::sleep(pause).await,
                None if lost > 0 => return Err(unknown(&at, error)),
                None => return Err(error),
            }
            // A rename may have happened.
            looked = false;
        }
    }

    /// Reads the user, changes what differs, and writes it back. `lost` is how many replies to a write got lost before.
    async fn edit_round(
        &self,
        (uid, at): (&str, &str),
        edit: &UserEdit<'_>,
        lost: usize,
    ) -> Result<Round, RemoteError> {
        let seen = match self.locate(EDIT, (&Place::Local, uid, at)).await? {
            Located::Here(seen) => seen,
            Located::Elsewhere => return Ok(Round::Elsewhere),
        };
        let mut wanted = seen.clone();
        let mut differs = false;
        for (id, text) in edit.texts() {
            // Null and empty are the same to whoever declares it.
            if seen.text(id).unwrap_or_default() != text {
                wanted.set(id, Value::text(text));
                differs = true;
            }
        }
        if let Some(password) = edit.password {
            // A password cannot be read, so a second try is all that can be done about a lost reply.
            if lost > 1 && !differs {
                let text = "it is not known whether the password was changed";
                return Ok(Round::Failed(failure(EDIT, Cause::OutcomeUnknown, text)));
            }
            wanted.set("password", Value::Secret(password.clone()));
            differs = true;
        }
        if !differs {
            return user(&seen).map(Round::Done);
        }
        let path = user_path(EDIT, &Place::Local, at)?;
        let mut call = Call::put(EDIT, path, Value::Object(wanted)).fresh().needs(permission(edit));
        if edit.name.is_some() {
            call = call.takes_name();
        }
        let reply = match self.call(&call).await {
            Ok(reply) => reply,
            Err(error) => return Ok(Round::Failed(error)),
        };
        let stored = reply.as_object().filter(|stored| stored.text("uid") == Some(uid));
        if let Some(stored) = stored.and_then(|stored| User::read(stored, &Place::Local)) {
            return Ok(Round::Done(stored));
        }
        // The reply does not show the user, so the user itself is asked for.
        let at = edit.name.unwrap_or(at);
        match self.locate(EDIT, (&Place::Local, uid, at)).await {
            Ok(Located::Here(stored)) if edit.is_in(&stored) => user(&stored).map(Round::Done),
            Ok(Located::Here(_)) => {
                let text = "the portal said that it changed the user and shows it as it was";
                Ok(Round::Failed(failure(EDIT, Cause::OutcomeUnknown, text)))
            }
            Ok(Located::Elsewhere) => Ok(Round::Elsewhere),
            Err(error) => Err(unknown(at, error)),
        }
    }

    /// The status of a refusal does not say why; whether somebody else has the name does.
    async fn edit_refused(
        &self,
        uid: &str,
        edit: &UserEdit<'_>,
        error: RemoteError,
    ) -> RemoteError {
        if let Some(name) = edit.name
            && let Ok(Some(user)) = self.find_by_name(&Place::Local, name).await
            && user.uid != uid
        {
            let text = format!("another user has the name `{}`", shown(name));
            return failure(EDIT, Cause::Conflict, text).caused_by(error);
        }
        failure(EDIT, Cause::Rejected, error.detail())
    }
}

impl UserEdit<'_> {
    /// Whether the user has everything that can be read of the edit. Null and empty are the same to whoever declares it.
    fn is_in(&self, user: &Object) -> bool {
        self.texts().all(|(id, text)| user.text(id).unwrap_or_default() == text)
    }
}

fn user(object: &Object) -> Result<User, RemoteError> {
    User::read(object, &Place::Local)
        .ok_or_else(|| failure(EDIT, Cause::Malformed, "the reply does not hold a user"))
}

/// The permission that a refusal is most likely about.
fn permission(edit: &UserEdit<'_>) -> &'static str {
    match edit {
        UserEdit { role: Some(_), .. } => "canChangeRoles",
        UserEdit { password: Some(_), .. } => "canChangeUserPassword",
        UserEdit { email: Some(_), .. } => "canChangeUserEmail",
        _ => "canManageUsers",
    }
}

fn gone(name: &str) -> RemoteError {
    let name = shown(name);
    let text = format!("the user that was `{name}` does not exist any more");
    failure(EDIT, Cause::NotFound, text)
}

/// Somebody renames it all the time, or the portal contradicts itself. That is no proof of absence.
fn not_at(name: &str) -> RemoteError {
    let name = shown(name);
    let text = format!("by its uid the user is `{name}`, and there it is not");
    failure(EDIT, Cause::Malformed, text)
}

fn unknown(name: &str, below: RemoteError) -> RemoteError {
    let name = shown(name);
    let text = format!("it is not known whether the user `{name}` was changed");
    failure(EDIT, Cause::OutcomeUnknown, text).caused_by(below)
}
