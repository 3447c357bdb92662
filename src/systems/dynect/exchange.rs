//! From a call to its reply: one request after the other, in its turn and within the budget.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Instant, sleep};

use super::call::Call;
use super::classify::{Answer, Question, classify};
use super::session::Session;
use super::{SYSTEM, failure};
use crate::remote::{Cause, Priority, RemoteError};
use crate::systems::failures::Failure;
use crate::systems::http::{Request, TransportError};
use crate::systems::report::Told;

const API_VERSION: HeaderName = HeaderName::from_static("api-version");
const AUTH_TOKEN: HeaderName = HeaderName::from_static("auth-token");

/// Which token a request carries.
#[derive(Debug, Clone, Copy)]
pub(super) enum Auth<'a> {
    /// None: the request is a login.
    None,
    /// The session's; if there is none or it is over, somebody logs in first.
    Session,
    /// This one, come what may.
    Token(&'a SecretString),
}

/// What is counted during one attempt.
#[derive(Default)]
struct Tries {
    logins: usize,
    busy: usize,
    throttled: usize,
}

/// The job that a request became.
#[derive(Clone, Copy)]
struct Job {
    id: u64,
    give_up: Instant,
}

impl Session {
    /// Does what is asked, and repeats it as far as that is safe. Gives the reply's body.
    pub(super) async fn call(&self, call: &Call, priority: Priority) -> Result<Bytes, RemoteError> {
        let mut patience = self.config.pace.patience();
        loop {
            let turn = self.lanes.turn(priority).await;
            let failure = match self.exchange(call, Auth::Session, priority).await {
                Ok(reply) => return Ok(reply),
                Err(failure) => failure,
            };
            // Others may go first while this one waits.
            drop(turn);
            sleep(patience.after(failure, call.asked())?).await;
        }
    }

    /// One attempt: sends the request, follows it if it becomes a job, and waits where the system says that nothing
    /// was executed. The caller holds the session's turn.
    pub(super) async fn exchange(
        &self,
        call: &Call,
        auth: Auth<'_>,
        priority: Priority,
    ) -> Result<Bytes, Failure> {
        let pace = &self.config.pace;
        let mut tries = Tries::default();
        let mut job: Option<Job> = None;
        loop {
            let token = match auth {
                Auth::None => None,
                Auth::Token(token) => Some(token.clone()),
                Auth::Session => Some(self.open(priority).await.map_err(Failure::before_sending)?),
            };
            match job {
                None => self.stay_within_budget(call, priority).await?,
                Some(job) => self.wait_for_job(job, call, priority).await?,
            }
            let answer = match self.send(call, job.map(|job| job.id), token.as_ref()).await {
                Ok(answer) => answer,
                // Looking at a job changes nothing, so it is looked at again.
                Err(_) if job.is_some() => continue,
                Err(error) => return Err(Failure::not_answered(call.asked(), error)),
            };
            match answer {
                Answer::Success(body) => return Ok(body),
                Answer::Job(id) if token.is_some() => {
                    let begun = || Instant::now() + pace.job_total;
                    job = Some(Job { id, give_up: job.map_or_else(begun, |job| job.give_up) });
                }
                // A job is looked at with a token, and this one would bring the token.
                Answer::Job(_) => {
                    return Err(Failure::unclear("the login was not answered in time"));
                }
                Answer::SessionBusy => {
                    tries.busy += 1;
                    if tries.busy > pace.busy_tries {
                        // Whatever it is busy with is not ours any more. The next call takes a fresh session.
                        self.forget_login();
                        let text = "the session is busy with another job";
                        return Err(Failure::Final(failure(call.operation, Cause::Busy, text)));
                    }
                    sleep(pace.busy_wait).await;
                }
                Answer::Blocked(task) => return Err(Failure::Blocked(task)),
                Answer::Throttled(wait) => {
                    let wait = wait.unwrap_or(pace.throttle_pause).min(pace.throttle_longest);
                    self.budget.pause(wait);
                    tries.throttled += 1;
                    if tries.throttled >= pace.throttle_tries && job.is_none() {
                        return Err(self.throttled(call));
                    }
                }
                Answer::SessionEnded(text) => match auth {
                    Auth::Session => {
                        self.forget_login();
                        tries.logins += 1;
                        if tries.logins > 1 {
                            return Err(Failure::SessionEnded(text));
                        }
                    }
                    Auth::Token(_) | Auth::None => return Err(Failure::SessionEnded(text)),
                },
                Answer::Refused { cause, text } => {
                    return Err(Failure::Final(refused(call, cause, &text)));
                }
                Answer::NoReply(_) if job.is_some() => {}
                Answer::NoReply(text) | Answer::Unclear(text) => {
                    return Err(Failure::unclear(text));
                }
                Answer::Malformed(text) => {
                    // The session may run a job that nobody can follow. The next call takes a fresh one.
                    self.forget_login();
                    let cause = call.asked().uncertain(Cause::Malformed);
                    return Err(Failure::Final(failure(call.operation, cause, text)));
                }
            }
        }
    }

