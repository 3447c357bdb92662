//! From the input to what can be planned: each session with a client, each object with its secrets.

mod session;
mod update_user;

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Result;
use jiff::Timestamp;

use super::input::{ConfigMapDocument, Input, InputErrors, Loaded, Origin, Problem};
use super::output_secrets::OutputSecrets;
use super::secrets::Secrets;
use super::state::State;
use crate::kinds::AccountResource;
use crate::kinds::api_session::{
    ApiSession, ApiSessionSpec, Connection, DeletionGuard, SystemClient, request_limits,
};
use crate::kinds::common::Keeping;
use crate::kinds::update_user::{UpdateUser, UpdateUserAccount};
use crate::plan::{Declared, ObjectName};
use crate::remote::Budget;
use crate::sync::{Session, Sessions};
use crate::systems::dynect::Client;

/// What a run is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The accounts are to be as declared.
    Keep,
    /// The objects are to go. Takes less than keeping them: no password is looked up.
    Remove,
}

/// One session and the objects that use it.
#[derive(Debug)]
pub struct Target {
    pub session: ObjectName,
    /// The account space: system, endpoint and customer. Two sessions may share one; accounts are unique in it.
    pub space: String,
    pub client: Arc<Client>,
    pub read_only: bool,
    pub guard: DeletionGuard,
    pub declared: Vec<Declared<UpdateUserAccount>>,
    /// What is to be kept of each object's credentials.
    pub keeping: BTreeMap<ObjectName, Keeping>,
    /// The nickname that each object declares.
    pub nicknames: BTreeMap<ObjectName, String>,
}

/// The sessions that are open, one per login.
pub type OpenSessions = Sessions<(String, String), SystemClient>;

impl Session for SystemClient {
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

impl Resolver<'_> {
    /// Resolves every session and object. The error holds everything that is wrong; no request is made before all is
    /// right.
    pub async fn resolve(&self, input: &Input, open: &OpenSessions) -> Result<Targets> {
        let mut problems = Vec::new();
        let mut targets = Vec::new();
        let mut notices = Vec::new();
        let budgets = budgets(&input.sessions);
        for loaded in &input.sessions {
            let name = object_name("ApiSession", &loaded.object.metadata);
            if loaded.object.spec.is_suspended() {
                notices.push(format!("{name} is suspended; nothing is done through it"));
                continue;
            }
            let spec = &loaded.object.spec;
            notices.extend(spec.notices().iter().map(|notice| format!("{name} {notice}")));
            match self.connection(loaded) {
                Ok(connection) => {
                    let Connection { space, login, client } = connection;
                    let budget = budgets.get(&space).cloned().unwrap_or_else(|| budget([spec]));
                    let login = (space.clone(), login);
                    let opened = open.get(login, || SystemClient::open(client, budget)).await;
                    let client = match opened {
                        Ok(client) => client,
                        Err(error) => {
                            problems.push(loaded.origin.problem("spec", error.to_string()));
                            continue;
                        }
                    };
                    // A session for another system has no update users.
                    let Some(client) = UpdateUser::client(&client) else { continue };
                    targets.push(Target {
                        session: name,
                        space,
                        client,
                        read_only: spec.is_read_only(),
                        guard: spec.deletion_guard(),
                        declared: Vec::new(),
                        keeping: BTreeMap::new(),
                        nicknames: BTreeMap::new(),
                    });
                }
                Err(problem) => problems.push(problem),
            }
        }
        for loaded in &input.update_users {
            self.update_user(loaded, input, &mut targets, &mut notices, &mut problems);
        }
        problems.extend(update_user::claimed_twice(&input.update_users, &targets));
        InputErrors::check(problems)?;
        Ok(Targets { targets, notices })
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
