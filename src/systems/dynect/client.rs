//! What can be asked of DynECT.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use http::Method;
use secrecy::{ExposeSecret, SecretString};

use super::call::{Call, resource};
use super::config::{Config, ConfigError};
use super::create::{Wanted, create};
use super::envelope::data;
use super::failure;
use super::own_password::change_password;
use super::session::{Session, about_session};
use super::users::{Listed, LoginState, OnlyPassword, Permissions, Record, Report, UpdateUser};
use crate::remote::{Budget, Cause, Priority, RemoteError};
use crate::systems::HistoryEntry;

pub(super) const UPDATE_USERS: &str = "/REST/UpdateUser/";

/// A session with DynECT. Clones share the login.
///
/// Guarantees: no request before one is needed; one request at a time; one login for all callers, and never a second
/// one with credentials that were refused; what the system refused before executing it is sent again, within limits;
/// a creation is never repeated unless it is proven that the first one created nothing.
///
/// Every method that returns a [`RemoteError`] may fail with [`Cause::Unreachable`], [`Cause::Throttled`],
/// [`Cause::Busy`], [`Cause::Unauthorized`], [`Cause::Unsupported`] and [`Cause::Malformed`]; further causes are named
/// with the method. Refused credentials stay refused for this client: make a new one when they change. Dropping a
/// call's future may leave its request running at the system.
#[derive(Debug, Clone)]
pub struct Client {
    pub(super) session: Arc<Session>,
    pub(super) priority: Priority,
}

impl Client {
    /// A client that has not logged in yet. `budget` is the customer's at this endpoint, shared by all its sessions.
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

    /// Logs in, if nobody is logged in. Every other call does so by itself.
    ///
    /// # Errors
    /// As said at [`Client`]; also [`Cause::Forbidden`] and [`Cause::Rejected`] when the own password had to be
    /// replaced by the declared one and was refused.
    pub async fn login(&self) -> Result<(), RemoteError> {
        self.session.log_in_now(self.priority).await
    }

    /// Ends the login, if there is one. Best effort: a login that cannot be ended times out. A later call logs in again.
    pub async fn logout(&self) {
        let _turn = self.session.lanes.turn(self.priority).await;
        if let Some(token) = self.session.forget_login() {
            self.session.end(&token, self.priority).await;
        }
    }

    /// Whether the login still counts. `false` without a request if nobody is logged in; never logs in.
    ///
    /// # Errors
    /// As said at [`Client`].
    pub async fn is_alive(&self) -> Result<bool, RemoteError> {
        let call = about_session("test the session", Method::GET);
        self.session.about_login(&call, self.priority).await
    }

    /// Keeps the login from timing out. `false` if there is none (any more); never logs in.
    ///
    /// # Errors
    /// As said at [`Client`].
    pub async fn keep_alive(&self) -> Result<bool, RemoteError> {
        let call = about_session("extend the session", Method::PUT);
        self.session.about_login(&call, self.priority).await
    }

    /// The user that is logged in.
    #[must_use]
    pub fn authenticated_as(&self) -> Option<String> {
        self.session.token().map(|_| self.session.config.user_name.clone())
    }

    /// The version of the API that served the login.
    #[must_use]
    pub fn server_version(&self) -> Option<String> {
        self.session.version()
    }

    /// The last requests, oldest first, as many as the configuration keeps.
    #[must_use]
    pub fn history(&self) -> Vec<HistoryEntry> {
        self.session.history.list()
    }

    /// What the session's user may do, if that was asked since the login. Makes no request.
    #[must_use]
    pub fn known_permissions(&self) -> Option<Arc<Permissions>> {
        self.session.permissions()
    }

    /// What the session's user may do. Asked once per login.
    ///
    /// # Errors
    /// As said at [`Client`]; also [`Cause::Forbidden`].
    pub async fn permissions(&self) -> Result<Arc<Permissions>, RemoteError> {
        if let Some(known) = self.known_permissions() {
            return Ok(known);
        }
        // A report changes nothing, so this POST may be repeated.
        let call = Call::new("read the permissions", Method::POST, "/REST/UserPermissionReport/")
            .text("user_name", &self.session.config.user_name);
        let permissions = Arc::new(Permissions::from(self.ask::<Report>(&call).await?));
        self.session.keep_permissions(&permissions);
        Ok(permissions)
    }

    /// Changes the password of the session's own user. The session goes on, and later logins use the new one.
    ///
    /// # Errors
    /// As said at [`Client`]; also [`Cause::Forbidden`], and [`Cause::Rejected`] for a password that the system does not take.
    pub async fn change_own_password(&self, password: &SecretString) -> Result<(), RemoteError> {
        let call = change_password(password);
        refuse_empty(&call, password)?;
        self.call(&call).await?;
        self.session.keep_password(password);
        Ok(())
    }

    /// Every update user of the customer, in the order of the system.
    ///
    /// # Errors
    /// As said at [`Client`]. A list that cannot be understood completely is [`Cause::Malformed`], not a shorter list.
    pub async fn list_update_users(&self) -> Result<Vec<UpdateUser>, RemoteError> {
        let call =
            Call::new("list update users", Method::GET, UPDATE_USERS).text("detail", "Y").list();
        let listed: Vec<Listed> = self.ask(&call).await?;
        let users: Option<Vec<_>> = listed.into_iter().map(Listed::user).collect();
        users.ok_or_else(|| malformed(&call))
    }

    /// One update user.
    ///
    /// # Errors
    /// As said at [`Client`]; also [`Cause::NotFound`] and [`Cause::Forbidden`].
    pub async fn update_user(&self, user_name: &str) -> Result<UpdateUser, RemoteError> {
        let call = about_user("read an update user", Method::GET, "UpdateUser", user_name)?;
        let record: Record = self.ask(&call).await?;
        record.user_named(user_name.to_owned()).ok_or_else(|| malformed(&call))
    }

