//! What administrators may do: the settings of their roles.

use std::collections::BTreeMap;

use super::failure::Failure;
use super::node::{Node, Object};

/// What the settings of a role switch on and off, beside its name.
const SETTINGS: [&str; 17] = [
    "superUser",
    "allowRemoteWipe",
    "allowSSO",
    "allowSeedingExport",
    "allowSeedingImport",
    "canAccessEndUserFolders",
    "canChangePortalSettings",
    "canChangeRoles",
    "canChangeUserEmail",
    "canChangeUserPassword",
    "canManageAllFolders",
    "canManagePlans",
    "canManageUsers",
    "canManageLogSettings",
    "allowFoldersFilesPermanentDelete",
    "canManageLegalHolds",
    "canManageComplianceSetting",
];

/// The roles that are an administrator's, with the key of their settings.
const ADMINISTRATORS: [(&str, &str); 3] = [
    ("ReadWriteAdmin", "readWriteAdminSettings"),
    ("ReadOnlyAdmin", "readOnlyAdminSettings"),
    ("Support", "supportAdminSettings"),
];

/// The roles that a user can be given. The last one is spelled as the vendor's client spells it.
const ROLES: [&str; 6] =
    ["Disabled", "EndUser", "ReadWriteAdmin", "ReadOnlyAdmin", "Support", "ComplianceOffer"];

/// What is to be done, as far as it takes a right of its own.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Right {
    ManageUsers,
    ChangeRoles,
    ChangeEmail,
    ChangePassword,
}

/// The settings of the administrators' roles, of one tenant or of the global context.
#[derive(Clone)]
pub(super) struct Roles {
    settings: BTreeMap<&'static str, BTreeMap<&'static str, bool>>,
}

impl Right {
    fn setting(self) -> &'static str {
        match self {
            Right::ManageUsers => "canManageUsers",
            Right::ChangeRoles => "canChangeRoles",
            Right::ChangeEmail => "canChangeUserEmail",
            Right::ChangePassword => "canChangeUserPassword",
        }
    }
}

/// Who may write may do everything, the others only look.
impl Default for Roles {
    fn default() -> Self {
        let settings = ADMINISTRATORS.map(|(role, key)| {
            let all = SETTINGS.map(|name| (name, role == "ReadWriteAdmin"));
            (key, BTreeMap::from(all))
        });
        Roles { settings: BTreeMap::from(settings) }
    }
}

impl Roles {
    /// Sets one setting; the error names what there is.
    pub(super) fn set(&mut self, key: &str, name: &str, value: bool) -> Result<(), String> {
        let keys = ADMINISTRATORS.map(|(_, key)| key).join(", ");
        let settings = self.settings.get_mut(key);
        let settings = settings.ok_or_else(|| format!("there is no role `{key}`, only {keys}"))?;
        let setting = settings.get_mut(name).ok_or_else(|| {
            format!("a role has no setting `{name}`, only {}", SETTINGS.join(", "))
        })?;
        *setting = value;
        Ok(())
    }

    /// The settings under a key such as `readWriteAdminSettings`, with all attributes.
    pub(super) fn object(&self, key: &str) -> Option<Object> {
        let settings = self.settings.get(key)?;
        let (role, _) = ADMINISTRATORS.iter().find(|(_, there)| *there == key)?;
        let named = Object::of_class("RoleSettings").with("name", *role);
        Some(settings.iter().fold(named, |object, (name, yes)| object.with(name, yes.to_string())))
    }

    /// Whether somebody with this role has this right.
    pub(super) fn grant(&self, role: Option<&str>, right: Right) -> Result<(), Failure> {
        let key = ADMINISTRATORS.iter().find(|(name, _)| Some(*name) == role).map(|(_, key)| key);
        let settings = key.and_then(|key| self.settings.get(key));
        match settings.and_then(|settings| settings.get(right.setting())) {
            Some(true) => Ok(()),
            _ => Err(Failure::forbidden(&format!("your role lacks {}", right.setting()))),
        }
    }
}

pub(super) fn is_administrator(role: Option<&str>) -> bool {
    ADMINISTRATORS.iter().any(|(name, _)| Some(*name) == role)
}

/// Whether a user can be given this role.
pub(super) fn check_role(role: &Node) -> Result<(), Failure> {
    match role {
        Node::Null => Ok(()),
        Node::Text(name) if ROLES.contains(&name.as_str()) => Ok(()),
        _ => Err(Failure::invalid("There is no such role")),
    }
}
