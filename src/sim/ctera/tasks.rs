//! Applying changes, and the tasks that this makes.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::failure::Failure;
use super::node::{Node, Object};
use super::portal::GLOBAL;
use super::rights::Right;
use super::state::{Caller, Outcome, State};
use super::switches::TaskEnd;

/// The number of the first task.
const FIRST: u64 = 90_210;
/// The server on which all tasks run.
const SERVER: &str = "MainDB";

#[derive(Default)]
pub(super) struct Tasks {
    tasks: BTreeMap<String, Task>,
}

struct Task {
    id: u64,
    tenant: String,
    started: Timestamp,
    end: TaskEnd,
    /// The polls that are to find it unfinished, and how many did.
    polls: u32,
    polled: u32,
    /// When it was first found at its end.
    ended: Option<Timestamp>,
}

impl State {
    pub(super) fn update_accounts(&mut self, caller: &Caller) -> Outcome {
        self.grant(caller, Right::ManageUsers)?;
        if let Some(tenant) = self.portal.tenant_mut(&caller.tenant) {
            tenant.account_updates += 1;
        }
        let tasks = &mut self.tasks.tasks;
        let id = FIRST + u64::try_from(tasks.len()).unwrap_or_default();
        let reference = format!("servers/{SERVER}/bgTasks/{id}");
        let task = Task {
            id,
            tenant: caller.tenant.clone(),
            started: self.now,
            end: self.switches.task,
            polls: self.switches.task_polls,
            polled: 0,
            ended: None,
        };
        tasks.insert(reference.clone(), task);
        Ok(reference.into())
    }

    /// The global context reads a task where it is.
    pub(super) fn task_of(&mut self, reference: &str, caller: &Caller) -> Outcome {
        if !caller.is_global() {
            return Err(unknown());
        }
        self.poll(reference, caller)
    }

    /// In all contexts; a reference may have anything before it.
    pub(super) fn task_status(&mut self, reference: &Node, caller: &Caller) -> Outcome {
        let reference = reference.as_text().unwrap_or_default();
        let start = reference.find("servers/").unwrap_or_default();
        let reference = reference.get(start..).unwrap_or_default().to_owned();
        self.poll(&reference, caller)
    }

    fn poll(&mut self, reference: &str, caller: &Caller) -> Outcome {
        let task = self.tasks.tasks.get_mut(reference).ok_or_else(unknown)?;
        let is_ours = caller.is_global() || task.tenant == caller.tenant;
        if !is_ours || task.end == TaskEnd::NotFound {
            return Err(unknown());
        }
        let tenant = self.portal.tenant(&task.tenant).or_else(|| self.portal.tenant(GLOBAL));
        let portal = tenant.map_or(0, |tenant| tenant.uid);
        let status = task.advance(self.now);
        Ok(task.object(status, portal, self.now).into())
    }
}

impl Task {
    /// The status that this poll finds.
    fn advance(&mut self, now: Timestamp) -> &'static str {
        let found = self.polled;
        self.polled = self.polled.saturating_add(1);
        let unfinished = found < self.polls || self.end == TaskEnd::Never;
        if unfinished {
            return if found == 0 { "waiting" } else { "running" };
        }
        self.ended.get_or_insert(now);
        self.end.status()
    }

    fn object(&self, status: &str, portal: u64, now: Timestamp) -> Object {
        let (percentage, said) = match status {
            "waiting" => ("0", "Waiting"),
            "running" => ("40", "Updating users"),
            "failed" => ("40", "Some users could not be updated"),
            "completed with warnings" => ("100", "Some users were left out"),
            _ => ("100", "Done"),
        };
        let result = self.ended.map(|_| said.to_owned());
        let elapsed = self.ended.unwrap_or(now).duration_since(self.started).as_secs().max(0);
        Object::of_class("BgTask")
            .with("id", self.id.to_string())
            .with("name", "Apply Provisioning Changes")
            .with("startTime", date(self.started))
            .with("endTime", self.ended.map(date))
            .with("elapsedTime", elapsed.to_string())
            .with("status", status)
            .with("percentage", percentage)
            .with("result", result)
            .with("progstring", said)
            .with("portalUid", portal.to_string())
    }
}

impl TaskEnd {
    fn status(self) -> &'static str {
        match self {
            TaskEnd::CompletedWithWarnings => "completed with warnings",
            TaskEnd::Failed => "failed",
            TaskEnd::Completed | TaskEnd::Never | TaskEnd::NotFound => "completed",
        }
    }
}

fn date(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

fn unknown() -> Failure {
    Failure::not_found("There is no such task")
}
