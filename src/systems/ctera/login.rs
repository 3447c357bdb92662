//! Logging in and out.

use std::sync::{Arc, OnceLock};

use secrecy::SecretString;
use tokio::time::{Instant, sleep};

use super::call::{Call, Shape};
use super::classify::Answer;
use super::config::Scope;
use super::exchange::{As, about_session};
use super::object::Value;
use super::session::{Context, Open, Session};
use super::{failure, shown};
use crate::remote::{Cause, Priority, RemoteError};
use crate::systems::failures::Failure;

pub(super) const LOG_IN: &str = "log in";

/// What became of a login.
pub(super) enum LoggedIn {
    Yes(Entry),
    Refused { cause: Cause, text: String },
}

/// A login that was accepted, before a tenant is selected.
pub(super) struct Entry {
    pub context: Context,
    pub cookie: SecretString,
    pub who: String,
    pub role: Option<String>,
    /// The directory that the user is from, if it is from one.
    pub domain: Option<String>,
}

impl Entry {
    pub(super) fn identity(&self) -> As<'_> {
        As { context: self.context, cookie: Some(&self.cookie) }
    }
}

impl Session {
    /// Logs in if nobody is.
    pub(super) async fn log_in_now(&self, priority: Priority) -> Result<(), RemoteError> {
        let call = about_session(LOG_IN);
        let mut patience = self.patience(&call);
        loop {
            let Err(failure) = self.opened(priority).await else {
                return Ok(());
            };
            sleep(patience.after(failure, call.asked())?).await;
        }
    }

    /// The login; logs in if nobody is. One login for all who wait.
    pub(super) async fn opened(&self, priority: Priority) -> Result<Arc<Open>, Failure> {
        if let Some(open) = self.current() {
            return Ok(open);
        }
        let _turn = self.logins.turn(priority).await;
        if let Some(open) = self.current() {
            return Ok(open);
        }
        if let Some((cause, text)) = self.state().refused.clone() {
            return Err(Failure::Final(failure(LOG_IN, cause, text)));
        }
        let entry = match self.log_in(&self.config.password, priority).await? {
            LoggedIn::Yes(entry) => entry,
            LoggedIn::Refused { cause, text } => match &self.config.previous_password {
                Some(previous) if cause == Cause::Unauthorized => {
                    self.log_in_with_previous(previous, priority).await?
                }
                _ => return Err(self.remember(cause, text)),
            },
        };
        let open = Arc::new(self.enter(entry, priority).await?);
        self.keep_login(&open);
        Ok(open)
    }

    /// Tries one password, once in each context that is in question.
    pub(super) async fn log_in(
        &self,
        password: &SecretString,
        priority: Priority,
    ) -> Result<LoggedIn, Failure> {
        let known = self.state().context;
        let contexts: &[Context] = match (known, &self.config.scope) {
            (Some(Context::Services), _) => &[Context::Services],
            (Some(Context::Admin), _) | (None, Scope::Global | Scope::GlobalInto { .. }) => {
                &[Context::Admin]
            }
            (None, Scope::Tenant { .. }) => &[Context::Services, Context::Admin],
        };
        let mut refused: Option<(Cause, String)> = None;
        for context in contexts {
            match self.log_in_at(*context, password, priority).await? {
                LoggedIn::Yes(entry) => {
                    self.state().context = Some(entry.context);
                    return Ok(LoggedIn::Yes(entry));
                }
                LoggedIn::Refused { cause, text } => {
                    // Where there is no such login at all, the other context's word is the one that counts.
                    let counts = cause == Cause::Unauthorized || refused.is_none();
                    refused = if counts { Some((cause, text)) } else { refused };
                }
            }
        }
        let (cause, text) = refused.unwrap_or((Cause::Unauthorized, String::new()));
        Ok(LoggedIn::Refused { cause, text })
    }

