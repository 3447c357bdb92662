//! All that the simulated service knows.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use super::accounts::Accounts;
use super::answer::Answer;
use super::envelope::{Envelope, Failure};
use super::fault_kind::FaultKind;
use super::faults::Fault;
use super::jobs::Jobs;
use super::limits::Limits;
use super::request::Request;
use super::switches::Switches;
use crate::sim::faults::Faults;
use crate::sim::seed::CustomerSeed;

/// Random bytes in a token: in base64, the 172 characters of those that were recorded.
const TOKEN_BYTES: usize = 129;

/// The first `job_id`: above 2^31 and 2^32, as recorded ones are above 2^31.
const FIRST_JOB: u64 = 5_012_345_601;

pub(super) struct State {
    /// Set at each arrival; the time does not pass while a request is decided.
    pub(super) now: Timestamp,
    pub(super) accounts: Accounts,
    pub(super) sessions: HashMap<String, Session>,
    /// The name of each token there ever was.
    labels: HashMap<String, String>,
    pub(super) jobs: Jobs,
    pub(super) limits: Limits,
    pub(super) faults: Faults<FaultKind>,
    pub(super) switches: Switches,
    next_job: u64,
}

pub(super) struct Session {
    pub(super) customer: String,
    pub(super) user_name: String,
    pub(super) peer: IpAddr,
    pub(super) opened: Timestamp,
    pub(super) used: Timestamp,
    /// Requests that have arrived and are not answered.
    pub(super) in_flight: u32,
    /// The job that is not finished.
    pub(super) job: Option<u64>,
}

/// Who makes a request, once that is established.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub(super) token: String,
    /// The session's name in journal and ledger.
    pub(super) label: String,
    pub(super) customer: String,
    pub(super) user_name: String,
}

impl State {
    pub(super) fn new(seed: &BTreeMap<String, CustomerSeed>, now: Timestamp) -> State {
        State {
            now,
            accounts: Accounts::new(seed, now),
            sessions: HashMap::new(),
            labels: HashMap::new(),
            jobs: Jobs::default(),
            limits: Limits::default(),
            faults: Faults::default(),
            switches: Switches::default(),
            next_job: FIRST_JOB,
        }
    }

    pub(super) fn open_session(&mut self, customer: &str, user_name: &str, peer: IpAddr) -> String {
        let token = STANDARD.encode(rand::random::<[u8; TOKEN_BYTES]>());
        let label = format!("session-{}", self.labels.len() + 1);
        self.labels.insert(token.clone(), label);
        let session = Session {
            customer: customer.to_owned(),
            user_name: user_name.to_owned(),
            peer,
            opened: self.now,
            used: self.now,
            in_flight: 0,
            job: None,
        };
        self.sessions.insert(token.clone(), session);
        token
    }

    pub(super) fn label(&self, token: &str) -> Option<&str> {
        self.labels.get(token).map(String::as_str)
    }

    pub(super) fn next_job(&mut self) -> u64 {
        let id = self.next_job;
        self.next_job += 1;
        id
    }

    /// The customer whose budget a request uses up.
    pub(super) fn customer_of(&self, request: &Request) -> Option<String> {
        if request.is_login() {
            let arguments = request.arguments().ok()?;
            let customer = arguments.get("customer_name")?.as_str()?;
            return self.accounts.customer(customer).map(|_| customer.to_owned());
        }
        let session = self.sessions.get(request.token()?)?;
        Some(session.customer.clone())
    }

    pub(super) fn take_fault(&mut self, request: &Request) -> Option<Fault> {
        let alive = request.token().is_some_and(|token| self.sessions.contains_key(token));
        self.faults.take(|fault| fault.hits(request, alive))
    }

    pub(super) fn fail(&mut self, failure: Failure) -> Answer {
        let job = self.next_job();
        self.fail_as(failure, job)
    }

    pub(super) fn fail_as(&self, mut failure: Failure, job: u64) -> Answer {
        if self.switches.failures_with_status_200 {
            failure.http = 200;
        }
        Answer::failure(failure, job)
    }

    /// Serves a request without any fault.
    pub(super) fn serve(&mut self, request: &Request) -> Answer {
        if request.is_login() {
            return self.log_in(request);
        }
        match self.admit(request) {
            Ok(caller) => self.execute(request, &caller),
            Err(refused) => *refused,
        }
    }

    /// Executes an admitted request.
    pub(super) fn execute(&mut self, request: &Request, caller: &Caller) -> Answer {
        if let Some(answer) = self.poll(request, caller) {
            return answer;
        }
        let job = self.next_job();
        let arguments = match request.arguments() {
            Ok(arguments) => arguments,
            Err(failure) => return self.fail_as(failure, job),
        };
        match self.route(request, &arguments, caller) {
            Ok(done) => Answer::success(&done.into_envelope(job)),
            Err(failure) => Answer { executed: true, ..self.fail_as(failure, job) },
        }
    }

    /// Executes an admitted request as the job that has this number.
    pub(super) fn execute_as(&mut self, request: &Request, caller: &Caller, job: u64) -> Envelope {
        let arguments = request.arguments();
        match arguments.and_then(|arguments| self.route(request, &arguments, caller)) {
            Ok(done) => done.into_envelope(job),
            Err(failure) => failure.into_envelope(job),
        }
    }
}
