//! Logging in and out, being let in, and one's own password.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::envelope::{self, Done, Failure, Outcome};
use super::request::{Request, Resource};
use super::state::{Caller, State};

/// The version that serves who asks for `current`.
const CURRENT_VERSION: &str = "3.7.16";

impl State {
    pub(super) fn log_in(&mut self, request: &Request) -> Answer {
        let job = self.next_job();
        match self.try_log_in(request) {
            Ok((token, version)) => {
                let data = json!({"token": token, "version": version});
                let done = Done::new("login: Login successful", data);
                let opened = self.label(&token).map(str::to_owned);
                Answer { opened, ..Answer::success(&done.into_envelope(job)) }
            }
            Err(failure) => self.fail_as(failure, job),
        }
    }

    fn try_log_in(&mut self, request: &Request) -> Result<(String, String), Failure> {
        let version = self.check_form(request)?;
        let arguments = request.arguments()?;
        let names = ["customer_name", "user_name", "password"];
        let missing: Vec<_> =
            names.into_iter().filter(|name| !arguments.contains_key(*name)).collect();
        if !missing.is_empty() {
            return Err(Failure::missing(self.switches.missing_data_status, &missing));
        }
        let [customer, user_name, password] =
            names.map(|name| arguments.get(name).and_then(Value::as_str).unwrap_or_default());
        match self.accounts.user(customer, user_name) {
            Some(user) if user.password == password => {
                Ok((self.open_session(customer, user_name, request.peer), version))
            }
            _ => Err(Failure::login()),
        }
    }

    /// Establishes who makes the request and that the session is free for it.
    pub(super) fn admit(&mut self, request: &Request) -> Result<Caller, Box<Answer>> {
        self.try_admit(request).map_err(|failure| Box::new(self.fail(failure)))
    }

    fn try_admit(&mut self, request: &Request) -> Result<Caller, Failure> {
        self.check_form(request)?;
        let token = request.token().ok_or_else(Failure::no_token)?;
        let dead = || Failure::session(envelope::BAD_OR_EXPIRED);
        let session = self.sessions.get_mut(token).ok_or_else(dead)?;
        if is_over(session.opened, self.now, self.switches.lifetime_seconds) {
            self.sessions.remove(token);
            return Err(dead());
        }
        if is_over(session.used, self.now, self.switches.inactivity_seconds) {
            self.sessions.remove(token);
            return Err(Failure::session(envelope::INACTIVITY));
        }
        if self.switches.pin_source_address && session.peer != request.peer {
            return Err(Failure::session(envelope::OTHER_ADDRESS));
        }
        // This request is one of those in flight.
        let polls_its_job =
            session.job.is_none_or(|id| request.resource() == Resource::Job(Some(id)));
        if session.in_flight > 1 || !polls_its_job {
            return Err(Failure::busy());
        }
        session.used = self.now;
        let (customer, user_name) = (session.customer.clone(), session.user_name.clone());
        let label = self.label(token).unwrap_or_default().to_owned();
        Ok(Caller { token: token.to_owned(), label, customer, user_name })
    }

    /// Checks the headers and returns the version that serves the request.
    fn check_form(&self, request: &Request) -> Result<String, Failure> {
        let content_type = request.header("content-type").unwrap_or_default();
        let media_type = content_type.split(';').next().unwrap_or_default().trim();
        if self.switches.strict_content_type && !media_type.eq_ignore_ascii_case("application/json")
        {
            let info = "content-type: The Content-Type HTTP header must be application/json";
            return Err(Failure::new(400, "INVALID_REQUEST", info));
        }
        match request.header("api-version") {
            None | Some("current") => Ok(CURRENT_VERSION.to_owned()),
            Some(version) if is_version(version) => Ok(version.to_owned()),
            Some(_) => Err(Failure::new(400, "INVALID_VERSION", "version: No such API version")),
        }
    }

    pub(super) fn is_alive() -> Done {
        Done::new("isalive: User session is still active", json!({}))
    }

    /// Being admitted is what keeps a session alive.
    pub(super) fn keep_alive() -> Done {
        Done::new("keepalive: User session has been extended", json!({}))
    }

    pub(super) fn log_out(&mut self, caller: &Caller) -> Done {
        self.sessions.remove(&caller.token);
        Done::new("logout: Logout successful", json!({}))
    }

    pub(super) fn set_own_password(
        &mut self,
        arguments: &Map<String, Value>,
        caller: &Caller,
    ) -> Outcome {
        let missing = self.switches.missing_data_status;
        let password =
            arguments.get("password").ok_or_else(|| Failure::missing(missing, &["password"]))?;
        let password = password
            .as_str()
            .filter(|password| !password.is_empty())
            .ok_or_else(|| Failure::invalid("password: A password is expected"))?;
        let user_name = &caller.user_name;
        let user = self
            .accounts
            .user_mut(&caller.customer, user_name)
            .ok_or_else(|| Failure::not_found("user_name: No such user"))?;
        password.clone_into(&mut user.password);
        let record = json!({
            "user_name": user_name, "nickname": user_name, "status": "active", "group_name": [],
            "first_name": "", "last_name": "", "email": "", "organization": "", "phone": "",
            "address": "", "address_2": "", "city": "", "country": "", "post_code": "", "fax": "",
            "notify_email": "", "pager_email": "", "website": "",
        });
        Ok(Done::new("update: Done", record))
    }
}

fn is_over(since: Timestamp, now: Timestamp, limit: Option<u64>) -> bool {
    let passed = u64::try_from(now.duration_since(since).as_secs()).unwrap_or(0);
    limit.is_some_and(|limit| passed >= limit)
}

fn is_version(version: &str) -> bool {
    version.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
}
