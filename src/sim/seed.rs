//! What a simulator starts with, and goes back to on reset.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;
use thiserror::Error;

use super::ctera::PortalSeed;

/// The customers of `DynECT` by name, and a portal. Read from YAML (or JSON, which is YAML too):
///
/// ```yaml
/// customers:
///   acme:
///     users:
///       - {userName: operator, password: operator-password, administrator: true}
///       - {userName: helpdesk, password: helpdesk-password, permissions: [UpdateUserUpdate]}
///     updateUsers:
///       - {nickname: edge1, password: pw-1}
///       - {nickname: edge2, userName: acme-old-edge, password: pw-2, blocked: true}
/// portal:
///   administrators:
///     - {name: admin, password: admin-password}
///   tenants:
///     acme:
///       users:
///         - {name: dana, password: dana-password, attributes: {email: dana@example.com, sla: "1.50"}}
/// ```
///
/// Without `portal`, the default portal.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Seed {
    pub customers: BTreeMap<String, CustomerSeed>,
    #[serde(default)]
    pub portal: PortalSeed,
}

#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CustomerSeed {
    #[serde(default)]
    pub users: Vec<UserSeed>,
    #[serde(default)]
    pub update_users: Vec<UpdateUserSeed>,
}

/// Somebody who can open sessions.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UserSeed {
    #[serde(alias = "user_name")]
    pub user_name: String,
    pub password: String,
    /// An administrator holds every permission.
    #[serde(default)]
    pub administrator: bool,
    /// Names such as `UpdateUserAdd`; what is not listed is refused with `PERMISSION_DENIED`.
    #[serde(default)]
    pub permissions: BTreeSet<String>,
}

/// An account that exists from the start.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateUserSeed {
    pub nickname: String,
    /// Assigned by the simulator, like that of a created one, if absent.
    #[serde(default, alias = "user_name")]
    pub user_name: Option<String>,
    pub password: String,
    #[serde(default)]
    pub blocked: bool,
}

/// Why a seed cannot be used. The text names the place and shows no value but names.
#[derive(Debug, Error)]
pub enum SeedError {
    #[error("{0}")]
    Yaml(String),
    #[error("{0} cannot be read")]
    File(String, #[source] std::io::Error),
    #[error("{0} is no seed")]
    InFile(String, #[source] Box<SeedError>),
    #[error("there is no customer in it: simulating a login needs at least one")]
    NoCustomer,
    #[error("portal: {0}")]
    Portal(String),
    #[error("customer {customer}: {what} is empty")]
    Empty { customer: String, what: &'static str },
    #[error("customer {customer}: two users are named {user_name}")]
    DuplicateUser { customer: String, user_name: String },
    #[error("customer {customer}: two update users have the nickname {nickname}")]
    DuplicateNickname { customer: String, nickname: String },
    #[error("customer {customer}: two update users are named {user_name}")]
    DuplicateUpdateUser { customer: String, user_name: String },
}

impl Seed {
    /// Reads a seed; the error names line and column.
    ///
    /// # Errors
    /// If the text is not YAML of this form, or names something twice or not at all.
    pub fn from_yaml(text: &str) -> Result<Seed, SeedError> {
        let seed: Seed = serde_saphyr::from_str(text).map_err(|error| {
            // The snippet of the text around the error could show a password.
            SeedError::Yaml(error.without_snippet().to_string())
        })?;
        seed.check()?;
        Ok(seed)
    }

    /// Reads a seed from a file; the error names the file, line and column.
    ///
    /// # Errors
    /// If the file cannot be read, or as [`Seed::from_yaml`].
    pub fn from_file(path: &Path) -> Result<Seed, SeedError> {
        let name = path.display().to_string();
        let text =
            std::fs::read_to_string(path).map_err(|error| SeedError::File(name.clone(), error))?;
        Seed::from_yaml(&text).map_err(|error| SeedError::InFile(name, Box::new(error)))
    }

    pub(super) fn check(&self) -> Result<(), SeedError> {
        if self.customers.is_empty() {
            return Err(SeedError::NoCustomer);
        }
        for (customer, seed) in &self.customers {
            seed.check(customer)?;
        }
        self.portal.check().map_err(SeedError::Portal)
    }
}

impl CustomerSeed {
    fn check(&self, customer: &str) -> Result<(), SeedError> {
        let empty = |what| SeedError::Empty { customer: customer.to_owned(), what };
        if customer.is_empty() {
            return Err(empty("its name"));
        }
        let mut users = BTreeSet::new();
        for user in &self.users {
            if user.user_name.is_empty() {
                return Err(empty("the userName of a user"));
            }
            if !users.insert(&user.user_name) {
                return Err(SeedError::DuplicateUser {
                    customer: customer.to_owned(),
                    user_name: user.user_name.clone(),
                });
            }
        }
        let mut nicknames = BTreeSet::new();
        let mut user_names = BTreeSet::new();
        for update_user in &self.update_users {
            if update_user.nickname.is_empty() {
                return Err(empty("the nickname of an update user"));
            }
            if !nicknames.insert(&update_user.nickname) {
                return Err(SeedError::DuplicateNickname {
                    customer: customer.to_owned(),
                    nickname: update_user.nickname.clone(),
                });
            }
            if let Some(user_name) = &update_user.user_name {
                if user_name.is_empty() {
                    return Err(empty("the userName of an update user"));
                }
                if !user_names.insert(user_name) {
                    return Err(SeedError::DuplicateUpdateUser {
                        customer: customer.to_owned(),
                        user_name: user_name.clone(),
                    });
                }
            }
        }
        Ok(())
    }
}

/// Customer `acme` with the administrator `operator` (`operator-password`), and customer `globex`
/// with `operator2` (`operator2-password`). No update users. The default portal.
impl Default for Seed {
    fn default() -> Self {
        let customer = |user_name: &str, password: &str| CustomerSeed {
            users: vec![UserSeed {
                user_name: user_name.to_owned(),
                password: password.to_owned(),
                administrator: true,
                permissions: BTreeSet::new(),
            }],
            update_users: Vec::new(),
        };
        Seed {
            customers: BTreeMap::from([
                ("acme".to_owned(), customer("operator", "operator-password")),
                ("globex".to_owned(), customer("operator2", "operator2-password")),
            ]),
            portal: PortalSeed::default(),
        }
    }
}
