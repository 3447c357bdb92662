//! From a call to its reply: within the budget, in a session, and again where that does no harm.

use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, COOKIE};
use http::{HeaderMap, HeaderValue, Method};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Duration, Instant, sleep};
use zeroize::Zeroizing;

use super::call::{Call, Shape};
use super::classify::{self, Answer, classify, classify_login};
use super::object::Value;
use super::session::{Context, Open, Session};
use super::{SYSTEM, failure};
use crate::remote::{Cause, Priority, RemoteError};
use crate::systems::failures::{Failure, Patience};
use crate::systems::http::{Request, TransportError};
use crate::systems::report::Told;

/// How soon a login may be replaced again because the portal denies something. A denial is nearly always about rights,
/// and then another login does not help.
const DENIALS_APART: Duration = Duration::from_mins(5);

/// Where a request goes, and as whom.
#[derive(Debug, Clone, Copy)]
pub(super) struct As<'a> {
    pub context: Context,
    /// `None`: the request is a login.
    pub cookie: Option<&'a SecretString>,
}

impl<'a> As<'a> {
    pub(super) fn of(open: &'a Open) -> Self {
        Self { context: open.context, cookie: Some(&open.cookie) }
    }
}

/// What was tried already.
#[derive(Default)]
struct Tries {
    ended: usize,
    denied: bool,
    odd: bool,
}

/// What follows from a denial.
enum Denied {
    /// Another login would not help.
    Lasts,
    /// There is, or soon will be, another login, which this request has not met.
    Replaced,
    /// The login was forgotten for it.
    Forgotten,
}

impl Session {
    /// Does what is asked, and repeats it as far as that is safe. Gives what the reply holds.
    pub(super) async fn call(&self, call: &Call, priority: Priority) -> Result<Value, RemoteError> {
        call.check()?;
        let mut patience = self.patience(call);
        loop {
            let failure = match self.attempt(call, priority).await {
                Ok(value) => return Ok(value),
                Err(failure) => failure,
            };
            sleep(patience.after(failure, call.asked())?).await;
        }
    }

    pub(super) fn patience(&self, call: &Call) -> Patience {
        let pace = &self.config.pace;
        Patience::new(pace.repeat_first, if call.is_fresh { 0 } else { pace.repeats }, Vec::new())
    }

    /// One attempt, with another login where the one there was is over.
    async fn attempt(&self, call: &Call, priority: Priority) -> Result<Value, Failure> {
        let begun = Instant::now();
        let mut tries = Tries::default();
        loop {
            let open = self.opened(priority).await.map_err(Failure::before_sending)?;
            match self.exchange(call, As::of(&open), priority).await? {
                Answer::Done(value) => return Ok(value),
                Answer::SessionEnded(text) => {
                    self.forget_login(open.number);
                    tries.ended += 1;
                    if tries.ended > 1 {
                        return Err(Failure::SessionEnded(text));
                    }
                }
                Answer::Denied(text) => {
                    let is_last = tries.denied || open.since >= begun;
                    match if is_last { Denied::Lasts } else { self.denied(&open) } {
                        Denied::Lasts => {
                            return Err(Failure::Final(forbidden(call, &open, &text)));
                        }
                        Denied::Replaced => {}
                        Denied::Forgotten => self.end(As::of(&open), priority).await,
                    }
                    tries.denied = true;
                }
                Answer::Odd(text) if tries.odd => return Err(odd(call, &text)),
                Answer::Odd(text) => {
                    tries.odd = true;
                    // A page in the place of an object can be a login page: the session itself tells.
                    let look = about_session(call.operation);
                    match self.exchange(&look, As::of(&open), priority).await {
                        Ok(Answer::SessionEnded(_)) if call.repeatable => {
                            self.forget_login(open.number);
                        }
                        Ok(Answer::SessionEnded(_)) => {
                            self.forget_login(open.number);
                            return Err(odd(call, &text));
                        }
                        Ok(_) | Err(_) => return Err(odd(call, &text)),
                    }
                }
                Answer::LoggedIn(_)
                | Answer::Throttled(_)
                | Answer::Refused { .. }
                | Answer::NoReply(_) => return Err(odd(call, "the reply is about something else")),
            }
        }
    }

