//! The session: who is logged in, and what is known since then.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::{HeaderValue, Method};
use secrecy::SecretString;
use serde::Deserialize;
use tokio::time::sleep;

use super::call::Call;
use super::config::{Config, ConfigError};
use super::envelope::data;
use super::exchange::Auth;
use super::users::Permissions;
use super::{SYSTEM, failure};
use crate::remote::{Budget, Cause, Lanes, Priority, RemoteError};
use crate::systems::Redactor;
use crate::systems::failures::Failure;
use crate::systems::history::History;
use crate::systems::http::{Transport, TransportOptions};
use crate::systems::report::Audience;

const SESSION: &str = "/REST/Session/";
const LOG_IN: &str = "log in";

/// One login and everything that serves it. Requests go out one at a time: the system runs one job per session.
#[derive(Debug)]
pub(super) struct Session {
    pub config: Config,
    pub api_version: HeaderValue,
    pub transport: Transport,
    pub budget: Arc<Budget>,
    pub lanes: Lanes,
    pub history: History,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The password that the system took last; at first the configured one.
    password: Option<SecretString>,
    open: Option<Open>,
    /// The system's verdict on the credentials. They are not tried again.
    refused: Option<(Cause, String)>,
}

/// What is known since the login.
#[derive(Debug, Clone)]
pub(super) struct Open {
    pub token: SecretString,
    version: Option<String>,
    permissions: Option<Arc<Permissions>>,
}

/// The data of a login's reply.
#[derive(Deserialize)]
struct Login {
    token: String,
    #[serde(default)]
    version: Option<String>,
}

/// What became of a login.
pub(super) enum LoggedIn {
    Yes(Open),
    Refused { cause: Cause, text: String },
}

impl Session {
    pub(super) fn new(config: Config, budget: Arc<Budget>) -> Result<Self, ConfigError> {
        let api_version = config.check()?;
        let transport = Transport::new(TransportOptions {
            endpoint: config.endpoint.clone(),
            proxy: config.proxy.clone(),
            connect_timeout: config.pace.connect,
        })?;
        let history = History::new(config.history_limit);
        let lanes = Lanes::default();
        let state = Mutex::default();
        Ok(Self { config, api_version, transport, budget, lanes, history, state })
    }

    /// The token, if somebody is logged in.
    pub(super) fn token(&self) -> Option<SecretString> {
        self.state().open.as_ref().map(|open| open.token.clone())
    }

    pub(super) fn version(&self) -> Option<String> {
        self.state().open.as_ref().and_then(|open| open.version.clone())
    }

    pub(super) fn permissions(&self) -> Option<Arc<Permissions>> {
        self.state().open.as_ref().and_then(|open| open.permissions.clone())
    }

    pub(super) fn keep_permissions(&self, permissions: &Arc<Permissions>) {
        if let Some(open) = &mut self.state().open {
            open.permissions = Some(Arc::clone(permissions));
        }
    }

    /// Forgets the login, and gives its token back.
    pub(super) fn forget_login(&self) -> Option<SecretString> {
        self.state().open.take().map(|open| open.token)
    }

    /// The own password was changed; later logins use this one.
    pub(super) fn keep_password(&self, password: &SecretString) {
        self.state().password = Some(password.clone());
    }

    /// What the texts of the system must not show.
    pub(super) fn redactor(&self, call: &Call, token: Option<&SecretString>) -> Redactor {
        let (password, open) = {
            let state = self.state();
            (state.password.clone(), state.open.as_ref().map(|open| open.token.clone()))
        };
        let known = [Some(&self.config.password), self.config.previous_password.as_ref()];
        let known = known.into_iter().chain([password.as_ref(), open.as_ref(), token]).flatten();
        Redactor::new(known.chain(call.secrets()))
    }

