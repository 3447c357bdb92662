//! Which tenant the session is in. No request names its tenant, so this is what every write depends on.

use super::call::{Call, Shape};
use super::client::Client;
use super::config::Scope;
use super::exchange::As;
use super::locate::Origin;
use super::login::{Entry, LOG_IN, not_about_the_caller};
use super::object::Value;
use super::session::{Context, Selection, Session};
use super::{failure, shown};
use crate::remote::{Cause, Priority, RemoteError};
use crate::systems::failures::Failure;

const CURRENT: &str = "/currentPortal";

/// Asks which tenant is selected; an empty text is none.
fn look(operation: &'static str) -> Call {
    Call::get(operation, CURRENT, Shape::TextOrNothing)
}

impl Scope {
    /// What the portal calls the place where the work is. The whole system has an empty name.
    pub(super) fn portal(&self) -> &str {
        self.tenant().unwrap_or_default()
    }

    fn select(&self, operation: &'static str) -> Call {
        Call::put(operation, CURRENT, Value::text(self.portal()))
    }

    fn elsewhere(&self, operation: &'static str, seen: &str) -> RemoteError {
        let place = |name: &str| match name {
            "" => "the whole system".to_owned(),
            name => format!("the tenant `{}`", shown(name)),
        };
        let (wanted, seen) = (place(self.portal()), place(seen));
        let text = format!(
            "wrong tenant: the session is to be in {wanted} and is in {seen}; nothing was done"
        );
        failure(operation, Cause::Forbidden, text)
    }
}

impl Session {
    /// Selects the tenant of a session that was just opened, and reads that back. Tells whether the tenant was entered
    /// from outside.
    pub(super) async fn select_tenant(
        &self,
        entry: &Entry,
        priority: Priority,
    ) -> Result<bool, Failure> {
        let scope = &self.config.scope;
        let identity = entry.identity();
        let seen = self.selected(identity, priority).await?;
        if seen == scope.portal() {
            return Ok(false);
        }
        if entry.context == Context::Services {
            return Err(Failure::Final(scope.elsewhere(LOG_IN, &seen)));
        }
        self.ask(&scope.select(LOG_IN), identity, priority)
            .await
            .map_err(|failure| self.not_entered(failure))?;
        let seen = self.selected(identity, priority).await?;
        if seen != scope.portal() {
            return Err(Failure::Final(scope.elsewhere(LOG_IN, &seen)));
        }
        Ok(true)
    }

    async fn selected(&self, identity: As<'_>, priority: Priority) -> Result<String, Failure> {
        let seen = self.ask(&look(LOG_IN), identity, priority).await;
        let seen = seen.map_err(not_about_the_caller)?;
        Ok(seen.as_text().unwrap_or_default().to_owned())
    }

    /// A tenant that cannot be entered: somebody has to change something at the portal, or to name another.
    fn not_entered(&self, failed: Failure) -> Failure {
        match failed {
            Failure::Final(error)
                if matches!(
                    error.cause(),
                    Cause::NotFound | Cause::Rejected | Cause::Forbidden | Cause::Conflict
                ) =>
            {
                let portal = shown(self.config.scope.portal());
                let text = format!("the tenant `{portal}` cannot be entered: {}", error.detail());
                Failure::Final(failure(LOG_IN, Cause::Forbidden, text))
            }
            failed => failed,
        }
    }
}

impl Client {
    /// Proves right before a write that the session is in its tenant; a login that is made for it is proof enough. A
    /// selection that somebody else changed is made again, once.
    pub(super) async fn prove_tenant(&self, operation: &'static str) -> Result<(), RemoteError> {
        if self.session.current().is_none() {
            return self.session.log_in_now(self.priority).await;
        }
        match self.seen_elsewhere(operation).await? {
            None => Ok(()),
            Some(seen) => self.select_again(operation, &seen).await,
        }
    }

    /// The tenant that is selected, if it is the wrong one.
    pub(super) async fn seen_elsewhere(
        &self,
        operation: &'static str,
    ) -> Result<Option<String>, RemoteError> {
        let seen = self.call(&look(operation)).await?;
        let seen = seen.as_text().unwrap_or_default();
        Ok((seen != self.session.config.scope.portal()).then(|| seen.to_owned()))
    }

    /// Where something was read `since` then. Asks only what the answer itself does not say, and only a session that can
    /// be elsewhere.
    pub(super) async fn read_where(
        &self,
        operation: &'static str,
        origin: Origin,
        since: Selection,
    ) -> Result<Origin, RemoteError> {
        let Origin::Unsaid = origin else { return Ok(origin) };
        if self.session.current().is_some_and(|open| !open.is_visitor) {
            return Ok(Origin::Here);
        }
        match self.seen_elsewhere(operation).await? {
            Some(seen) => Ok(Origin::Elsewhere(seen)),
            // It was asked after the answer, and somebody can have selected the tenant in between.
            None if !self.session.is_settled(since) => Ok(Origin::Unsaid),
            None => Ok(Origin::Here),
        }
    }

    /// Selects the tenant again after the session was seen elsewhere, and reads that back.
    pub(super) async fn select_again(
        &self,
        operation: &'static str,
        seen: &str,
    ) -> Result<(), RemoteError> {
        let scope = &self.session.config.scope;
        if self.session.state().context == Some(Context::Services) {
            return Err(scope.elsewhere(operation, seen));
        }
        tracing::warn!("the session at CTERA Portal was in another tenant; selecting again");
        let _selecting = self.session.selecting();
        if let Err(error) = self.call(&scope.select(operation)).await {
            return Err(match error.cause() {
                Cause::NotFound | Cause::Rejected => {
                    scope.elsewhere(operation, seen).caused_by(error)
                }
                _ => error,
            });
        }
        match self.seen_elsewhere(operation).await? {
            None => Ok(()),
            Some(seen) => Err(scope.elsewhere(operation, &seen)),
        }
    }
}
