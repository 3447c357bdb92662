//! The session goes: not before every account that something is owed to.

use kube::runtime::controller::Action;

use super::Turn;
use super::store::remove_finalizer;
use crate::controller::error::Error;
use crate::plan::Reason;

impl Turn<'_> {
    pub(super) async fn remove(&self) -> Result<Action, Error> {
        let owing = self.shared.kinds().iter().find_map(|kind| kind.owing(&self.name));
        if let Some(example) = owing {
            // Whoever waits for the session must be able to go: it is opened if it is not or does not work; one that works
            // stays open, although its Secret may have been deleted together with it.
            let open = self.shared.sessions.open(&self.name);
            if open.is_none_or(|open| open.health().failure.is_some()) {
                self.stand().await?;
                self.wake_accounts();
            }
            // No number: it would change with every object that goes.
            let message = format!(
                "accounts still need the session, {example} among them; delete their objects, or annotate them with roster.rs/orphan=true"
            );
            self.say_in_use(Reason::InUse, &message).await?;
            return Ok(Action::await_change());
        }
        if let Some(open) = self.shared.sessions.remove(&self.name) {
            open.close().await;
        }
        self.shared.metrics.forget_session(&self.name.to_string());
        self.shared.memories.forget(&self.name);
        remove_finalizer(self.shared, &self.session).await?;
        Ok(Action::await_change())
    }
}
