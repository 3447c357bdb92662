//! All that the simulated portal knows.

use std::collections::HashMap;

use jiff::Timestamp;

use super::answer::Answer;
use super::failure::Failure;
use super::fault_kind::FaultKind;
use super::faults::Fault;
use super::node::Node;
use super::portal::{GLOBAL, Portal};
use super::request::{Context, Request, Resource};
use super::rights::Right;
use super::seed::PortalSeed;
use super::switches::Switches;
use super::tasks::Tasks;
use crate::sim::faults::Faults;

pub(super) struct State {
    /// Set at each arrival; the time does not pass while a request is decided.
    pub(super) now: Timestamp,
    pub(super) portal: Portal,
    /// By the value of their cookie.
    pub(super) sessions: HashMap<String, Session>,
    /// The name of each session there ever was.
    pub(super) labels: HashMap<String, String>,
    pub(super) tasks: Tasks,
    pub(super) faults: Faults<FaultKind>,
    pub(super) switches: Switches,
}

pub(super) struct Session {
    /// The uid of whom it belongs to.
    pub(super) user: u64,
    pub(super) context: Context,
    /// Empty for the global context.
    pub(super) tenant: String,
    pub(super) used: Timestamp,
    /// Requests that have arrived and are not answered.
    pub(super) in_flight: u32,
}

/// Who makes a request, once that is established.
pub(super) struct Caller {
    /// The value of the session's cookie.
    pub(super) session: String,
    /// The session's name in journal and ledger.
    pub(super) label: String,
    pub(super) user: u64,
    /// Where the user is: its tenant, or empty for the global context.
    pub(super) home: String,
    pub(super) role: Option<String>,
    /// The tenant that the session has selected; empty for the global context.
    pub(super) tenant: String,
}

/// What an executed request answers: a body, which may be empty.
pub(super) type Outcome = Result<Node, Failure>;

impl State {
    pub(super) fn new(seed: &PortalSeed, now: Timestamp) -> State {
        State {
            now,
            portal: Portal::new(seed, now),
            sessions: HashMap::new(),
            labels: HashMap::new(),
            tasks: Tasks::default(),
            faults: Faults::default(),
            switches: Switches::default(),
        }
    }

    /// Takes the next fault that hits this request.
    pub(super) fn take_fault(&mut self, request: &Request) -> Option<Fault> {
        self.faults.take(|fault| fault.hits(request))
    }

    /// Serves a request without any fault.
    pub(super) fn serve(&mut self, request: &Request) -> Answer {
        match request.resource() {
            Resource::Startup => State::startup(),
            Resource::PublicInfo => State::public_info(),
            Resource::Page => Answer::html(200, "page", "Log in"),
            Resource::Login => self.log_in(request),
            Resource::Unknown if request.context().is_none() => {
                Answer::html(404, "failure:not-found", "Not Found")
            }
            resource => match self.admit(request) {
                Some(caller) => self.answer_to(request, resource, &caller),
                None => self.refuse_dead_session(request),
            },
        }
    }

    fn answer_to(&mut self, request: &Request, resource: Resource, caller: &Caller) -> Answer {
        let is_session = resource == Resource::CurrentSession;
        match self.execute(request, resource, caller) {
            Ok(body) if is_session => State::with_token(Answer::success(&body), caller),
            Ok(body) => Answer::success(&body),
            Err(failure) => Answer { executed: true, ..Answer::failure(&failure) },
        }
    }

    /// Whether the caller has this right. What counts are the settings where the caller is from.
    pub(super) fn grant(&self, caller: &Caller, right: Right) -> Result<(), Failure> {
        let tenant = self.portal.tenant(&caller.home);
        let tenant = tenant.ok_or_else(|| Failure::forbidden("your tenant is gone"))?;
        tenant.roles.grant(caller.role.as_deref(), right)
    }
}

impl Caller {
    /// Whether it acts on the portal as a whole.
    pub(super) fn is_global(&self) -> bool {
        self.tenant == GLOBAL
    }
}
