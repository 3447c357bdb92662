//! What a session needs to know.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;

use crate::systems::CallObserver;
use crate::systems::http::{Endpoint, EndpointError, Proxy};

/// How many requests a session has under way at once, unless told otherwise. Request limits of the portal are unknown.
pub const MAX_IN_FLIGHT: NonZeroUsize = NonZeroUsize::MIN.saturating_add(3);

/// One login at a portal.
#[derive(Debug, Clone)]
pub struct Config {
    pub endpoint: Endpoint,
    pub proxy: Option<Proxy>,
    pub scope: Scope,
    pub user_name: String,
    pub password: SecretString,
    /// The password before `password`. If the portal refuses `password` and takes this one, the user's password there
    /// is changed to `password`.
    pub previous_password: Option<SecretString>,
    /// Nothing is changed at the portal, the own password included: if only the previous one is accepted, it serves.
    pub keeps_own_password: bool,
    /// How many requests may be under way at once.
    pub max_in_flight: NonZeroUsize,
    /// How many of the last requests [`Client::history`](super::Client::history) shows; 0 keeps none.
    pub history_limit: usize,
    /// Told of every request.
    pub observer: Option<Arc<dyn CallObserver>>,
    pub pace: Pace,
    /// What time it is, for the history.
    pub clock: fn() -> Timestamp,
}

/// Whose users are meant, and so where to log in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// The administrators of the whole system.
    Global,
    /// The users of a tenant, entered by an administrator of the whole system.
    GlobalInto { tenant: String },
    /// The users of a tenant, whoever logs in: an administrator of the tenant, or of the whole system.
    Tenant { tenant: String },
}

/// How long and how often the client waits.
#[derive(Debug, Clone)]
pub struct Pace {
    /// For name resolution, TCP and TLS together.
    pub connect: Duration,
    /// For one request and its reply. The vendor's own library waits 60 s.
    pub deadline: Duration,
    /// Between two looks at a task, as in the vendor's library.
    pub task_poll: Duration,
    /// For one task. What still runs then goes on at the portal.
    pub task_total: Duration,
    /// How long the tenant's requests stop when the portal is throttling and does not say for how long.
    pub throttle_pause: Duration,
    /// The longest pause that the portal's own word is good for.
    pub throttle_longest: Duration,
    /// A caller waits for the end of a pause that is not longer than this; otherwise it gets the error at once.
    pub throttle_patience: Duration,
    /// How often one request may be answered with throttling before its caller gets the error.
    pub throttle_tries: usize,
    /// Before the first repetition after a lost connection; each further wait is twice as long, with jitter.
    pub repeat_first: Duration,
    /// How often a request is repeated after a lost connection or a gateway's answer.
    pub repeats: usize,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            deadline: Duration::from_mins(1),
            task_poll: Duration::from_secs(1),
            task_total: Duration::from_mins(10),
            throttle_pause: Duration::from_mins(1),
            throttle_longest: Duration::from_hours(1),
            throttle_patience: Duration::from_mins(2),
            throttle_tries: 3,
            repeat_first: Duration::from_millis(500),
            repeats: 3,
        }
    }
}

/// Why there can be no client with this configuration.
#[derive(Debug, Error)]
pub enum ConfigError {
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    #[error("{0} is empty")]
    Empty(&'static str),
    #[error("the tenant holds control characters")]
    Tenant,
}

impl Scope {
    /// The tenant whose users are meant; `None` for the administrators of the whole system.
    #[must_use]
    pub fn tenant(&self) -> Option<&str> {
        match self {
            Self::Global => None,
            Self::GlobalInto { tenant } | Self::Tenant { tenant } => Some(tenant),
        }
    }
}

impl Config {
    /// The parts that the transport does not check.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let empty = [
            ("the tenant", self.scope.tenant() == Some("")),
            ("the user name", self.user_name.is_empty()),
            ("the password", self.password.expose_secret().is_empty()),
            ("the previous password", is_empty(self.previous_password.as_ref())),
        ];
        if let Some((what, _)) = empty.into_iter().find(|(_, empty)| *empty) {
            return Err(ConfigError::Empty(what));
        }
        match self.scope.tenant() {
            Some(tenant) if tenant.chars().any(char::is_control) => Err(ConfigError::Tenant),
            _ => Ok(()),
        }
    }
}

fn is_empty(secret: Option<&SecretString>) -> bool {
    secret.is_some_and(|secret| secret.expose_secret().is_empty())
}
