//! What can be asked of a portal.

use std::sync::Arc;

use backon::ExponentialBackoff;
use secrecy::{ExposeSecret, SecretString};

use super::call::Call;
use super::config::{Config, ConfigError};
use super::exchange::As;
use super::keys::{ApiKey, NewApiKey};
use super::object::Value;
use super::permissions::Permissions;
use super::session::Session;
use super::tasks::TaskReport;
use super::users::{Absence, Listed, NewUser, Place, User, UserEdit};
use super::{failure, shown};
use crate::remote::{Budget, Cause, Priority, RemoteError};
use crate::systems::HistoryEntry;
use crate::systems::failures::pauses;

/// A session with a portal. Clones share the login.
///
/// Guarantees: no request before one is needed; one login for all callers, and never a second one with credentials that
/// were refused; redirects are not followed; nothing is created, changed or deleted unless it was proven right before,
/// or at the login, that the session is in its tenant; a reply that was lost is resolved by looking, not by trying
/// again; nobody is absent unless the portal says so in the right tenant.
///
/// Every method that returns a [`RemoteError`] may fail with [`Cause::Unreachable`], [`Cause::Throttled`],
/// [`Cause::Unauthorized`], [`Cause::Unsupported`], [`Cause::Malformed`], [`Cause::Rejected`], and with
/// [`Cause::Forbidden`], which also stands for a tenant that cannot be entered; further causes are named with the
/// method. Refused credentials stay refused for this client: make a new one when they change. Dropping a call's future
/// may leave its request running at the portal.
#[derive(Debug, Clone)]
pub struct Client {
    pub(super) session: Arc<Session>,
    pub(super) priority: Priority,
}

impl Client {
    /// A client that has not logged in yet. `budget` is the tenant's at this endpoint, shared by all its sessions.
    ///
    /// # Errors
    /// What is wrong with the configuration.
    pub fn new(config: Config, budget: Arc<Budget>) -> Result<Self, ConfigError> {
        let session = Arc::new(Session::new(config, budget)?);
        Ok(Self { session, priority: Priority::Normal })
    }

    /// The same session, for requests of this priority. Without it they are [`Priority::Normal`].
    #[must_use]
    pub fn with_priority(&self, priority: Priority) -> Self {
        Self { session: Arc::clone(&self.session), priority }
    }

    /// Logs in and selects the tenant, if nobody is logged in. Every other call does so by itself.
    ///
    /// # Errors
    /// As said at [`Client`].
    pub async fn login(&self) -> Result<(), RemoteError> {
        self.session.log_in_now(self.priority).await
    }

    /// Ends the login, if there is one. Best effort: a login that cannot be ended times out. A later call logs in again.
    pub async fn logout(&self) {
        let _turn = self.session.logins.turn(self.priority).await;
        if let Some(open) = self.session.current()
            && self.session.forget_login(open.number)
        {
            self.session.end(As::of(&open), self.priority).await;
        }
    }

    /// The user that is logged in, as the portal names it.
    #[must_use]
    pub fn authenticated_as(&self) -> Option<String> {
        self.session.current().map(|open| shown(&open.who))
    }

    /// The name of the user that is logged in, if it is one of those that are managed: an administrator who entered a
    /// tenant from outside is none of its users.
    #[must_use]
    pub fn own_user(&self) -> Option<String> {
        let open = self.session.current().filter(|open| !open.is_visitor)?;
        Some(open.who.clone())
    }

    /// The portal's version, in its own words; asked once per login.
    #[must_use]
    pub fn server_version(&self) -> Option<String> {
        self.session.current().and_then(|open| open.version.clone())
    }

    /// The last requests, oldest first, as many as the configuration keeps.
    #[must_use]
    pub fn history(&self) -> Vec<HistoryEntry> {
        self.session.history.list()
    }

    /// What the session's user may do, if that was asked since the login. Makes no request.
    #[must_use]
    pub fn known_permissions(&self) -> Option<Arc<Permissions>> {
        self.session.current().and_then(|open| open.permissions.get().cloned())
    }

    /// What the session's user may do, from the settings of its role. Asked once per login. No restriction is known of an
    /// administrator from outside the tenant, and of a role without settings.
    ///
    /// # Errors
    /// As said at [`Client`].
    pub async fn permissions(&self) -> Result<Arc<Permissions>, RemoteError> {
        self.read_permissions().await
    }

    /// Every user of a place, each once, in the order of the portal. Rows can move between pages while others write:
    /// never conclude from a list of several pages that somebody is absent.
    ///
    /// # Errors
    /// As said at [`Client`]; also [`Cause::NotFound`] for an unknown directory. A list that cannot be understood
    /// completely is [`Cause::Malformed`], not a shorter list.
    pub async fn list_users(&self, place: &Place) -> Result<Listed, RemoteError> {
        self.list(place).await
    }

