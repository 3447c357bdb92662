//! From the input to what can be planned: each session with a client, each object with its secrets.

mod session;
mod update_user;

pub use update_user::{Keeping, Source};

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;

use anyhow::Result;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};

use super::input::{ConfigMapDocument, Input, InputErrors, Loaded, Origin, Problem};
use super::output_secrets::OutputSecrets;
use super::secrets::Secrets;
use super::state::State;
use crate::kinds::api_session::{ApiSession, DeletionGuard};
use crate::kinds::update_user::UpdateUserAccount;
use crate::plan::{Declared, ObjectName};
use crate::remote::{Budget, BudgetLimits};
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
pub type OpenSessions = Sessions<(String, String), Client>;

impl Session for Client {
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
            notices.extend(session::notices(&name, &loaded.object.spec));
            match self.connection(loaded) {
                Ok(connection) => {
                    let space = connection.space.clone();
                    let budget = budgets.get(&space).cloned().unwrap_or_else(|| budget(None));
                    let login = (space.clone(), connection.config.user_name.clone());
                    let config = connection.config;
                    let client = match open.get(login, || Client::new(config, budget)).await {
                        Ok(client) => client,
                        Err(error) => {
                            problems.push(loaded.origin.problem("spec", error.to_string()));
                            continue;
                        }
                    };
                    targets.push(Target {
                        session: name,
                        space,
                        client,
                        read_only: loaded.object.spec.is_read_only(),
                        guard: loaded.object.spec.deletion_guard(),
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

/// One budget per account space: the limit is the customer's, whoever calls. The lowest declared one counts.
fn budgets(sessions: &[Loaded<ApiSession>]) -> BTreeMap<String, Arc<Budget>> {
    let mut limits: BTreeMap<String, Option<u32>> = BTreeMap::new();
    for loaded in sessions {
        let Some(space) = session::space(&loaded.object.spec) else { continue };
        let declared =
            loaded.object.spec.request_budget.as_ref().and_then(|b| b.requests_per_minute);
        let limit = limits.entry(space).or_default();
        *limit = (*limit).into_iter().chain(declared).min();
    }
    limits.into_iter().map(|(space, limit)| (space, budget(limit))).collect()
}

/// The vendor allows 300 requests a minute.
const REQUESTS_PER_MINUTE: NonZeroU32 = NonZeroU32::new(300).unwrap();

fn budget(requests_per_minute: Option<u32>) -> Arc<Budget> {
    let limit = requests_per_minute.and_then(NonZeroU32::new).unwrap_or(REQUESTS_PER_MINUTE);
    Arc::new(Budget::new(BudgetLimits { requests_per_minute: limit }))
}

/// The loader gives every object a name and a namespace.
fn object_name(kind: &'static str, metadata: &kube::core::ObjectMeta) -> ObjectName {
    ObjectName {
        kind,
        namespace: metadata.namespace.clone().unwrap_or_default(),
        name: metadata.name.clone().unwrap_or_default(),
    }
}

impl Resolver<'_> {
    /// A login name or password out of a Secret. A line break at its end is always a mistake, and one that the remote
    /// system would take for a part of the password.
    fn credential(
        &self,
        origin: &Origin,
        path: &str,
        namespace: &str,
        name: &str,
        key: &str,
    ) -> Result<SecretString, Problem> {
        let value = self.secrets.get(namespace, name, key);
        let value = value.map_err(|what| missing(self.secrets, origin, path, what))?;
        let wrong = match value.expose_secret() {
            "" => "is empty",
            text if text.ends_with('\n') => "ends with a line break; store it without one",
            _ => return Ok(value),
        };
        Err(origin.problem(path, format!("key `{key}` of Secret {namespace}/{name} {wrong}")))
    }
}

/// A problem of a secret that is missing, with what to do.
fn missing(secrets: &Secrets<'_>, origin: &Origin, path: &str, what: String) -> Problem {
    origin.problem(path, what).help(secrets.remedy())
}
