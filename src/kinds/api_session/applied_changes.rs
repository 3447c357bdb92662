//! What became of telling a portal to apply what was written.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The last time that the portal was told to apply what was written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct AppliedChanges {
    /// How the portal's task ended. `Completed` and `CompletedWithWarnings`: it is done. `StillRunning`: it takes longer
    /// than Roster waits, and goes on. `Unknown`: the portal no longer knows it. `Failed`, `Stopped` and `Disabled`: as the
    /// portal says; `NotStarted`: the portal did not take it. These four are tried again by themselves.
    pub outcome: AppliedOutcome,
    /// The portal's last word on it.
    pub message: String,
    /// When that was.
    pub finished_at: Time,
}

/// How a task of a portal ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum AppliedOutcome {
    Completed,
    CompletedWithWarnings,
    Failed,
    Stopped,
    Disabled,
    StillRunning,
    Unknown,
    NotStarted,
}

impl AppliedOutcome {
    /// Whether it is known that nothing was applied. A task that may still run is not begun a second time.
    #[must_use]
    pub fn is_to_be_repeated(self) -> bool {
        match self {
            Self::Failed | Self::Stopped | Self::Disabled | Self::NotStarted => true,
            Self::Completed | Self::CompletedWithWarnings | Self::StillRunning | Self::Unknown => {
                false
            }
        }
    }
}
