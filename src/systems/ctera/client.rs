//! What can be asked of a portal.

use std::sync::Arc;

use super::config::{Config, ConfigError};
use super::failure;
use super::keys::{ApiKey, NewApiKey};
use super::permissions::Permissions;
use super::tasks::TaskReport;
use super::users::{Absence, Listed, NewUser, Place, User, UserEdit};
use crate::remote::{Budget, Cause, Priority, RemoteError};
use crate::systems::HistoryEntry;

/// A session with a portal. Clones share the login.
#[derive(Debug, Clone)]
pub struct Client {
    config: Arc<Config>,
    budget: Arc<Budget>,
    priority: Priority,
}

#[allow(clippy::unused_async, unused_variables)]
impl Client {
    /// A client that has not logged in yet. `budget` is the tenant's at this endpoint, shared by all its sessions.
    ///
    /// # Errors
    /// What is wrong with the configuration.
    pub fn new(config: Config, budget: Arc<Budget>) -> Result<Self, ConfigError> {
        config.check()?;
        Ok(Self { config: Arc::new(config), budget, priority: Priority::Normal })
    }

    /// The same session, for requests of this priority. Without it they are [`Priority::Normal`].
    #[must_use]
    pub fn with_priority(&self, priority: Priority) -> Self {
        Self { priority, ..self.clone() }
    }

    pub async fn login(&self) -> Result<(), RemoteError> {
        Err(later())
    }

    pub async fn logout(&self) {}

    #[must_use]
    pub fn authenticated_as(&self) -> Option<String> {
        None
    }

    #[must_use]
    pub fn server_version(&self) -> Option<String> {
        None
    }

    #[must_use]
    pub fn history(&self) -> Vec<HistoryEntry> {
        Vec::new()
    }

    #[must_use]
    pub fn known_permissions(&self) -> Option<Arc<Permissions>> {
        None
    }

    pub async fn permissions(&self) -> Result<Arc<Permissions>, RemoteError> {
        Err(later())
    }

    pub async fn list_users(&self, place: &Place) -> Result<Listed, RemoteError> {
        Err(later())
    }

    pub async fn domains(&self) -> Result<Vec<String>, RemoteError> {
        Err(later())
    }

    pub async fn find_user(&self, place: &Place, name: &str) -> Result<Option<User>, RemoteError> {
        Err(later())
    }

    pub async fn find_user_by_uid(
        &self,
        place: &Place,
        uid: &str,
    ) -> Result<Option<User>, RemoteError> {
        Err(later())
    }

    pub async fn add_user(&self, new: &NewUser<'_>, absence: Absence) -> Result<User, RemoteError> {
        Err(later())
    }

    pub async fn edit_user(
        &self,
        uid: &str,
        name: &str,
        edit: &UserEdit<'_>,
    ) -> Result<User, RemoteError> {
        Err(later())
    }

    pub async fn delete_user(
        &self,
        place: &Place,
        uid: &str,
        name: &str,
    ) -> Result<(), RemoteError> {
        Err(later())
    }

    pub async fn list_keys(&self, user_uid: &str) -> Result<Vec<ApiKey>, RemoteError> {
        Err(later())
    }

    pub async fn create_key(
        &self,
        user_uid: &str,
        before: &[ApiKey],
    ) -> Result<NewApiKey, RemoteError> {
        Err(later())
    }

    pub async fn delete_key(&self, user_uid: &str, access_key: &str) -> Result<(), RemoteError> {
        Err(later())
    }

    pub async fn apply_changes(&self) -> Result<TaskReport, RemoteError> {
        Err(later())
    }
}

fn later() -> RemoteError {
    failure("ask", Cause::Unsupported, "this is not done yet")
}
