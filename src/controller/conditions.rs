//! Conditions: what is the matter with an object, in the words of the API conventions.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};

use crate::plan::Reason;

/// The types of condition, in the order in which they are listed.
pub(super) mod kind {
    pub const READY: &str = "Ready";
    pub const AUTHENTICATED: &str = "Authenticated";
    pub const SYNCED: &str = "Synced";
    pub const CREDENTIALS_READY: &str = "CredentialsReady";
    // These are there only while they are true.
    pub const DRIFTED: &str = "Drifted";
    pub const THROTTLED: &str = "Throttled";
    pub const RECONCILING: &str = "Reconciling";
    pub const STALLED: &str = "Stalled";
    pub const DELETION_BLOCKED: &str = "DeletionBlocked";
    pub const SUSPENDED: &str = "Suspended";
}

/// One condition as it is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    pub kind: &'static str,
    pub status: Status,
    pub reason: Reason,
    pub message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    True,
    False,
    Unknown,
}

impl Status {
    pub fn of(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::True => "True",
            Self::False => "False",
            Self::Unknown => "Unknown",
        }
    }
}

/// How an object is doing, as tools that wait for it want to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    Ready,
    /// It will get there by itself.
    Reconciling,
    /// Nothing more happens until somebody changes something.
    Stalled,
}

/// `Ready`, and what goes with it for tools that tell progress from failure.
pub(super) fn progress(progress: Progress, reason: Reason, message: &str) -> Vec<Wanted> {
    let wanted = |kind, status| Wanted { kind, status, reason, message: message.to_owned() };
    let ready = wanted(kind::READY, Status::of(progress == Progress::Ready));
    match progress {
        Progress::Ready => vec![ready],
        Progress::Reconciling => vec![ready, wanted(kind::RECONCILING, Status::True)],
        Progress::Stalled => vec![ready, wanted(kind::STALLED, Status::True)],
    }
}

/// The conditions as they are to be stored. A time changes only with the status that it belongs to.
pub(super) fn conditions(
    before: &[Condition],
    generation: Option<i64>,
    mut wanted: Vec<Wanted>,
) -> Vec<Condition> {
    wanted.sort_by_key(|wanted| place(wanted.kind));
    let stored = |Wanted { kind, status, reason, message }| {
        let same = |old: &&Condition| old.type_ == kind && old.status == status.as_str();
        let since = before.iter().find(same).map(|old| old.last_transition_time.clone());
        Condition {
            type_: kind.to_owned(),
            status: status.as_str().to_owned(),
            reason: reason.as_str().to_owned(),
            message,
            observed_generation: generation,
            last_transition_time: since.unwrap_or_else(|| Time(Timestamp::now())),
        }
    };
    wanted.into_iter().map(stored).collect()
}

/// The conditions of an object that is left alone from now on. What was true of it stays said; what would keep somebody
/// waiting for it does not, since nothing more happens.
pub(super) fn suspended(
    before: &[Condition],
    generation: Option<i64>,
    wanted: Vec<Wanted>,
) -> Vec<Condition> {
    let is_stalled = is_true(before, kind::STALLED);
    let stays = |condition: &&Condition| match condition.type_.as_str() {
        kind::RECONCILING | kind::THROTTLED => false,
        kind::READY => is_stalled || condition.status == "True",
        other => wanted.iter().all(|wanted| wanted.kind != other),
    };
    let mut conditions_now: Vec<_> = before.iter().filter(stays).cloned().collect();
    conditions_now.extend(conditions(before, generation, wanted));
    conditions_now.sort_by_key(|condition| place(&condition.type_));
    conditions_now
}

/// A condition of an earlier status, to be kept as it is.
pub(super) fn find<'a>(conditions: &'a [Condition], kind: &str) -> Option<&'a Condition> {
    conditions.iter().find(|condition| condition.type_ == kind)
}

pub(super) fn is_true(conditions: &[Condition], kind: &str) -> bool {
    find(conditions, kind).is_some_and(|condition| condition.status == "True")
}

fn place(kind: &str) -> usize {
    const ORDER: [&str; 10] = [
        kind::READY,
        kind::AUTHENTICATED,
        kind::SYNCED,
        kind::CREDENTIALS_READY,
        kind::DRIFTED,
        kind::THROTTLED,
        kind::RECONCILING,
        kind::STALLED,
        kind::DELETION_BLOCKED,
        kind::SUSPENDED,
    ];
    ORDER.iter().position(|other| *other == kind).unwrap_or(ORDER.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_a_condition_changes_only_with_its_status() {
        let first =
            conditions(&[], Some(1), progress(Progress::Reconciling, Reason::Unreachable, "a"));
        let mut old = first.clone();
        for condition in &mut old {
            condition.last_transition_time = Time(Timestamp::UNIX_EPOCH);
        }
        let again = conditions(&old, Some(2), progress(Progress::Reconciling, Reason::Busy, "b"));
        assert!(
            again.iter().all(|condition| condition.last_transition_time.0 == Timestamp::UNIX_EPOCH)
        );
        assert_eq!((again[0].reason.as_str(), again[0].observed_generation), ("Busy", Some(2)));
        let ready = conditions(&old, Some(2), progress(Progress::Ready, Reason::InSync, ""));
        assert_eq!(ready.len(), 1, "what is not true is not there");
        assert_ne!(ready[0].last_transition_time.0, Timestamp::UNIX_EPOCH);
    }

    #[test]
    fn what_is_suspended_keeps_what_is_true_and_lets_nobody_wait() {
        let wanted = || {
            let message = String::new();
            let (kind, status, reason) = (kind::SUSPENDED, Status::True, Reason::Suspended);
            vec![Wanted { kind, status, reason, message }]
        };
        for (before, expected) in [
            (Progress::Ready, vec!["Ready", "Suspended"]),
            (Progress::Reconciling, vec!["Suspended"]),
            (Progress::Stalled, vec!["Ready", "Stalled", "Suspended"]),
        ] {
            let before = conditions(&[], Some(1), progress(before, Reason::Busy, ""));
            let once = suspended(&before, Some(2), wanted());
            let kinds: Vec<&str> = once.iter().map(|found| found.type_.as_str()).collect();
            assert_eq!(kinds, expected);
            assert_eq!(suspended(&once, Some(2), wanted()), once, "saying it again is no news");
        }
    }

    #[test]
    fn never_reconciling_and_stalled_at_once() {
        for (given, expected) in [
            (Progress::Ready, vec!["Ready"]),
            (Progress::Reconciling, vec!["Ready", "Reconciling"]),
            (Progress::Stalled, vec!["Ready", "Stalled"]),
        ] {
            let wanted = progress(given, Reason::InSync, "");
            let kinds: Vec<&str> = wanted.iter().map(|wanted| wanted.kind).collect();
            assert_eq!(kinds, expected);
        }
    }
}