    /// Sends one request, and waits where the portal says that there are too many. What needs another login to go on is
    /// the caller's: a redirect, a denial, a page.
    pub(super) async fn exchange(
        &self,
        call: &Call,
        who: As<'_>,
        priority: Priority,
    ) -> Result<Answer, Failure> {
        let pace = &self.config.pace;
        let mut throttled = 0;
        loop {
            match self.send_in_turn(call, who, priority).await? {
                Answer::Throttled(wait) => {
                    let wait = wait.unwrap_or(pace.throttle_pause).min(pace.throttle_longest);
                    self.budget.pause(wait);
                    throttled += 1;
                    if throttled >= pace.throttle_tries || call.is_fresh {
                        return Err(self.throttled(call));
                    }
                }
                Answer::Refused { cause, text } => {
                    let text = format!("the portal refuses: {text}");
                    return Err(Failure::Final(failure(call.operation, cause, text)));
                }
                Answer::NoReply(text) => return Err(Failure::unclear(text)),
                answer => return Ok(answer),
            }
        }
    }

    /// Waits until the request may go out, or says that it would take too long, and sends it once.
    async fn send_in_turn(
        &self,
        call: &Call,
        who: As<'_>,
        priority: Priority,
    ) -> Result<Answer, Failure> {
        let patience = self.config.pace.throttle_patience;
        if self.budget.paused_for().is_some_and(|pause| pause > patience) {
            return Err(self.throttled(call));
        }
        let _place = self.place(priority).await;
        self.budget.take(priority).await;
        self.send(call, who).await.map_err(|error| Failure::not_answered(call.asked(), error))
    }

    fn throttled(&self, call: &Call) -> Failure {
        let cause = Cause::Throttled { wait: self.budget.paused_for() };
        Failure::Final(failure(call.operation, cause, "the portal's request limit is reached"))
    }

    async fn send(&self, call: &Call, who: As<'_>) -> Result<Answer, TransportError> {
        let begun = Instant::now();
        let path = format!("{}{}", who.context.root(), call.path);
        let body = call.body();
        let request = Request {
            method: call.method.clone(),
            path: path.clone(),
            headers: headers(call, who.cookie, body.is_empty()),
            body,
            deadline: self.config.pace.deadline,
            limit: call.limit,
        };
        let result = self.transport.send(request).await.map(|reply| {
            let redactor = self.redactor(call, who.cookie);
            let now = (self.config.clock)();
            match who.cookie {
                None => classify_login(&reply, &redactor, now),
                Some(_) => classify(&reply, call, &redactor, now),
            }
        });
        let (word, outcome) = match &result {
            Ok(answer) => (answer.word(), answer.outcome(call)),
            Err(error) => call.asked().lost(error),
        };
        let Call { operation, ref method, .. } = *call;
        let elapsed = begun.elapsed();
        let told = Told { system: SYSTEM, operation, method, path: &path, word, outcome, elapsed };
        self.audience().tell(&told, || call.shown());
        result
    }

    /// Forgets a login whose request was denied, unless that was done just now for the same reason.
    fn denied(&self, open: &Open) -> Denied {
        let mut state = self.state();
        if state.number() != Some(open.number) {
            return Denied::Replaced;
        }
        if state.denied.is_some_and(|last| last.elapsed() < DENIALS_APART) {
            return Denied::Lasts;
        }
        state.denied = Some(Instant::now());
        state.open = None;
        Denied::Forgotten
    }
}

/// The request that asks about the session itself.
pub(super) fn about_session(operation: &'static str) -> Call {
    Call::get(operation, "/currentSession", Shape::Object)
}

/// Nobody knows whose page it was that came back.
fn odd(call: &Call, text: &str) -> Failure {
    Failure::Final(failure(call.operation, call.asked().uncertain(Cause::Malformed), text))
}

fn forbidden(call: &Call, open: &Open, text: &str) -> RemoteError {
    let known = open.permissions.get();
    let text = match call.permission {
        Some(permission) if known.is_some_and(|known| !known.allows(permission)) => {
            format!("the session's user lacks the permission {permission} ({text})")
        }
        Some(permission) => {
            format!("the session's user lacks a permission, perhaps {permission} ({text})")
        }
        None => format!("the session's user lacks a permission ({text})"),
    };
    failure(call.operation, Cause::Forbidden, text)
}

fn headers(call: &Call, cookie: Option<&SecretString>, is_empty: bool) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
    if let Some(content_type) = call.content_type() {
        headers.insert(CONTENT_TYPE, content_type);
    }
    if is_empty && call.method != Method::GET {
        headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    if let Some(cookie) = cookie {
        let pair = Zeroizing::new(format!("{}={}", classify::COOKIE, cookie.expose_secret()));
        if let Ok(mut value) = HeaderValue::from_str(&pair) {
            value.set_sensitive(true);
            headers.insert(COOKIE, value);
        }
    }
    headers
}
