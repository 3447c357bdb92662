//! Tasks that the portal runs on its own.

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
