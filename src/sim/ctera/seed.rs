//! What a portal starts with.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::rights::Roles;

/// Settings of roles by key, such as `readOnlyAdminSettings: {canManageUsers: true}`. What is not
/// named stays as it is by default.
pub type RolesSeed = BTreeMap<String, BTreeMap<String, bool>>;

/// A portal: its global administrators, and its tenants by name.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PortalSeed {
    #[serde(default)]
    pub administrators: Vec<PortalUserSeed>,
    /// For the global administrators.
    #[serde(default)]
    pub roles: RolesSeed,
    #[serde(default)]
    pub tenants: BTreeMap<String, TenantSeed>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TenantSeed {
    #[serde(default)]
    pub users: Vec<PortalUserSeed>,
    /// The directories by name, with those of their users whom the portal knows.
    #[serde(default)]
    pub domains: BTreeMap<String, Vec<PortalUserSeed>>,
    #[serde(default)]
    pub roles: RolesSeed,
}

/// A user that exists from the start.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PortalUserSeed {
    pub name: String,
    /// Without one, it cannot sign in.
    #[serde(default)]
    pub password: Option<String>,
    /// `EndUser` if absent; an administrator of the global context is a `ReadWriteAdmin`.
    #[serde(default)]
    pub role: Option<String>,
    /// Any other attributes: texts, nulls, lists, and objects with `$class` and `$uuid`. A number
    /// is to be quoted where its digits count.
    #[serde(default)]
    pub attributes: Map<String, Value>,
    /// How many folders it has; 1 if absent.
    #[serde(default)]
    pub folders: Option<u32>,
}

impl PortalSeed {
    /// What is wrong, without any value but names.
    pub(in crate::sim) fn check(&self) -> Result<(), String> {
        check_users("the global administrators", &self.administrators)?;
        check_roles("the global context", &self.roles)?;
        for (tenant, seed) in &self.tenants {
            if tenant.is_empty() || tenant == "-" {
                return Err("the name of a tenant is empty or `-`".to_owned());
            }
            check_users(&format!("tenant {tenant}"), &seed.users)?;
            check_roles(&format!("tenant {tenant}"), &seed.roles)?;
            for (domain, users) in &seed.domains {
                check_users(&format!("domain {domain} of tenant {tenant}"), users)?;
            }
        }
        Ok(())
    }
}

fn check_users(place: &str, users: &[PortalUserSeed]) -> Result<(), String> {
    let mut names = BTreeSet::new();
    for PortalUserSeed { name, attributes, .. } in users {
        if name.is_empty() {
            return Err(format!("{place}: the name of a user is empty"));
        }
        if !names.insert(name) {
            return Err(format!("{place}: two users are named {name}"));
        }
        for own in ["uid", "baseObjectRef", "name", "password", "role"] {
            if attributes.contains_key(own) {
                return Err(format!("{place}: `{own}` of {name} is none of the attributes"));
            }
        }
    }
    Ok(())
}

fn check_roles(place: &str, seed: &RolesSeed) -> Result<(), String> {
    roles(seed).map(drop).map_err(|error| format!("{place}: {error}"))
}

pub(super) fn roles(seed: &RolesSeed) -> Result<Roles, String> {
    let mut roles = Roles::default();
    for (key, settings) in seed {
        for (name, value) in settings {
            roles.set(key, name, *value)?;
        }
    }
    Ok(roles)
}

/// Global administrator `admin` (`admin-password`). Tenant `acme` with the administrator
/// `acme-admin` (`acme-admin-password`), users `dana`, `erez` and `fay`, and domain `corp.example`
/// with `corp-ann` and `corp-bob`. Tenant `globex` with a `dana` of its own.
impl Default for PortalSeed {
    fn default() -> Self {
        let acme = TenantSeed {
            users: vec![
                user("acme-admin", "ReadWriteAdmin", "Acme", "Admin", json!({})),
                user("dana", "EndUser", "Dana", "Ivri", peculiar()),
                user("erez", "EndUser", "Erez", "Bar", json!({"sla": null, "company": ""})),
                user("fay", "Disabled", "Fay", "Oz", json!({"comment": " padded "})),
            ],
            domains: BTreeMap::from([(
                "corp.example".to_owned(),
                vec![
                    user("corp-ann", "EndUser", "Ann", "Lev", json!({})),
                    user("corp-bob", "EndUser", "Bob", "Gal", json!({})),
                ],
            )]),
            roles: RolesSeed::new(),
        };
        let globex = TenantSeed {
            users: vec![user("dana", "EndUser", "Dana", "Other", json!({}))],
            ..TenantSeed::default()
        };
        PortalSeed {
            administrators: vec![user("admin", "ReadWriteAdmin", "Portal", "Admin", json!({}))],
            roles: RolesSeed::new(),
            tenants: BTreeMap::from([("acme".to_owned(), acme), ("globex".to_owned(), globex)]),
        }
    }
}

fn user(name: &str, role: &str, first: &str, last: &str, more: Value) -> PortalUserSeed {
    let mut attributes = Map::new();
    attributes.insert("email".to_owned(), format!("{name}@example.com").into());
    attributes.insert("firstName".to_owned(), first.into());
    attributes.insert("lastName".to_owned(), last.into());
    if let Value::Object(more) = more {
        attributes.extend(more);
    }
    PortalUserSeed {
        name: name.to_owned(),
        password: Some(format!("{name}-password")),
        role: Some(role.to_owned()),
        attributes,
        folders: None,
    }
}

/// Attributes that only a careful client hands back as they were.
fn peculiar() -> Value {
    json!({
        "displayName": "Dana Ivri",
        "sla": "1.50",
        "phone": "0012345",
        "note": " padded ",
        "comment": "first line\nsecond <line> & more",
        "avatar": null,
        "empty": "",
        "tags": ["007", "", {"$class": "Tag", "value": "0x10"}],
        "userStats": {
            "$class": "UserStats", "$uuid": "5f0c1c9e-0d7e-4d5b-9a52-1f1e3c1b7a10",
            "usage": "000", "last": null, "more": {"$class": "NeverSeen", "deep": " 1 "}
        },
    })
}
