//! What the objects outside the input hold.

use std::collections::BTreeSet;

use crate::plan::{Claimant, Others};

/// The accounts that objects are remembered to hold. Who is not in the input contests nothing: its manifest may have
/// been renamed.
pub struct HeldAccounts<'a>(BTreeSet<&'a str>);

impl<'a> FromIterator<&'a str> for HeldAccounts<'a> {
    fn from_iter<I: IntoIterator<Item = &'a str>>(names: I) -> Self {
        Self(names.into_iter().collect())
    }
}

impl Others<String> for HeldAccounts<'_> {
    fn is_held(&self, key: &String) -> bool {
        self.0.contains(key.as_str())
    }

    fn claimant(&self, _key: &String) -> Option<Claimant> {
        None
    }

    fn claimant_of_name(&self, _name: &str) -> Option<Claimant> {
        None
    }
}
