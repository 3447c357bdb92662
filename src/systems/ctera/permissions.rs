//! What the session's user may do.

use std::collections::BTreeMap;

/// The settings of the own role. Where the portal shows none, no restriction is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Permissions {
    /// Everything is allowed.
    pub is_super_user: bool,
    /// Permissions by the portal's names, such as `canManageUsers`.
    pub names: BTreeMap<String, bool>,
}

impl Permissions {
    /// Whether the user holds this permission, for example `canManageUsers`. `true` for one that the portal does not show.
    #[must_use]
    pub fn allows(&self, name: &str) -> bool {
        self.is_super_user || self.names.get(name).copied().unwrap_or(true)
    }
}
