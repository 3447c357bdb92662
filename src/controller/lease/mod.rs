//! Who leads, decided by a Lease.
//!
//! Leading saves work and nothing else depends on it: two leaders do no harm. Even so there are not two as long as the
//! clocks of both run equally fast. A lease is taken and renewed by replacing the version that was read, so of two
//! candidates the API server refuses one. The lease of another one is over when it did not change for its whole
//! duration by this process's own clock; the times written in it are never compared. Who cannot renew for two thirds of
//! the duration stops leading by itself, before anybody else may begin.

mod error;
#[cfg(test)]
mod test_api;
#[cfg(test)]
mod test_log;
#[cfg(test)]
mod tests;
mod timing;

pub use timing::LeaseTiming;

use std::time::Duration;

use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta};
use kube::api::PostParams;
use kube::{Api, Client};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::metrics::{Metrics, Written};
use error::LeaseError;
use timing::{micro_time, passed};

/// The kind under which writes of the lease are counted.
const KIND: &str = "Lease";

/// How often letting go is tried when somebody else writes the lease at the same time.
const RELEASE_TRIES: usize = 3;

/// A candidate for one lease.
pub struct Elector {
    api: Api<Lease>,
    /// Namespace and name.
    shown: String,
    name: String,
    identity: String,
    timing: LeaseTiming,
    metrics: Metrics,
    leading: watch::Sender<bool>,
    /// The version of the lease that was last seen, and when it was seen first.
    seen: Option<(String, Instant)>,
    /// When the last request that renewed the lease was sent. `None` while not leading.
    renewed: Option<Instant>,
    /// What was complained of last.
    complaint: Option<String>,
}

/// What one look at the lease came to.
enum Standing {
    /// The lease was written by the request that was sent then.
    Leads(Instant),
    /// This one holds it.
    Follows(String),
    /// Somebody wrote the lease in the same moment.
    Contested,
}

impl Elector {
    /// A candidate for the lease `name`. `identity` must be another one for every process, also for the next one of the
    /// same Pod: the Pod's name with something random behind it.
    #[must_use]
    pub fn new(
        client: Client,
        namespace: &str,
        name: &str,
        identity: &str,
        timing: LeaseTiming,
        metrics: Metrics,
    ) -> Self {
        Self {
            api: Api::namespaced(client, namespace),
            shown: format!("{namespace}/{name}"),
            name: name.to_owned(),
            identity: identity.to_owned(),
            timing,
            metrics,
            leading: watch::Sender::new(false),
            seen: None,
            renewed: None,
            complaint: None,
        }
    }

    /// Whether this process leads; `false` at first. When it turns from `true` to `false`, all work has to stop at once:
    /// another process may lead a third of the duration later.
    #[must_use]
    pub fn leading(&self) -> watch::Receiver<bool> {
        self.leading.subscribe()
    }

    /// Tries to lead, and to go on leading, until told to stop; then lets go, so that the next one need not wait. Stop
    /// it after the work has ended, not before. Nothing that the API server does ends this.
    pub async fn run(mut self, shutdown: CancellationToken) {
        let mut next = Instant::now();
        loop {
            let over = self.renewed.map(|renewed| renewed + self.timing.step_down_after());
            let look = async {
                sleep_until(next).await;
                self.look().await;
            };
            tokio::select! {
                biased;
                () = shutdown.cancelled() => break,
                // Also ends a request that hangs.
                () = passed(over) => self.follow("the lease could not be renewed in time"),
                () = look => next = (next + self.timing.renew_every()).max(Instant::now()),
            }
        }
        self.release().await;
    }

    /// Takes or renews the lease, or sees who has it.
    async fn look(&mut self) {
        let mut result = self.take_or_renew().await;
        if matches!(result, Ok(Standing::Contested)) {
            // Tells who won; or the next look does.
            result = self.take_or_renew().await;
        }
        if result.is_ok() && self.complaint.take().is_some() {
            tracing::info!(lease = self.shown, "the lease can be read and written again");
        }
        match result {
            Ok(Standing::Leads(since)) => {
                self.renewed = Some(since);
                self.publish(true, "the lease is held");
            }
            Ok(Standing::Follows(holder)) => self.follow(&format!("{holder} holds the lease")),
            Ok(Standing::Contested) => {}
            Err(error) => self.complain(&error),
        }
    }

