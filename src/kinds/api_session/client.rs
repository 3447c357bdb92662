//! The client of a session, whichever system it is for.

use std::collections::BTreeSet;
use std::sync::Arc;

use thiserror::Error;

use super::ClientConfig;
use crate::kinds::{portal_user, update_user};
use crate::remote::{Budget, RemoteError};
use crate::systems::{HistoryEntry, ctera, dynect};

/// A session with one of the systems. Clones share the login.
#[derive(Debug, Clone)]
pub enum SystemClient {
    Dynect(Arc<dynect::Client>),
    CteraPortal(Arc<ctera::Client>),
}

/// Why there can be no client with a configuration.
#[derive(Debug, Error)]
pub enum ClientError {
    #[error(transparent)]
    Dynect(#[from] dynect::ConfigError),
    #[error(transparent)]
    CteraPortal(#[from] ctera::ConfigError),
}

impl SystemClient {
    /// A client that has not logged in yet. `budget` is shared by all sessions of its account space.
    ///
    /// # Errors
    /// What is wrong with the configuration.
    pub fn open(config: ClientConfig, budget: Arc<Budget>) -> Result<Self, ClientError> {
        match config {
            ClientConfig::Dynect(config) => {
                Ok(Self::Dynect(Arc::new(dynect::Client::new(config, budget)?)))
            }
            ClientConfig::CteraPortal(config) => {
                Ok(Self::CteraPortal(Arc::new(ctera::Client::new(config, budget)?)))
            }
        }
    }

    /// Logs in, if nobody is logged in. Every other call does so by itself.
    ///
    /// # Errors
    /// As the system's client says.
    pub async fn login(&self) -> Result<(), RemoteError> {
        match self {
            Self::Dynect(client) => client.login().await,
            Self::CteraPortal(client) => client.login().await,
        }
    }

    /// Ends the login, if there is one. Best effort: a login that cannot be ended times out.
    pub async fn logout(&self) {
        match self {
            Self::Dynect(client) => client.logout().await,
            Self::CteraPortal(client) => client.logout().await,
        }
    }

    /// The user that is logged in.
    #[must_use]
    pub fn authenticated_as(&self) -> Option<String> {
        match self {
            Self::Dynect(client) => client.authenticated_as(),
            Self::CteraPortal(client) => client.authenticated_as(),
        }
    }

    /// The version that the system reported at the login.
    #[must_use]
    pub fn server_version(&self) -> Option<String> {
        match self {
            Self::Dynect(client) => client.server_version(),
            Self::CteraPortal(client) => client.server_version(),
        }
    }

    /// The last requests, oldest first, as many as the configuration keeps.
    #[must_use]
    pub fn history(&self) -> Vec<HistoryEntry> {
        match self {
            Self::Dynect(client) => client.history(),
            Self::CteraPortal(client) => client.history(),
        }
    }

    /// The permissions of the session's user that matter to Roster, such as `UpdateUserAdd`, in the order of their
    /// names; `None` while they are not known. Makes no request: they are asked for before the first write of a login.
    #[must_use]
    pub fn known_permissions(&self) -> Option<Vec<String>> {
        let held: Vec<&str> = match self {
            Self::Dynect(client) => {
                let held = client.known_permissions()?;
                let all = update_user::PERMISSIONS.iter().map(|(_, name)| *name);
                all.filter(|name| held.allows(name)).collect()
            }
            Self::CteraPortal(client) => {
                let held = client.known_permissions()?;
                portal_user::PERMISSIONS.into_iter().filter(|name| held.allows(name)).collect()
            }
        };
        let names: BTreeSet<&str> = held.into_iter().collect();
        Some(names.into_iter().map(str::to_owned).collect())
    }
}
