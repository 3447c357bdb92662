//! Tasks that the portal runs on its own.

use tokio::time::{Instant, sleep};

use super::call::{Call, MethodType, Shape};
use super::client::Client;
use super::config::Scope;
use super::object::{Object, Value};
use crate::remote::{Cause, RemoteError};
use crate::systems::http::segment;

const APPLY: &str = "apply changes";
const LOOK: &str = "look at a task";

/// What became of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskOutcome {
    Completed,
    /// Done; the message says what else.
    CompletedWithWarnings,
    Failed,
    Stopped,
    Disabled,
    /// Longer than the client waits. It goes on at the portal.
    StillRunning,
    /// The portal does not know the task (any more).
    Unknown,
}

/// The end of a task, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskReport {
    pub outcome: TaskOutcome,
    /// The portal's last word on the progress, fit to be shown.
    pub message: String,
}

/// Where a task is: the server that runs it, and its number there.
#[derive(Debug, PartialEq, Eq)]
struct Reference {
    server: String,
    number: String,
}

impl Reference {
    /// The end of the text, `servers/NAME/bgTasks/NUMBER`. Something may stand before it.
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().rsplit('/');
        let (number, tasks, server, servers) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let is_number =
            number.bytes().all(|byte| byte.is_ascii_digit()) && !number.starts_with('0');
        let is_one = tasks == "bgTasks"
            && servers == "servers"
            && is_number
            && !number.is_empty()
            && !matches!(server, "" | "." | "..");
        is_one.then(|| Self { server: server.to_owned(), number: number.to_owned() })
    }

    /// The question how far the task is, which differs between a tenant and the whole system.
    fn look(&self, scope: &Scope) -> Call {
        let Self { server, number } = self;
        match scope {
            Scope::Global => {
                let path = format!("/servers/{}/bgTasks/{number}", segment(server));
                Call::get(LOOK, path, Shape::Object)
            }
            Scope::GlobalInto { .. } | Scope::Tenant { .. } => {
                let reference = Value::text(format!("servers/{server}/bgTasks/{number}"));
                let method = (MethodType::UserDefined, "getTaskStatus");
                Call::invoke(LOOK, "", method, reference, Shape::Object)
            }
        }
    }
}

impl Client {
    /// See [`Client::apply_changes`].
    pub(super) async fn apply(&self) -> Result<TaskReport, RemoteError> {
        self.prove_tenant(APPLY).await?;
        let argument =
            Object::new(None).with("objectId", Value::Null).with("type", Value::text("users"));
        let method = (MethodType::UserDefined, "updateAccounts");
        let call =
            Call::invoke(APPLY, "", method, Value::Object(argument), Shape::Text).not_repeatable();
        let begun = Instant::now();
        let reply = self.call(&call).await?;
        let Some(reference) = reply.as_text().and_then(Reference::parse) else {
            return Ok(unknown("the portal does not say which task it started"));
        };
        let look = reference.look(&self.session.config.scope);
        let pace = &self.session.config.pace;
        let mut message = String::new();
        loop {
            match self.call(&look).await {
                Ok(reply) => match reply.as_object().map(|task| self.progress(task)) {
                    Some((None, said)) => message = said,
                    Some((Some(outcome), message)) => return Ok(TaskReport { outcome, message }),
                    None => {}
                },
                // Looking harms nobody, so it is tried again as long as there is hope.
                Err(error)
                    if matches!(
                        error.cause(),
                        Cause::Unreachable
                            | Cause::Throttled { .. }
                            | Cause::Malformed
                            | Cause::Busy
                    ) => {}
                Err(error) => return Ok(unknown(error.detail())),
            }
            if begun.elapsed() + pace.task_poll > pace.task_total {
                return Ok(TaskReport { outcome: TaskOutcome::StillRunning, message });
            }
            sleep(pace.task_poll).await;
        }
    }

    /// How a task ended, if it did, and what the portal says about it.
    fn progress(&self, task: &Object) -> (Option<TaskOutcome>, String) {
        let redactor = self.session.redactor(&Call::get(LOOK, "", Shape::Object), None);
        let message = redactor.clean(task.text("progstring").unwrap_or_default());
        let outcome = match task.text("status") {
            Some("waiting" | "running" | "retrying" | "stopping") => None,
            Some("completed") => Some(TaskOutcome::Completed),
            Some("completed with warnings") => Some(TaskOutcome::CompletedWithWarnings),
            Some("failed") => Some(TaskOutcome::Failed),
            Some("stopped") => Some(TaskOutcome::Stopped),
            Some("disabled") => Some(TaskOutcome::Disabled),
            Some(_) | None => Some(TaskOutcome::Unknown),
        };
        (outcome, message)
    }
}

fn unknown(text: &str) -> TaskReport {
    TaskReport { outcome: TaskOutcome::Unknown, message: text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_the_end_of_what_the_portal_says() {
        let task = Some(Reference { server: "MainDB".to_owned(), number: "90210".to_owned() });
        assert_eq!(Reference::parse("servers/MainDB/bgTasks/90210"), task);
        assert_eq!(Reference::parse("objs/1/servers/MainDB/bgTasks/90210"), task);
        for text in [
            "",
            "90210",
            "servers//bgTasks/1",
            "servers/a/bgTasks/01",
            "servers/a/bgTasks/",
            "servers/../bgTasks/1",
            "servers/a/tasks/1",
            "xservers/a/bgTasks/1",
        ] {
            assert_eq!(Reference::parse(text), None, "{text}");
        }
    }
}
