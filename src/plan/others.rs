//! What the objects outside a plan hold and claim.

use std::cmp::Ordering;

use super::ObjectName;

/// An object that claims an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimant {
    pub object: ObjectName,
    /// As [`Declared::seniority`](super::Declared::seniority).
    pub seniority: Option<(String, String)>,
    /// The account is recorded as this object's; whoever only names it comes later.
    pub recorded: bool,
}

impl Claimant {
    /// Who holds the account of two that claim it: the lesser one.
    #[must_use]
    pub fn compare(one: &Self, other: &Self) -> Ordering {
        one.rank().cmp(&other.rank())
    }

    /// The order of the claims to one account: the least one holds it.
    pub(super) fn rank(&self) -> (bool, &Option<(String, String)>, &ObjectName) {
        (!self.recorded, &self.seniority, &self.object)
    }
}

/// The objects that a plan does not decide about, but must not wrong. Objects of the plan may be among them.
pub trait Others<K>: Send + Sync {
    /// Whether some object is recorded to hold this account.
    fn is_held(&self, key: &K) -> bool;
    /// The object with the best claim to this account, among those that are to be present.
    fn claimant(&self, key: &K) -> Option<Claimant>;
    /// The object with the best claim to this name, among those that are to be present.
    fn claimant_of_name(&self, name: &str) -> Option<Claimant>;
}

/// There are no others: the plan is about every object that there is.
impl<K> Others<K> for () {
    fn is_held(&self, _key: &K) -> bool {
        false
    }

    fn claimant(&self, _key: &K) -> Option<Claimant> {
        None
    }

    fn claimant_of_name(&self, _name: &str) -> Option<Claimant> {
        None
    }
}
