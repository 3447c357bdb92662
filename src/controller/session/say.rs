//! What the status of a session says.

use std::time::Duration;

use kube::Resource;

use super::store::write_status;
use super::{KIND, Turn, guard};
use crate::controller::conditions::{
    Progress, Status, Wanted, conditions, find, is_true, kind, progress, suspended,
};
use crate::controller::error::{Error, chain};
use crate::controller::index::Counts;
use crate::controller::sessions::{Health, OpenSession};
use crate::kinds::api_session::{AccountCounts, ApiSessionStatus, Inventory};
use crate::plan::Reason;
use crate::remote::{Cause, Retry};

/// Numbers alone are not written more often than this: they change with every account.
const NUMBERS_INTERVAL: Duration = Duration::from_secs(10);

impl Turn<'_> {
    /// Says how the open session is doing. Returns when to say it again, if that was put off.
    pub(super) async fn say_open(&self, open: &OpenSession) -> Result<Option<Duration>, Error> {
        let before = self.session.status.clone().unwrap_or_default();
        let health = open.health();
        let counts = self.count();
        let paused = self.shared.sessions.budget_of(&open.space).and_then(|b| b.paused_for());
        let (user, version) = (open.system.authenticated_as(), open.system.server_version());
        let status = ApiSessionStatus {
            observed_generation: self.session.meta().generation,
            conditions: conditions(
                &before.conditions,
                self.session.meta().generation,
                self.wanted(open, &health, &before, paused.is_some()),
            ),
            // A login that timed out is made again when it is needed; that is no news.
            authenticated_as: user.or(before.authenticated_as.clone()),
            server_version: version.or(before.server_version.clone()),
            permissions: open
                .system
                .known_permissions()
                .unwrap_or_else(|| before.permissions.clone()),
            accounts: Some(AccountCounts {
                total: counts.total,
                ready: counts.ready,
                drifted: counts.drifted,
            }),
            inventory: inventory(&health, counts.managed).or(before.inventory.clone()),
            applied_changes: open
                .provisioning
                .as_ref()
                .and_then(|provisioning| provisioning.last().or(before.applied_changes.clone())),
            blocked_deletions: Some(counts.blocked).filter(|blocked| *blocked > 0),
            recent_removals: guard::recent_removals(&open.guard, &before.recent_removals),
        };
        let said = self.shared.memories.of(&self.name, |memory| memory.said);
        if let Some(said) = said
            && said.elapsed() < NUMBERS_INTERVAL
            && only_numbers_differ(&before, &status, self.is_guarded())
        {
            return Ok(Some(NUMBERS_INTERVAL.saturating_sub(said.elapsed())));
        }
        let failed_before = !is_true(&before.conditions, kind::READY);
        if write_status(self.shared, &self.session, status).await? {
            self.tell(&health, failed_before).await;
        }
        Ok(paused)
    }

    /// Says why the session cannot be used.
    pub(super) async fn say_closed(
        &self,
        reason: Reason,
        message: &str,
        permanent: bool,
    ) -> Result<(), Error> {
        let counts = self.count();
        self.shared.metrics.session_is_up(&self.name.to_string(), false);
        let before = self.session.status.clone().unwrap_or_default();
        let generation = self.session.meta().generation;
        let wanted = |kind, status| Wanted { kind, status, reason, message: message.to_owned() };
        let not_authenticated = wanted(kind::AUTHENTICATED, Status::False);
        let is_suspended = reason == Reason::Suspended;
        let now = if is_suspended {
            let wanted = vec![not_authenticated, wanted(kind::SUSPENDED, Status::True)];
            suspended(&before.conditions, generation, wanted)
        } else {
            let how = if permanent { Progress::Stalled } else { Progress::Reconciling };
            let mut wanted = progress(how, reason, message);
            wanted.push(not_authenticated);
            conditions(&before.conditions, generation, wanted)
        };
        let accounts =
            AccountCounts { total: counts.total, ready: counts.ready, drifted: counts.drifted };
        let status = ApiSessionStatus {
            observed_generation: generation,
            conditions: now,
            authenticated_as: None,
            accounts: Some(accounts),
            ..before.clone()
        };
        let telling = if is_suspended { kind::SUSPENDED } else { kind::READY };
        let known = find(&before.conditions, telling)
            .is_some_and(|condition| condition.reason == reason.as_str());
        if write_status(self.shared, &self.session, status).await? && !known {
            if is_suspended {
                self.shared.events.normal(KIND, &*self.session, reason, message).await;
            } else {
                self.shared.events.warning(KIND, &*self.session, reason, message).await;
            }
        }
        Ok(())
    }

    /// Says why the session cannot go yet.
    pub(super) async fn say_in_use(&self, reason: Reason, message: &str) -> Result<(), Error> {
        let before = self.session.status.clone().unwrap_or_default();
        let generation = self.session.meta().generation;
        let mut wanted = progress(Progress::Reconciling, reason, message);
        wanted.push(Wanted {
            kind: kind::DELETION_BLOCKED,
            status: Status::True,
            reason,
            message: message.to_owned(),
        });
        let mut status = before.clone();
        // The example changes as accounts go; the first one said is as good as any other.
        if is_true(&before.conditions, kind::DELETION_BLOCKED) {
            return Ok(());
        }
        status.observed_generation = generation;
        status.conditions = conditions(&before.conditions, generation, wanted);
        write_status(self.shared, &self.session, status).await.map(drop)
    }

    fn wanted(
        &self,
        open: &OpenSession,
        health: &Health,
        before: &ApiSessionStatus,
        throttled: bool,
    ) -> Vec<Wanted> {
        let authenticated = |status, reason, message: &str| Wanted {
            kind: kind::AUTHENTICATED,
            status,
            reason,
            message: message.to_owned(),
        };
        self.shared.metrics.session_is_up(&self.name.to_string(), health.failure.is_none());
        let mut wanted = match &health.failure {
            Some(error) => {
                let how = match error.retry() {
                    Retry::WhenChanged | Retry::WhenCredentialsChange | Retry::Slowly => {
                        Progress::Stalled
                    }
                    Retry::Backoff | Retry::After(_) | Retry::AfterLooking => Progress::Reconciling,
                };
                let message = chain(&**error);
                let mut wanted = progress(how, error.reason(), &message);
                let login = if error.cause() == Cause::Unauthorized {
                    authenticated(Status::False, error.reason(), &message)
                } else {
                    match find(&before.conditions, kind::AUTHENTICATED) {
                        Some(known) if known.status == "True" => {
                            authenticated(Status::True, Reason::LoggedIn, "")
                        }
                        _ => authenticated(Status::Unknown, error.reason(), &message),
                    }
                };
                wanted.push(login);
                wanted
            }
            None if open.system.authenticated_as().is_some()
                || is_true(&before.conditions, kind::AUTHENTICATED) =>
            {
                let mut wanted =
                    progress(Progress::Ready, Reason::LoggedIn, Reason::LoggedIn.meaning());
                wanted.push(authenticated(Status::True, Reason::LoggedIn, ""));
                wanted
            }
            None => {
                let message = Reason::NotLoggedIn.meaning();
                let mut wanted = progress(Progress::Ready, Reason::NotLoggedIn, message);
                wanted.push(authenticated(Status::Unknown, Reason::NotLoggedIn, message));
                wanted
            }
        };
        if throttled {
            wanted.push(Wanted {
                kind: kind::THROTTLED,
                status: Status::True,
                reason: Reason::Throttled,
                message: "the remote system limits the requests; they go on by themselves"
                    .to_owned(),
            });
        }
        wanted
    }

    async fn tell(&self, health: &Health, failed_before: bool) {
        let before = self.session.status.as_ref();
        match &health.failure {
            Some(error) => {
                let known = before
                    .and_then(|status| find(&status.conditions, kind::READY))
                    .is_some_and(|ready| ready.reason == error.reason().as_str());
                if !known {
                    let message = chain(&**error);
                    self.shared
                        .events
                        .warning(KIND, &*self.session, error.reason(), &message)
                        .await;
                }
            }
            None if failed_before => {
                let note = Reason::LoggedIn.meaning();
                self.shared.events.normal(KIND, &*self.session, Reason::LoggedIn, note).await;
            }
            None => {}
        }
    }

    /// Counts the objects of the session, for the status and the metrics.
    fn count(&self) -> Counts {
        let session = self.name.to_string();
        let mut sum = Counts::default();
        for kind in self.shared.kinds() {
            let of_kind = kind.counts(&self.name);
            let Counts { total, ready, drifted, blocked, managed, states } = of_kind.counts;
            self.shared.metrics.accounts_counted(&session, of_kind.kind, &states);
            sum.total += total;
            sum.ready += ready;
            sum.drifted += drifted;
            sum.blocked += blocked;
            sum.managed += managed;
        }
        let blocked = u64::try_from(sum.blocked).unwrap_or_default();
        self.shared.metrics.deletions_blocked(&session, blocked);
        sum
    }
}

/// The accounts of the remote system; nothing until a list was read.
fn inventory(health: &Health, managed: i64) -> Option<Inventory> {
    if health.totals.is_empty() {
        return None;
    }
    let total = health.totals.values().sum::<usize>();
    let total = i64::try_from(total).unwrap_or(i64::MAX);
    Some(Inventory { total, managed, unmanaged: (total - managed).max(0) })
}

fn only_numbers_differ(before: &ApiSessionStatus, now: &ApiSessionStatus, guarded: bool) -> bool {
    let ApiSessionStatus { accounts, inventory, blocked_deletions, recent_removals, .. } = before;
    // A removal that is not recorded would not count after a restart, so where they count it is no mere number.
    let removals = if guarded { &now.recent_removals } else { recent_removals };
    let without = ApiSessionStatus {
        accounts: accounts.clone(),
        inventory: inventory.clone(),
        blocked_deletions: *blocked_deletions,
        recent_removals: removals.clone(),
        ..now.clone()
    };
    without == *before
}
