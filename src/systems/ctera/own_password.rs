//! Replacing the password of the session's own user by the declared one.

use secrecy::SecretString;

use super::call::{Call, Shape};
use super::locate::{local_path, own_name};
use super::login::{Entry, LoggedIn};
use super::object::Value;
use super::session::Session;
use super::shown;
use crate::remote::{Cause, Priority};
use crate::systems::failures::Failure;

const CHANGE: &str = "change the own password";

impl Session {
    /// The password was refused: logs in with the previous one and, unless the own password is to be kept, makes the new
    /// one the user's password there, ends that login, and proves the new one by a fresh login.
    pub(super) async fn log_in_with_previous(
        &self,
        previous: &SecretString,
        priority: Priority,
    ) -> Result<Entry, Failure> {
        let old = match self.log_in(previous, priority).await? {
            LoggedIn::Yes(entry) => entry,
            LoggedIn::Refused { cause, text } => {
                let text = format!("neither the password nor the previous one is accepted: {text}");
                return Err(self.remember(cause, text));
            }
        };
        if self.config.keeps_own_password {
            return Ok(old);
        }
        let replaced = self.replace_password_as(&old, priority).await;
        self.end(old.identity(), priority).await;
        replaced?;
        tracing::info!(user = shown(&old.who), "changed the own password at CTERA Portal");
        match self.log_in(&self.config.password, priority).await? {
            LoggedIn::Yes(entry) => Ok(entry),
            LoggedIn::Refused { cause, text } => Err(self.remember(
                cause,
                format!("the own password was replaced, and then the new one was refused: {text}"),
            )),
        }
    }

    /// The own user is where the login is, so this comes before a tenant is selected.
    async fn replace_password_as(&self, old: &Entry, priority: Priority) -> Result<(), Failure> {
        let cannot = |cause, text: &str| {
            self.remember(
                cause,
                format!("the previous password is accepted, but cannot be replaced: {text}"),
            )
        };
        if let Some(domain) = &old.domain {
            let domain = shown(domain);
            let text = format!("the user is from the directory `{domain}`");
            return Err(cannot(Cause::Rejected, &text));
        }
        let Some(path) = local_path(&old.who) else {
            return Err(cannot(Cause::Rejected, "the user's name cannot be in an address"));
        };
        let verdict = |failed| match failed {
            Failure::Final(error)
                if matches!(
                    error.cause(),
                    Cause::Rejected | Cause::Forbidden | Cause::NotFound | Cause::Conflict
                ) =>
            {
                let cause = match error.cause() {
                    Cause::Forbidden => Cause::Forbidden,
                    _ => Cause::Rejected,
                };
                cannot(cause, error.detail())
            }
            // It may have been executed; the next login tells.
            failed => failed.before_sending(),
        };
        let read = Call::get(CHANGE, path.clone(), Shape::Object);
        let user = self.ask(&read, old.identity(), priority).await.map_err(verdict)?;
        let Some(user) = user.as_object().filter(|user| own_name(user) == Some(old.who.as_str()))
        else {
            return Err(cannot(Cause::Rejected, "the portal shows another user"));
        };
        let mut user = user.clone();
        user.set("password", Value::Secret(self.config.password.clone()));
        // A lost reply is no doubt about what the caller asks for, so this is not one that must not be repeated.
        let write = Call { is_fresh: true, ..Call::put(CHANGE, path, Value::Object(user)) };
        self.ask(&write, old.identity(), priority).await.map(drop).map_err(verdict)
    }
}
