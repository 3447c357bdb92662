//! The reconcile of `ApiSession`: what is open is what is declared, and the status says how it is doing.

mod guard;
mod history;
mod memory;
mod removal;
mod say;
mod store;
mod values;

pub(super) use memory::SessionMemories;

use std::sync::Arc;
use std::time::Duration;

use kube::Resource;
use kube::runtime::controller::Action;
use tokio::time::Instant;

use super::error::Error;
use super::names::Name;
use super::sessions::OpenSession;
use super::shared::Shared;
use super::stored::has_finalizer;
use crate::kinds::api_session::{
    ApiSession, ConnectionOptions, ConnectionProblem, CteraPortalSystem, SystemClient,
    request_limits,
};
use crate::plan::Reason;
use crate::remote::Retry;
use crate::sync::{RemovalGuard, Settings};
use values::FetchedValues;

/// Objects may use the session, and something is owed to their accounts.
pub(super) const FINALIZER: &str = "roster.rs/in-use";

/// The word for a session in metrics.
const KIND: &str = "ApiSession";

/// How often a session is looked at whose certificates are in a `ConfigMap`: nobody tells when it changes.
const CONFIG_MAP_INTERVAL: Duration = Duration::from_mins(5);

/// How long an open session outlives its Secret.
const MISSING_GRACE: Duration = Duration::from_secs(30);

/// One session, for the time of one reconcile.
struct Turn<'s> {
    shared: &'s Arc<Shared>,
    name: Name,
    session: Arc<ApiSession>,
}

/// How the session stands after it was looked at.
enum Outcome {
    Open(Arc<OpenSession>),
    /// It is open, but what it was made from is gone. If that does not come back in this time, it is closed.
    Missing {
        what: String,
        left: Duration,
    },
    /// It cannot be used; whether it will be by itself.
    Closed {
        reason: Reason,
        message: String,
        permanent: bool,
    },
}

/// Opens, keeps or closes the session as it is declared.
pub(super) async fn reconcile(
    shared: &Arc<Shared>,
    session: Arc<ApiSession>,
) -> Result<Action, Error> {
    let name = Name::of(&*session);
    if !shared.shard.serves(&name) {
        return Ok(Action::await_change());
    }
    let session = store::newest(shared, &name, session);
    let turn = Turn { shared, name, session };
    if turn.session.meta().deletion_timestamp.is_some() {
        return turn.remove().await;
    }
    turn.keep().await
}

