//! One field of a portal user that differs, as text for a person.

use std::fmt;

use crate::plan::Change;

/// The names of the managed fields.
pub(super) const NAME: &str = "name";
pub(super) const EMAIL: &str = "email";
pub(super) const FIRST_NAME: &str = "firstName";
pub(super) const LAST_NAME: &str = "lastName";
pub(super) const ROLE: &str = "role";
pub(super) const COMPANY: &str = "company";
pub(super) const COMMENT: &str = "comment";
pub(super) const PASSWORD: &str = "password";
const REQUIRE_PASSWORD_CHANGE: &str = "requirePasswordChange";

/// One field of a portal user that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PortalUserChange {
    /// A value that the portal shows. `from` is `None` when it has none, or the user is new.
    Text {
        field: &'static str,
        from: Option<String>,
        to: String,
    },
    Password {
        new: bool,
    },
    /// Said once, at creation.
    PasswordChange,
}

impl Change for PortalUserChange {
    fn field(&self) -> &'static str {
        match self {
            Self::Text { field, .. } => field,
            Self::Password { .. } => PASSWORD,
            Self::PasswordChange => REQUIRE_PASSWORD_CHANGE,
        }
    }
}

impl fmt::Display for PortalUserChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { field, from: Some(from), to } => {
                write!(f, "{field}: {} → {}", shown(from), shown(to))
            }
            Self::Text { field, from: None, to } => write!(f, "{field}: {}", shown(to)),
            Self::Password { new: true } => f.write_str("password: (sensitive)"),
            Self::Password { new: false } => f.write_str("password: (sensitive, changed)"),
            Self::PasswordChange => f.write_str("requirePasswordChange: at creation"),
        }
    }
}

/// A value fit for one line. What the portal holds can be anything.
fn shown(value: &str) -> String {
    if value.is_empty() { "(empty)".to_owned() } else { value.escape_debug().to_string() }
}
