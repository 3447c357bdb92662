//! The labels, each with a closed set of values but for the name of a session.

use std::fmt;

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};

/// What was written to the API server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Written {
    Finalizer,
    Status,
    Secret,
    Event,
    ConfigMap,
    Lease,
}

/// How one reconcile ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReconcileResult {
    /// Nothing is left to do until something changes.
    Done,
    /// It failed for now, and is tried again after a pause.
    Failed,
    /// It took longer than it may.
    TimedOut,
    /// It panicked; the object is left alone for a while.
    Panicked,
}

/// The state of an account object. Each object is in exactly one, the first that fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccountState {
    /// Marked for deletion and not gone yet.
    Deleting,
    Suspended,
    Stalled,
    /// The remote account differs, and a policy says not to write.
    Drifted,
    Reconciling,
    Ready,
}

impl Written {
    pub const ALL: [Self; 6] =
        [Self::Finalizer, Self::Status, Self::Secret, Self::Event, Self::ConfigMap, Self::Lease];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Finalizer => "finalizer",
            Self::Status => "status",
            Self::Secret => "secret",
            Self::Event => "event",
            Self::ConfigMap => "configmap",
            Self::Lease => "lease",
        }
    }
}

impl ReconcileResult {
    pub const ALL: [Self; 4] = [Self::Done, Self::Failed, Self::TimedOut, Self::Panicked];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::TimedOut => "timed-out",
            Self::Panicked => "panicked",
        }
    }
}

impl AccountState {
    pub const ALL: [Self; 6] = [
        Self::Deleting,
        Self::Suspended,
        Self::Stalled,
        Self::Drifted,
        Self::Reconciling,
        Self::Ready,
    ];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deleting => "deleting",
            Self::Suspended => "suspended",
            Self::Stalled => "stalled",
            Self::Drifted => "drifted",
            Self::Reconciling => "reconciling",
            Self::Ready => "ready",
        }
    }
}

impl EncodeLabelValue for Written {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
        self.as_str().encode(encoder)
    }
}

impl EncodeLabelValue for ReconcileResult {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
        self.as_str().encode(encoder)
    }
}

impl EncodeLabelValue for AccountState {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
        self.as_str().encode(encoder)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct CallLabels {
    pub system: &'static str,
    pub operation: &'static str,
    pub outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct OperationLabels {
    pub system: &'static str,
    pub operation: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct KindLabels {
    pub kind: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ReconcileLabels {
    pub kind: &'static str,
    pub result: ReconcileResult,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct WriteLabels {
    pub kind: &'static str,
    pub what: Written,
}

/// A session by namespace and name, `team-a/dynect`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct SessionLabels {
    pub session: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct AccountLabels {
    pub session: String,
    pub kind: &'static str,
    pub state: AccountState,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct BuildLabels {
    pub version: &'static str,
}
