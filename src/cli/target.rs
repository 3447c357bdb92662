//! From the input to what can be planned: each session with a client, each object with its secrets.

mod account;
mod claims;
mod group;
mod session;

pub use group::{AnyGroup, Ground, Members};

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Result;
use jiff::Timestamp;

use super::accounts;
use super::input::{ConfigMapDocument, Input, InputErrors, Loaded, Origin, Problem};
use super::output_secrets::OutputSecrets;
use super::secrets::Secrets;
use super::state::State;
use crate::kinds::api_session::{
    ApiSession, ApiSessionSpec, Connection, CteraPortalSystem, DeletionGuard, SystemClient,
    request_limits,
};
use crate::plan::ObjectName;
use crate::remote::Budget;
use crate::sync::{self, Sessions};

/// What a run is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The accounts are to be as declared.
    Keep,
    /// The objects are to go. Takes less than keeping them: no password is looked up.
    Remove,
}

/// One session and the objects that use it.
pub struct Target {
    pub session: Session,
    /// The objects of each kind that its system has; never none.
    pub groups: Vec<Box<dyn AnyGroup>>,
}

/// What every object that uses a session has to know of it.
#[derive(Debug)]
pub struct Session {
    pub name: ObjectName,
    /// The account space: system, endpoint and customer. Two sessions may share one; accounts are unique in it.
    pub space: String,
    pub system: Arc<SystemClient>,
    pub read_only: bool,
    pub guard: DeletionGuard,
    /// The system is to apply what was written.
    pub applies_changes: bool,
}

/// The sessions that are open, one per login.
pub type OpenSessions = Sessions<(String, String), SystemClient>;

impl sync::Session for SystemClient {
    async fn close(&self) {
        self.logout().await;
    }
}

/// What resolving needs to know besides the input.
pub struct Resolver<'a> {
    pub secrets: &'a Secrets<'a>,
    pub config_maps: &'a [Loaded<ConfigMapDocument>],
    pub output: &'a OutputSecrets,
    pub state: &'a State,
    pub purpose: Purpose,
    /// The run may write; without it, nothing is changed anywhere, not even the session's own password.
    pub writes: bool,
    pub now: Timestamp,
}

/// Everything to plan, and what a person should know about what is left out.
pub struct Targets {
    pub targets: Vec<Target>,
    pub notices: Vec<String>,
}

/// What came up while objects were resolved.
#[derive(Default)]
pub struct Found {
    notices: Vec<String>,
    problems: Vec<Problem>,
    /// The output Secrets by namespace and name, each with the object that it is for.
    outputs: BTreeMap<(String, String), ObjectName>,
}

impl Resolver<'_> {
    /// Resolves every session and object. The error holds everything that is wrong; no request is made before all is
    /// right.
    pub async fn resolve(&self, input: &Input, open: &OpenSessions) -> Result<Targets> {
        let mut found = Found::default();
        let mut targets = self.sessions(&input.sessions, open, &mut found).await;
        for kind in accounts::all() {
            kind.resolve(self, input, &mut targets, &mut found);
        }
        targets.retain(|target| !target.groups.is_empty());
        let Found { notices, problems, outputs: _ } = found;
        InputErrors::check(problems)?;
        Ok(Targets { targets, notices })
    }

    /// Every session that can be used, without its objects.
    async fn sessions(
        &self,
        sessions: &[Loaded<ApiSession>],
        open: &OpenSessions,
        found: &mut Found,
    ) -> Vec<Target> {
        let mut targets = Vec::new();
        let budgets = budgets(sessions);
        for loaded in sessions {
            let name = object_name("ApiSession", &loaded.object.metadata);
            let spec = &loaded.object.spec;
            if spec.is_suspended() {
                found.notices.push(format!("{name} is suspended; nothing is done through it"));
                continue;
            }
            found.notices.extend(spec.notices().iter().map(|notice| format!("{name} {notice}")));
            let Connection { space, login, client } = match self.connection(loaded) {
                Ok(connection) => connection,
                Err(problem) => {
                    found.problems.push(problem);
                    continue;
                }
            };
            let budget = budgets.get(&space).cloned().unwrap_or_else(|| budget([spec]));
            let login = (space.clone(), login);
            let system = match open.get(login, || SystemClient::open(client, budget)).await {
                Ok(system) => system,
                Err(error) => {
                    found.problems.push(loaded.origin.problem("spec", error.to_string()));
                    continue;
                }
            };
            let (read_only, guard) = (spec.is_read_only(), spec.deletion_guard());
            let applies_changes =
                spec.ctera_portal.as_ref().is_some_and(CteraPortalSystem::applies_changes);
            let session = Session { name, space, system, read_only, guard, applies_changes };
            targets.push(Target { session, groups: Vec::new() });
        }
        targets
    }
}

/// One budget per account space: the limit is the customer's, whoever calls.
fn budgets(sessions: &[Loaded<ApiSession>]) -> BTreeMap<String, Arc<Budget>> {
    let mut spaces: BTreeMap<String, Vec<&ApiSessionSpec>> = BTreeMap::new();
    for spec in sessions.iter().map(|loaded| &loaded.object.spec) {
        if let Some(space) = spec.space() {
            spaces.entry(space).or_default().push(spec);
        }
    }
    spaces.into_iter().map(|(space, specs)| (space, budget(specs))).collect()
}

fn budget<'s>(specs: impl IntoIterator<Item = &'s ApiSessionSpec>) -> Arc<Budget> {
    Arc::new(Budget::new(request_limits(specs)))
}

/// The loader gives every object a name and a namespace.
fn object_name(kind: &'static str, metadata: &kube::core::ObjectMeta) -> ObjectName {
    ObjectName {
        kind,
        namespace: metadata.namespace.clone().unwrap_or_default(),
        name: metadata.name.clone().unwrap_or_default(),
    }
}

/// A problem of a secret that is missing, with what to do.
fn missing(secrets: &Secrets<'_>, origin: &Origin, path: &str, what: String) -> Problem {
    origin.problem(path, what).help(secrets.remedy())
}