    /// The current password of an update user, in clear.
    ///
    /// # Errors
    /// As said at [`Client`]; also [`Cause::NotFound`] and [`Cause::Forbidden`].
    pub async fn update_user_password(&self, user_name: &str) -> Result<SecretString, RemoteError> {
        let operation = "read the password of an update user";
        let call = about_user(operation, Method::GET, "UpdateUserPassword", user_name)?;
        Ok(self.ask::<OnlyPassword>(&call).await?.password.into())
    }

    /// Creates an update user, whose login name the system chooses. `before` are the login names that the caller saw
    /// when it decided to create: if the reply is lost, the new account is looked for among the others.
    ///
    /// One creation happens at a time for the whole customer. Both values must be non-empty, or the system would make
    /// some up, and a new account with every try.
    ///
    /// # Errors
    /// As said at [`Client`]; also [`Cause::Forbidden`], [`Cause::Rejected`], [`Cause::Conflict`] when the nickname is
    /// taken, and [`Cause::OutcomeUnknown`] when looking does not settle whether there is an account now.
    pub async fn create_update_user(
        &self,
        nickname: &str,
        password: &SecretString,
        before: &BTreeSet<String>,
    ) -> Result<UpdateUser, RemoteError> {
        create(self, Wanted { nickname, password, before }).await
    }

    /// Gives an update user another password.
    ///
    /// # Errors
    /// As said at [`Client`]; also [`Cause::NotFound`], [`Cause::Forbidden`] and [`Cause::Rejected`].
    pub async fn set_password(
        &self,
        user_name: &str,
        password: &SecretString,
    ) -> Result<(), RemoteError> {
        let operation = "change the password of an update user";
        let call = about_user(operation, Method::PUT, "UpdateUser", user_name)?
            .secret("password", password)
            .needs("UpdateUserUpdate");
        refuse_empty(&call, password)?;
        self.call(&call).await.map(drop)
    }

    /// Keeps an update user from logging in. Success if it cannot already.
    ///
    /// # Errors
    /// As said at [`Client`]; also [`Cause::NotFound`], [`Cause::Forbidden`] and [`Cause::Rejected`].
    pub async fn block(&self, user_name: &str) -> Result<(), RemoteError> {
        self.set_state("block an update user", "block", user_name, LoginState::Blocked).await
    }

    /// Lets an update user log in again. Success if it can already.
    ///
    /// # Errors
    /// As for [`block`](Self::block).
    pub async fn unblock(&self, user_name: &str) -> Result<(), RemoteError> {
        self.set_state("unblock an update user", "unblock", user_name, LoginState::Active).await
    }

    /// Removes an update user for good. Success if there is none of this name.
    ///
    /// # Errors
    /// As said at [`Client`]; also [`Cause::Forbidden`] and [`Cause::Rejected`].
    pub async fn delete(&self, user_name: &str) -> Result<(), RemoteError> {
        let call = about_user("delete an update user", Method::DELETE, "UpdateUser", user_name)?
            .needs("UpdateUserDelete");
        match self.call(&call).await {
            Err(error) if error.cause() != Cause::NotFound => Err(error),
            Ok(_) | Err(_) => {
                self.session.budget.creations().gone(user_name);
                Ok(())
            }
        }
    }

    pub(super) async fn call(&self, call: &Call) -> Result<Bytes, RemoteError> {
        self.session.call(call, self.priority).await
    }

    /// Calls, and reads the data of the reply.
    async fn ask<T: serde::de::DeserializeOwned>(&self, call: &Call) -> Result<T, RemoteError> {
        let body = self.call(call).await?;
        data(&body).ok_or_else(|| malformed(call))
    }

    /// What repeating `block` or `unblock` does is not documented. If it fails, the state itself decides.
    async fn set_state(
        &self,
        operation: &'static str,
        argument: &'static str,
        user_name: &str,
        wanted: LoginState,
    ) -> Result<(), RemoteError> {
        let call = about_user(operation, Method::PUT, "UpdateUser", user_name)?
            .flag(argument)
            .needs("UpdateUserUpdate");
        let Err(error) = self.call(&call).await else {
            return Ok(());
        };
        let is_doubtful = matches!(error.cause(), Cause::Rejected | Cause::Unreachable);
        if is_doubtful && self.state_of(user_name).await == Some(wanted) {
            return Ok(());
        }
        Err(error)
    }

    /// The state as far as it can be read: the reply about one user may hold only the password, but the list shows it.
    async fn state_of(&self, user_name: &str) -> Option<LoginState> {
        if let Some(status) = self.update_user(user_name).await.ok()?.status {
            return Some(status);
        }
        let users = self.list_update_users().await.ok()?;
        users.into_iter().find(|user| user.user_name == user_name)?.status
    }
}

fn about_user(
    operation: &'static str,
    method: Method,
    collection: &str,
    user_name: &str,
) -> Result<Call, RemoteError> {
    let path = resource(collection, user_name).ok_or_else(|| {
        let text = format!("`{user_name}` cannot be the login name of an update user");
        failure(operation, Cause::Rejected, text)
    })?;
    Ok(Call::new(operation, method, path))
}

/// An empty password asks the system to make one up, and nobody would know it.
pub(super) fn refuse_empty(call: &Call, password: &SecretString) -> Result<(), RemoteError> {
    if password.expose_secret().is_empty() {
        return Err(failure(call.operation, Cause::Rejected, "the password is empty"));
    }
    Ok(())
}

fn malformed(call: &Call) -> RemoteError {
    let text = "the reply does not hold what it should";
    failure(call.operation, Cause::Malformed, text)
}