    async fn log_in_at(
        &self,
        context: Context,
        password: &SecretString,
        priority: Priority,
    ) -> Result<LoggedIn, Failure> {
        let form = (self.config.user_name.clone(), password.clone());
        let call = Call::form(LOG_IN, "/login", Some(form));
        let nobody = As { context, cookie: None };
        let cookie = match self.exchange(&call, nobody, priority).await {
            Ok(Answer::LoggedIn(cookie)) => cookie,
            Ok(_) => {
                let text = "the reply to the login cannot be understood";
                return Err(Failure::Final(failure(LOG_IN, Cause::Malformed, text)));
            }
            Err(Failure::Final(error)) => {
                return match error.cause() {
                    cause @ (Cause::Unauthorized | Cause::Unsupported) => {
                        Ok(LoggedIn::Refused { cause, text: error.detail().to_owned() })
                    }
                    _ => Err(Failure::Final(error)),
                };
            }
            Err(failure) => return Err(failure.before_sending()),
        };
        let identity = As { context, cookie: Some(&cookie) };
        let session = match self.ask(&about_session(LOG_IN), identity, priority).await {
            Ok(Value::Object(session)) => session,
            Ok(_) => return Err(Failure::unclear("the portal does not say who is logged in")),
            Err(failure) => {
                self.end(identity, priority).await;
                return Err(not_about_the_caller(failure));
            }
        };
        let who = session.text("username").filter(|name| !name.is_empty());
        let who = who.unwrap_or(&self.config.user_name).to_owned();
        let text = |id| session.text(id).filter(|text| !text.is_empty()).map(str::to_owned);
        let (role, domain) = (text("role"), text("domain"));
        let idle_minutes = text("idleTimeout").and_then(|text| text.trim().parse::<u32>().ok());
        tracing::debug!(
            user = shown(&who),
            ?idle_minutes,
            root = context.root(),
            "logged in at CTERA Portal"
        );
        Ok(LoggedIn::Yes(Entry { context, cookie, who, role, domain }))
    }

    /// Goes where the work is, and proves that it is there.
    async fn enter(&self, entry: Entry, priority: Priority) -> Result<Open, Failure> {
        let entered = self.select_tenant(&entry, priority).await;
        let is_visitor = match entered {
            Ok(is_visitor) => is_visitor,
            Err(failure) => {
                self.end(entry.identity(), priority).await;
                return Err(failure);
            }
        };
        let version = self.version(entry.identity(), priority).await;
        let Entry { context, cookie, who, role, domain: _ } = entry;
        Ok(Open {
            number: self.next_number(),
            since: Instant::now(),
            context,
            cookie,
            who,
            role,
            is_visitor,
            version,
            permissions: OnceLock::new(),
        })
    }

    /// The portal's version, if it tells. Nothing depends on it.
    async fn version(&self, identity: As<'_>, priority: Priority) -> Option<String> {
        let call = Call::get("read the version", "/version", Shape::Text);
        let version = self.ask(&call, identity, priority).await.ok()?;
        let version = self.redactor(&call, identity.cookie).clean(version.as_text()?);
        (!version.is_empty()).then_some(version)
    }

    /// Asks in a session that is not in use yet.
    pub(super) async fn ask(
        &self,
        call: &Call,
        identity: As<'_>,
        priority: Priority,
    ) -> Result<Value, Failure> {
        match self.exchange(call, identity, priority).await? {
            Answer::Done(value) => Ok(value),
            Answer::SessionEnded(_) => {
                let text = "the session ends again right after a login";
                Err(Failure::Final(failure(call.operation, Cause::Unreachable, text)))
            }
            Answer::Denied(text) => {
                let text = format!("the session's user lacks a permission ({text})");
                Err(Failure::Final(failure(call.operation, Cause::Forbidden, text)))
            }
            Answer::Odd(text) => {
                let cause = call.asked().uncertain(Cause::Malformed);
                Err(Failure::Final(failure(call.operation, cause, text)))
            }
            Answer::LoggedIn(_)
            | Answer::Throttled(_)
            | Answer::Refused { .. }
            | Answer::NoReply(_) => Err(Failure::unclear("the reply is about something else")),
        }
    }

    /// Ends one login. Best effort: a login that cannot be ended times out.
    pub(super) async fn end(&self, identity: As<'_>, priority: Priority) {
        let call = Call::form("log out", "/logout", None);
        match self.exchange(&call, identity, priority).await {
            Ok(Answer::Done(_) | Answer::SessionEnded(_)) => {}
            Ok(_) | Err(_) => {
                tracing::debug!("the logout failed; the portal ends the session by itself");
            }
        }
    }

    /// Keeps the verdict on the credentials, and gives it as a failure.
    pub(super) fn remember(&self, cause: Cause, text: String) -> Failure {
        self.state().refused = Some((cause, text.clone()));
        Failure::Final(failure(LOG_IN, cause, text))
    }
}

/// What a question about the session itself can fail with: nothing that a caller could take for the answer to its own
/// question, such as that there is no such user.
pub(super) fn not_about_the_caller(failed: Failure) -> Failure {
    let Failure::Final(error) = failed else {
        return failed;
    };
    let cause = match error.cause() {
        Cause::NotFound => Cause::Unsupported,
        Cause::Rejected | Cause::Conflict | Cause::OutcomeUnknown => Cause::Unreachable,
        Cause::Unreachable
        | Cause::Throttled { .. }
        | Cause::Busy
        | Cause::Unauthorized
        | Cause::Forbidden
        | Cause::Unsupported
        | Cause::Malformed => return Failure::Final(error),
    };
    let text = format!("the portal does not tell about its session: {}", error.detail());
    Failure::Final(failure(LOG_IN, cause, text))
}