    /// The directories that the portal is connected to.
    ///
    /// # Errors
    /// As said at [`Client`]; also [`Cause::NotFound`] where there is no such list.
    pub async fn domains(&self) -> Result<Vec<String>, RemoteError> {
        self.list_domains().await
    }

    /// The user with this name; `None` is proof that there is none.
    ///
    /// # Errors
    /// As said at [`Client`].
    pub async fn find_user(&self, place: &Place, name: &str) -> Result<Option<User>, RemoteError> {
        self.find_by_name(place, name).await
    }

    /// The user with this uid; `None` is proof that there is none.
    ///
    /// # Errors
    /// As said at [`Client`]; also [`Cause::NotFound`] for an unknown directory.
    pub async fn find_user_by_uid(
        &self,
        place: &Place,
        uid: &str,
    ) -> Result<Option<User>, RemoteError> {
        self.find_by_uid(place, uid).await
    }

    /// Adds a local user.
    ///
    /// # Errors
    /// As said at [`Client`]; also [`Cause::Conflict`] when the name is taken, and [`Cause::OutcomeUnknown`] when
    /// looking does not settle whether the user is there now.
    pub async fn add_user(&self, new: &NewUser<'_>, absence: Absence) -> Result<User, RemoteError> {
        self.add(new, absence).await
    }

    /// Changes the local user with this uid, wherever it is; `name` is where it was last. Everything that the edit does
    /// not name goes back as the portal has it. Without a difference and without a password nothing is written. One
    /// change of a user happens at a time.
    ///
    /// # Errors
    /// As said at [`Client`]; also [`Cause::NotFound`], [`Cause::Conflict`] when another user has the new name, and
    /// [`Cause::OutcomeUnknown`] when looking does not settle whether the user was changed.
    pub async fn edit_user(
        &self,
        uid: &str,
        name: &str,
        edit: &UserEdit<'_>,
    ) -> Result<User, RemoteError> {
        self.edit(uid, name, edit).await
    }

    /// Deletes the user with this uid and everything that belongs to it, folders included. Success if there is none;
    /// another user of this name is left alone.
    ///
    /// # Errors
    /// As said at [`Client`]; also [`Cause::OutcomeUnknown`] when looking does not settle whether the user is there.
    pub async fn delete_user(
        &self,
        place: &Place,
        uid: &str,
        name: &str,
    ) -> Result<(), RemoteError> {
        self.delete(place, uid, name).await
    }

    /// The S3 key pairs of a user.
    ///
    /// # Errors
    /// As said at [`Client`]; also [`Cause::NotFound`].
    pub async fn list_keys(&self, user_uid: &str) -> Result<Vec<ApiKey>, RemoteError> {
        self.keys(user_uid).await
    }

    /// Makes an S3 key pair. `before` are the access keys that the user has: if the reply is lost, the pair that is new is
    /// deleted, because nobody has its secret half, and another one is made.
    ///
    /// # Errors
    /// As said at [`Client`]; also [`Cause::NotFound`], and [`Cause::OutcomeUnknown`] when it is not known whether there
    /// is a pair that nobody has the secret of.
    pub async fn create_key(
        &self,
        user_uid: &str,
        before: &[String],
    ) -> Result<NewApiKey, RemoteError> {
        self.new_key(user_uid, before).await
    }

    /// Deletes an S3 key pair of a user. Success if there is none.
    ///
    /// # Errors
    /// As said at [`Client`]; also [`Cause::NotFound`] for the user, and [`Cause::OutcomeUnknown`].
    pub async fn delete_key(&self, user_uid: &str, access_key: &str) -> Result<(), RemoteError> {
        self.drop_key(user_uid, access_key).await
    }

    /// Applies changes of plans to all users of the tenant now, and synchronises its directory users, which removes those
    /// that are gone. Waits for the end of the portal's task, as long as [`Pace::task_total`](super::Pace::task_total).
    ///
    /// # Errors
    /// As said at [`Client`]; also [`Cause::OutcomeUnknown`] when it is not known whether the task was started.
    pub async fn apply_changes(&self) -> Result<TaskReport, RemoteError> {
        self.apply().await
    }

    pub(super) async fn call(&self, call: &Call) -> Result<Value, RemoteError> {
        self.session.call(call, self.priority).await
    }

    /// The pauses before what was proven not to have happened is tried again.
    pub(super) fn pauses(&self) -> ExponentialBackoff {
        pauses(self.session.config.pace.repeat_first, self.session.config.pace.repeats)
    }
}

/// An empty password would be none, or the portal's own choice; nobody declares that.
pub(super) fn refuse_empty(
    operation: &'static str,
    password: &SecretString,
) -> Result<(), RemoteError> {
    if password.expose_secret().is_empty() {
        return Err(failure(operation, Cause::Rejected, "the password is empty"));
    }
    Ok(())
}
