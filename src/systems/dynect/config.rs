//! What a session needs to know.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;

use crate::systems::CallObserver;
use crate::systems::failures::Patience;
use crate::systems::http::{Endpoint, EndpointError, Proxy};

/// One login at one customer of DynECT.
#[derive(Debug, Clone)]
pub struct Config {
    pub endpoint: Endpoint,
    pub proxy: Option<Proxy>,
    /// The header `API-Version`: `current`, or a version such as `3.7.16`.
    pub api_version: String,
    pub customer: String,
    pub user_name: String,
    pub password: SecretString,
    /// The password before `password`. If the system refuses `password` and takes this one, the user's password there
    /// is changed to `password`.
    pub previous_password: Option<SecretString>,
    /// Nothing is changed at the system, the own password included: if only the previous one is accepted, it serves.
    pub keeps_own_password: bool,
    /// How many of the last requests [`Client::history`](super::Client::history) shows; 0 keeps none.
    pub history_limit: usize,
    /// Told of every request.
    pub observer: Option<Arc<dyn CallObserver>>,
    pub pace: Pace,
    /// What time it is, for the history.
    pub clock: fn() -> Timestamp,
}

/// How long and how often the client waits. The default values are those of the vendor and of its own library.
#[derive(Debug, Clone)]
pub struct Pace {
    /// For name resolution, TCP and TLS together.
    pub connect: Duration,
    /// For one request and its reply. Twelve times the 5 s after which the system turns a request into a job.
    pub deadline: Duration,
    /// Between two looks at a job; the system refuses faster ones.
    pub job_poll: Duration,
    /// For one job.
    pub job_total: Duration,
    /// Between two tries while the session runs another job.
    pub busy_wait: Duration,
    /// How often a request is sent to a session that runs another job. Twelve waits are a minute.
    pub busy_tries: usize,
    /// Before each further try while a task blocks the request.
    pub blocked_steps: Vec<Duration>,
    /// How long the customer's requests stop when the system is throttling and does not say for how long.
    pub throttle_pause: Duration,
    /// The longest pause that the system's own word is good for.
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
            job_poll: Duration::from_secs(5),
            job_total: Duration::from_mins(5),
            busy_wait: Duration::from_secs(5),
            busy_tries: 12,
            blocked_steps: [1, 3, 7, 15, 31].map(Duration::from_secs).to_vec(),
            throttle_pause: Duration::from_mins(1),
            throttle_longest: Duration::from_hours(1),
            throttle_patience: Duration::from_mins(2),
            throttle_tries: 3,
            repeat_first: Duration::from_millis(500),
            repeats: 3,
        }
    }
}

impl Pace {
    /// What one call may still be tried.
    pub(super) fn patience(&self) -> Patience {
        Patience::new(self.repeat_first, self.repeats, self.blocked_steps.clone())
    }
}

/// Why there can be no client with this configuration.
#[derive(Debug, Error)]
pub enum ConfigError {
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    #[error("{0} is empty")]
    Empty(&'static str),
    #[error("the API version `{0}` must be a word such as `current` or `3.7.16`")]
    ApiVersion(String),
}

impl Config {
    /// The parts that the transport does not check. Gives the `API-Version` header.
    pub(super) fn check(&self) -> Result<HeaderValue, ConfigError> {
        let empty = [
            ("the customer name", self.customer.is_empty()),
            ("the user name", self.user_name.is_empty()),
            ("the password", self.password.expose_secret().is_empty()),
            ("the previous password", is_empty(self.previous_password.as_ref())),
        ];
        if let Some((what, _)) = empty.into_iter().find(|(_, empty)| *empty) {
            return Err(ConfigError::Empty(what));
        }
        let bad_version = || ConfigError::ApiVersion(self.api_version.escape_debug().to_string());
        if self.api_version.is_empty() || !self.api_version.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(bad_version());
        }
        HeaderValue::from_str(&self.api_version).map_err(|_| bad_version())
    }
}

fn is_empty(secret: Option<&SecretString>) -> bool {
    secret.is_some_and(|secret| secret.expose_secret().is_empty())
}