impl Turn<'_> {
    async fn keep(mut self) -> Result<Action, Error> {
        if !has_finalizer(&*self.session, FINALIZER) {
            self.session = store::add_finalizer(self.shared, &self.session).await?;
        }
        let outcome = self.stand().await?;
        self.tell_accounts();
        match outcome {
            Outcome::Open(open) => {
                let next = self.say_open(&open).await?;
                let history = history::keep(self.shared, &self.session, &open).await?;
                let times = [next, history, self.look_again(&open)];
                Ok(times
                    .into_iter()
                    .flatten()
                    .min()
                    .map_or_else(Action::await_change, Action::requeue))
            }
            Outcome::Missing { what, left } => {
                self.say_closed(Reason::SecretMissing, &what, false).await?;
                Ok(Action::requeue(left))
            }
            Outcome::Closed { reason, message, permanent } => {
                self.say_closed(reason, &message, permanent).await?;
                Ok(Action::await_change())
            }
        }
    }

    /// Makes what is open as it is declared.
    async fn stand(&self) -> Result<Outcome, Error> {
        let spec = &self.session.spec;
        if spec.is_suspended() {
            let message = "spec.suspend is true; no call is made through the session".to_owned();
            return self.close(Reason::Suspended, message, true).await;
        }
        let namespace = &self.name.namespace;
        let values = FetchedValues::fetch(&self.shared.secrets, namespace, spec).await?;
        let options = ConnectionOptions {
            keeps_own_password: spec.is_read_only(),
            history_limit: spec
                .history
                .as_ref()
                .and_then(|history| history.limit)
                .map_or(0, usize::from),
            observer: Some(Arc::new(self.shared.metrics.clone())),
        };
        let connection = match spec.connection(&values, options) {
            Ok(connection) => connection,
            Err(problem) => return self.refuse(problem).await,
        };
        self.shared.memories.of(&self.name, |memory| memory.missing_since = None);
        let limit = self.lowest_limit(&connection.space);
        let made_from = self.made_from(&values, limit.get());
        if let Some(open) = self.shared.sessions.open_from(&self.name, &made_from) {
            self.adjust(&open);
            if open.serve_only_removals(false) {
                self.wake_accounts();
            }
            self.log_in_again(&open).await;
            return Ok(Outcome::Open(open));
        }
        let before = self.shared.sessions.open(&self.name);
        if let Some(before) = &before {
            // One login at a time: what is under way ends before the new client begins.
            before.close().await;
        }
        let budget = self.shared.sessions.budget(&connection.space, limit);
        let system = match SystemClient::open(connection.client, budget) {
            Ok(system) => system,
            Err(error) => {
                return self.close(Reason::Invalid, super::error::chain(&error), true).await;
            }
        };
        let limit = self.removal_limit();
        let guard = match before {
            // With what was counted and is perhaps not in the status yet.
            Some(before) => Arc::clone(&before.guard),
            None => Arc::new(RemovalGuard::new(limit, guard::earlier_removals(&self.session))),
        };
        guard.set_limit(limit);
        let applies = spec.ctera_portal.as_ref().is_some_and(CteraPortalSystem::applies_changes);
        let provisioning = (applies && !spec.is_read_only())
            .then(|| self.shared.sessions.provisionings.of(&connection.space));
        let open = OpenSession::new(
            self.name.clone(),
            connection.space,
            system,
            guard,
            self.settings(),
            self.shared.sessions.next_incarnation(),
            self.shared.stop.child_token(),
        );
        let open = Arc::new(open.with_provisioning(provisioning));
        self.shared.sessions.put_open(&open, made_from);
        self.follow_changes(&open);
        if spec.logs_in_at_once()
            && let Err(error) = open.system.login().await
        {
            open.failed(Arc::new(error));
        }
        self.wake_accounts();
        Ok(Outcome::Open(open))
    }

    /// Has the portal apply what is written, as long as the session is open.
    fn follow_changes(&self, open: &Arc<OpenSession>) {
        let (Some(provisioning), SystemClient::CteraPortal(client)) =
            (&open.provisioning, &open.system)
        else {
            return;
        };
        let (provisioning, client) = (Arc::clone(provisioning), Arc::clone(client));
        let (shared, name) = (Arc::clone(self.shared), self.name.clone());
        let follow = async move {
            provisioning.follow(&client, |_| shared.wake_session(&name)).await;
        };
        open.tasks.spawn(open.stop.clone().run_until_cancelled_owned(follow));
    }

    /// A login that failed for a passing reason is tried again here, unless accounts do so anyway.
    async fn log_in_again(&self, open: &OpenSession) {
        let health = open.health();
        let passing = health.failure.as_ref().is_some_and(|error| match error.retry() {
            Retry::Backoff | Retry::After(_) | Retry::Slowly | Retry::AfterLooking => true,
            Retry::WhenChanged | Retry::WhenCredentialsChange => false,
        });
        if !passing || !self.session.spec.logs_in_at_once() || open.is_used() {
            return;
        }
        match open.system.login().await {
            Ok(()) => open.recovered(),
            Err(error) => open.failed(Arc::new(error)),
        }
    }

    /// The declared limits of an open session.
    fn adjust(&self, open: &OpenSession) {
        let settings = self.settings();
        open.settings.send_if_modified(|before| {
            let differs = *before != settings;
            *before = settings;
            differs
        });
        open.guard.set_limit(self.removal_limit());
    }

    fn settings(&self) -> Settings {
        let spec = &self.session.spec;
        Settings { read_only: spec.is_read_only(), resync_interval: spec.resync_interval() }
    }

    /// The least limit that any session of the account space declares holds for all of them.
    fn lowest_limit(&self, space: &str) -> std::num::NonZeroU32 {
        let others = self.shared.all_sessions();
        let specs = others.iter().filter_map(|other| Some(&other.0.as_ref().ok()?.spec));
        let same = specs.filter(|other| other.space().as_deref() == Some(space));
        request_limits(same.chain([&self.session.spec])).requests_per_minute
    }

    /// A value is missing or wrong. When a session is deleted together with its accounts and its Secret, the Secret goes
    /// first, for it waits for nobody: so the session stays open for removals until it is clear that it stays itself.
    async fn refuse(&self, problem: ConnectionProblem) -> Result<Outcome, Error> {
        if problem.missing
            && let Some(open) = self.shared.sessions.open(&self.name)
        {
            let since = self
                .shared
                .memories
                .of(&self.name, |memory| *memory.missing_since.get_or_insert_with(Instant::now));
            if let Some(left) = MISSING_GRACE.checked_sub(since.elapsed()) {
                open.serve_only_removals(true);
                return Ok(Outcome::Missing { what: problem.to_string(), left });
            }
        }
        let (reason, permanent) =
            if problem.missing { (Reason::SecretMissing, false) } else { (Reason::Invalid, true) };
        self.close(reason, problem.to_string(), permanent).await
    }

    async fn close(
        &self,
        reason: Reason,
        message: String,
        permanent: bool,
    ) -> Result<Outcome, Error> {
        let before = self.shared.sessions.put_closed(&self.name, reason);
        if let Some(before) = before {
            before.close().await;
            self.wake_accounts();
        }
        Ok(Outcome::Closed { reason, message, permanent })
    }

    /// Accounts depend on what the session allows and on its defaults.
    fn tell_accounts(&self) {
        let generation = self.session.meta().generation;
        let told = self
            .shared
            .memories
            .of(&self.name, |memory| std::mem::replace(&mut memory.told, generation));
        if told != generation {
            self.wake_accounts();
        }
    }

    fn wake_accounts(&self) {
        for kind in self.shared.kinds() {
            kind.wake_session(&self.name);
        }
    }

    /// When to look again without being told.
    fn look_again(&self, open: &OpenSession) -> Option<Duration> {
        let failed = open.health().failure.and_then(|error| match error.retry() {
            Retry::Backoff | Retry::AfterLooking => Some(Duration::from_secs(30)),
            Retry::After(wait) => Some(wait),
            Retry::Slowly => Some(CONFIG_MAP_INTERVAL),
            Retry::WhenChanged | Retry::WhenCredentialsChange => None,
        });
        let references = self.session.spec.references();
        let config_map = references
            .iter()
            .any(|(kind, _)| *kind == crate::kinds::common::BundleKind::ConfigMap)
            .then_some(CONFIG_MAP_INTERVAL);
        failed.into_iter().chain(config_map).min()
    }
}