    /// Who is told of each request.
    pub(super) fn audience(&self) -> Audience<'_> {
        let Config { observer, clock, .. } = &self.config;
        Audience { observer: observer.as_deref(), history: &self.history, clock: *clock }
    }

    /// Logs in if nobody is.
    pub(super) async fn log_in_now(&self, priority: Priority) -> Result<(), RemoteError> {
        let call = about_session(LOG_IN, Method::POST);
        let mut patience = self.config.pace.patience();
        loop {
            let turn = self.lanes.turn(priority).await;
            let Err(failure) = self.open(priority).await else {
                return Ok(());
            };
            drop(turn);
            sleep(patience.after(failure, call.asked())?).await;
        }
    }

    /// Asks about the login that there is. `false` if there is none; never logs in.
    pub(super) async fn about_login(
        &self,
        call: &Call,
        priority: Priority,
    ) -> Result<bool, RemoteError> {
        let mut patience = self.config.pace.patience();
        loop {
            let turn = self.lanes.turn(priority).await;
            let Some(token) = self.token() else {
                return Ok(false);
            };
            let failure = match self.exchange(call, Auth::Token(&token), priority).await {
                Ok(_) => return Ok(true),
                Err(Failure::SessionEnded(_)) => {
                    self.forget_login();
                    return Ok(false);
                }
                Err(failure) => failure,
            };
            drop(turn);
            sleep(patience.after(failure, call.asked())?).await;
        }
    }

    /// The token; logs in if nobody is. Callers hold the session's turn, so there is one login for all of them.
    pub(super) async fn open(&self, priority: Priority) -> Result<SecretString, Failure> {
        if let Some(token) = self.token() {
            return Ok(token);
        }
        if let Some((cause, text)) = self.state().refused.clone() {
            return Err(Failure::Final(failure(LOG_IN, cause, text)));
        }
        let changed = self.state().password.clone();
        let password = changed.as_ref().unwrap_or(&self.config.password);
        let open = match self.log_in(password, priority).await? {
            LoggedIn::Yes(open) => open,
            LoggedIn::Refused { cause, text } => match &self.config.previous_password {
                Some(previous) if cause == Cause::Unauthorized && changed.is_none() => {
                    self.log_in_with_previous(previous, priority).await?
                }
                // Not about the credentials: somebody may grant the permission.
                _ if cause == Cause::Forbidden => {
                    return Err(Failure::Final(failure(LOG_IN, cause, text)));
                }
                _ => return Err(self.remember(cause, text)),
            },
        };
        let token = open.token.clone();
        self.state().open = Some(open);
        Ok(token)
    }

    /// Tries one password, once.
    pub(super) async fn log_in(
        &self,
        password: &SecretString,
        priority: Priority,
    ) -> Result<LoggedIn, Failure> {
        let call = Call::new(LOG_IN, Method::POST, SESSION)
            .text("customer_name", &self.config.customer)
            .text("user_name", &self.config.user_name)
            .secret("password", password);
        match Box::pin(self.exchange(&call, Auth::None, priority)).await {
            Ok(body) => match data::<Login>(&body) {
                Some(Login { token, version }) if is_header(&token) => {
                    let token = SecretString::from(token);
                    let version = version.map(|version| self.redactor(&call, None).clean(&version));
                    Ok(LoggedIn::Yes(Open { token, version, permissions: None }))
                }
                _ => Err(malformed(&call, "the reply to the login holds no usable token")),
            },
            Err(Failure::Final(error)) => match error.cause() {
                cause @ (Cause::Unauthorized
                | Cause::Forbidden
                | Cause::Rejected
                | Cause::Unsupported) => {
                    Ok(LoggedIn::Refused { cause, text: error.detail().to_owned() })
                }
                _ => Err(Failure::Final(error)),
            },
            Err(failure) => Err(failure.before_sending()),
        }
    }

    /// Ends one login. Best effort: a login that cannot be ended times out.
    pub(super) async fn end(&self, token: &SecretString, priority: Priority) {
        let call = Call::new("log out", Method::DELETE, SESSION);
        if Box::pin(self.exchange(&call, Auth::Token(token), priority)).await.is_err() {
            tracing::debug!("the logout failed; the system ends the session by itself");
        }
    }

    /// Keeps the verdict on the credentials, and gives it as a failure.
    pub(super) fn remember(&self, cause: Cause, text: String) -> Failure {
        self.state().refused = Some((cause, text.clone()));
        Failure::Final(failure(LOG_IN, cause, text))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The request that asks about the session itself.
pub(super) fn about_session(operation: &'static str, method: Method) -> Call {
    Call::new(operation, method, SESSION)
}

/// Whether a token can be sent back.
fn is_header(token: &str) -> bool {
    !token.is_empty() && HeaderValue::from_str(token).is_ok()
}

fn malformed(call: &Call, text: &str) -> Failure {
    Failure::Final(RemoteError::new(SYSTEM, call.operation, Cause::Malformed, text))
}