    /// Waits until the request may go out, or says that it would take too long.
    async fn stay_within_budget(&self, call: &Call, priority: Priority) -> Result<(), Failure> {
        let patience = self.config.pace.throttle_patience;
        if self.budget.paused_for().is_some_and(|pause| pause > patience) {
            return Err(self.throttled(call));
        }
        self.budget.take(priority).await;
        Ok(())
    }

    /// Waits until the job may be looked at again, or says that it takes too long.
    async fn wait_for_job(&self, job: Job, call: &Call, priority: Priority) -> Result<(), Failure> {
        let pace = &self.config.pace;
        let wait = pace.job_poll.max(self.budget.paused_for().unwrap_or_default());
        if Instant::now() + wait > job.give_up {
            // The session takes no other request as long as the job runs, so the next call takes a fresh one.
            self.forget_login();
            let cause = call.asked().uncertain(Cause::Unreachable);
            let seconds = pace.job_total.as_secs_f32();
            let text = format!("job {} still runs after {seconds} s", job.id);
            return Err(Failure::Final(failure(call.operation, cause, text)));
        }
        sleep(pace.job_poll).await;
        self.budget.take(priority).await;
        Ok(())
    }

    fn throttled(&self, call: &Call) -> Failure {
        let cause = Cause::Throttled { wait: self.budget.paused_for() };
        let text = "the customer's request limit is reached";
        Failure::Final(failure(call.operation, cause, text))
    }

    /// Sends the call, or a look at the job it became, once.
    async fn send(
        &self,
        call: &Call,
        job: Option<u64>,
        token: Option<&SecretString>,
    ) -> Result<Answer, TransportError> {
        let look =
            job.map(|job| Call::new(call.operation, Method::GET, format!("/REST/Job/{job}/")));
        let sent = look.as_ref().unwrap_or(call);
        let begun = Instant::now();
        let request = Request {
            method: sent.method.clone(),
            path: sent.path.clone(),
            headers: self.headers(token),
            body: sent.body(),
            deadline: self.config.pace.deadline,
            limit: call.limit,
        };
        let result = self.transport.send(request).await.map(|reply| {
            let redactor = self.redactor(call, token);
            classify(
                &reply,
                Question {
                    endpoint: self.transport.endpoint(),
                    is_login: token.is_none(),
                    job,
                    redactor: &redactor,
                    now: (self.config.clock)(),
                },
            )
        });
        let elapsed = begun.elapsed();
        let (word, outcome) = match &result {
            Ok(answer) => (answer.word(), answer.outcome(sent)),
            Err(error) => sent.asked().lost(error),
        };
        let Call { operation, ref method, ref path, .. } = *sent;
        let told = Told { system: SYSTEM, operation, method, path, word, outcome, elapsed };
        self.audience().tell(&told, || sent.shown());
        result
    }

    fn headers(&self, token: Option<&SecretString>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(API_VERSION, self.api_version.clone());
        if let Some(token) = token
            && let Ok(mut value) = HeaderValue::from_str(token.expose_secret())
        {
            value.set_sensitive(true);
            headers.insert(AUTH_TOKEN, value);
        }
        headers
    }
}

fn refused(call: &Call, cause: Cause, text: &str) -> RemoteError {
    let text = match (cause, call.permission) {
        (Cause::Forbidden, Some(permission)) => {
            format!("the session's user lacks the permission {permission} ({text})")
        }
        (Cause::Forbidden, None) => format!("the session's user lacks a permission ({text})"),
        (Cause::Unsupported, _) => {
            format!("the system does not serve the configured API version ({text})")
        }
        _ => format!("the system refuses: {text}"),
    };
    failure(call.operation, cause, text)
}