    async fn take_or_renew(&mut self) -> Result<Standing, LeaseError> {
        let Some(lease) = self.within(self.api.get_opt(&self.name)).await? else {
            return self.create().await;
        };
        let now = Instant::now();
        let version = lease.metadata.resource_version.clone().unwrap_or_default();
        let unchanged_since = match &self.seen {
            Some((seen, since)) if *seen == version => *since,
            _ => {
                self.seen = Some((version, now));
                now
            }
        };
        let old = lease.spec.clone().unwrap_or_default();
        let holder = old.holder_identity.unwrap_or_default();
        let is_ours = holder == self.identity;
        let seconds = old.lease_duration_seconds.unwrap_or_default();
        let theirs = Duration::from_secs(u64::try_from(seconds).unwrap_or_default());
        let is_over = now.duration_since(unchanged_since) >= theirs.max(self.timing.duration);
        if !is_ours && !holder.is_empty() && !is_over {
            return Ok(Standing::Follows(holder));
        }
        let written = micro_time();
        let acquire_time = old.acquire_time.filter(|_| is_ours);
        let transitions = old.lease_transitions.unwrap_or_default();
        let spec = LeaseSpec {
            acquire_time: acquire_time.or_else(|| Some(written.clone())),
            lease_transitions: Some(transitions.saturating_add(i32::from(!is_ours))),
            ..self.spec(written)
        };
        self.replace(Lease { spec: Some(spec), ..lease }).await
    }

    fn spec(&self, now: MicroTime) -> LeaseSpec {
        LeaseSpec {
            holder_identity: Some(self.identity.clone()),
            lease_duration_seconds: Some(self.timing.seconds()),
            acquire_time: Some(now.clone()),
            renew_time: Some(now),
            lease_transitions: Some(0),
            ..LeaseSpec::default()
        }
    }

    async fn create(&self) -> Result<Standing, LeaseError> {
        let metadata = ObjectMeta { name: Some(self.name.clone()), ..ObjectMeta::default() };
        let lease = Lease { metadata, spec: Some(self.spec(micro_time())) };
        let params = PostParams::default();
        self.written(self.api.create(&params, &lease)).await
    }

    /// Replaces the very version that was read.
    async fn replace(&self, lease: Lease) -> Result<Standing, LeaseError> {
        let params = PostParams::default();
        self.written(self.api.replace(&self.name, &params, &lease)).await
    }

    async fn written(
        &self,
        write: impl Future<Output = kube::Result<Lease>>,
    ) -> Result<Standing, LeaseError> {
        // The lease lasts longer than from here on: the API server writes it later.
        let since = Instant::now();
        let limit = self.timing.request_timeout();
        match timeout(limit, write).await {
            Ok(Ok(_)) => {
                self.metrics.wrote(KIND, Written::Lease);
                Ok(Standing::Leads(since))
            }
            // Not found: it was deleted meanwhile.
            Ok(Err(kube::Error::Api(status)))
                if status.is_conflict() || status.is_already_exists() || status.is_not_found() =>
            {
                Ok(Standing::Contested)
            }
            Ok(Err(error)) => Err(error.into()),
            Err(_) => Err(LeaseError::Timeout(limit)),
        }
    }

    async fn within<T>(
        &self,
        request: impl Future<Output = kube::Result<T>>,
    ) -> Result<T, LeaseError> {
        let limit = self.timing.request_timeout();
        let reply = timeout(limit, request).await.map_err(|_| LeaseError::Timeout(limit))?;
        Ok(reply?)
    }

    /// Gives the lease back, if it is ours, also when we did not know: the reply to the last request may be lost.
    async fn release(&mut self) {
        let led = *self.leading.borrow();
        self.follow("this process stops");
        for _ in 0..RELEASE_TRIES {
            match self.let_go().await {
                Ok(Standing::Contested) => {}
                Ok(_) => return,
                Err(error) => {
                    // Who never led most likely has nothing to give back.
                    if led {
                        let lease = &self.shown;
                        tracing::warn!(lease, %error, "the lease was not given back; it runs out");
                    }
                    return;
                }
            }
        }
    }

    async fn let_go(&self) -> Result<Standing, LeaseError> {
        let lease = self.within(self.api.get_opt(&self.name)).await?.unwrap_or_default();
        let old = lease.spec.clone().unwrap_or_default();
        let holder = old.holder_identity.clone().unwrap_or_default();
        if holder != self.identity {
            return Ok(Standing::Follows(holder));
        }
        let spec = LeaseSpec {
            holder_identity: Some(String::new()),
            renew_time: Some(micro_time()),
            ..old
        };
        self.replace(Lease { spec: Some(spec), ..lease }).await
    }

    fn follow(&mut self, why: &str) {
        self.renewed = None;
        self.publish(false, why);
    }

    fn publish(&self, leads: bool, why: &str) {
        self.metrics.leading(leads);
        let changed = self.leading.send_if_modified(|now| std::mem::replace(now, leads) != leads);
        if changed {
            let (lease, identity) = (&self.shown, &self.identity);
            let what = if leads { "leading" } else { "not leading any more" };
            tracing::info!(lease, identity, why, "{what}");
        }
    }

    fn complain(&mut self, error: &LeaseError) {
        let text = error.to_string();
        if self.complaint.as_ref() != Some(&text) {
            let lease = &self.shown;
            tracing::warn!(
                lease,
                error = text,
                "the lease cannot be read or written; trying again"
            );
            self.complaint = Some(text);
        }
    }
}
