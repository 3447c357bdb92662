//! Update users and permissions, as the system shows them.

use std::collections::BTreeSet;

use percent_encoding::percent_decode_str;
use secrecy::SecretString;
use serde::Deserialize;

/// A credential for dynamic DNS clients. What a reply did not show is `None`.
#[derive(Debug, Clone)]
pub struct UpdateUser {
    /// Given by the system; the only identity.
    pub user_name: String,
    /// `None` also for a word that is not known.
    pub status: Option<LoginState>,
    pub password: Option<SecretString>,
    /// Shown by no documented reply.
    pub nickname: Option<String>,
}

/// Whether an update user may log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginState {
    Active,
    Blocked,
}

/// What the session's user may do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Permissions {
    /// An administrator of the customer: everything is allowed.
    pub admin_override: bool,
    /// The permissions by name.
    pub names: BTreeSet<String>,
}

/// One entry of a list: an object with detail, an address without.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Listed {
    Record(Record),
    Address(String),
}

/// An update user on the wire.
#[derive(Deserialize)]
pub(super) struct Record {
    #[serde(default)]
    user_name: Option<String>,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    password: Option<String>,
    #[serde(default)]
    nickname: Option<String>,
}

/// A reply that holds only a password.
#[derive(Deserialize)]
pub(super) struct OnlyPassword {
    pub password: String,
}

/// The permissions of one user on the wire.
#[derive(Deserialize)]
pub(super) struct Report {
    #[serde(default)]
    admin_override: Option<Flag>,
    #[serde(default)]
    allowed: Option<Vec<Allowed>>,
}

#[derive(Deserialize)]
struct Allowed {
    name: String,
}

/// The system writes `"1"`; numbers and booleans are cheap to understand too.
#[derive(Deserialize)]
#[serde(untagged)]
enum Flag {
    Text(String),
    Number(u64),
    Bool(bool),
}

impl Permissions {
    /// Whether the user holds this permission, for example `UpdateUserAdd`.
    #[must_use]
    pub fn allows(&self, name: &str) -> bool {
        self.admin_override || self.names.contains(name)
    }
}

impl LoginState {
    fn parse(word: &str) -> Option<Self> {
        match word {
            "active" => Some(Self::Active),
            "blocked" => Some(Self::Blocked),
            _ => None,
        }
    }
}

impl Record {
    /// The user, if the record names one.
    pub(super) fn user(self) -> Option<UpdateUser> {
        let user_name = self.user_name.clone()?;
        self.user_named(user_name)
    }

    /// The user that was asked for by this name: a short reply may leave it out. `None` if the reply names another.
    pub(super) fn user_named(self, asked: String) -> Option<UpdateUser> {
        let Self { user_name, status, password, nickname } = self;
        let user_name = match user_name {
            Some(shown) if shown != asked => return None,
            Some(shown) => shown,
            None => asked,
        };
        (!user_name.is_empty()).then(|| UpdateUser {
            user_name,
            status: status.as_deref().and_then(LoginState::parse),
            // No update user has an empty password: the system would have made one up.
            password: password.filter(|password| !password.is_empty()).map(SecretString::from),
            nickname,
        })
    }
}

impl Listed {
    /// The user, if the entry names one.
    pub(super) fn user(self) -> Option<UpdateUser> {
        match self {
            Self::Record(record) => record.user(),
            Self::Address(address) => {
                let name = address.strip_prefix("/REST/UpdateUser/")?;
                let name = name.strip_suffix('/').unwrap_or(name);
                let user_name = percent_decode_str(name).decode_utf8().ok()?.into_owned();
                (!user_name.is_empty() && !name.contains('/')).then_some(UpdateUser {
                    user_name,
                    status: None,
                    password: None,
                    nickname: None,
                })
            }
        }
    }
}

impl From<Report> for Permissions {
    fn from(report: Report) -> Self {
        let Report { admin_override, allowed } = report;
        Self {
            admin_override: match admin_override {
                Some(Flag::Text(text)) => text == "1",
                Some(Flag::Number(number)) => number == 1,
                Some(Flag::Bool(value)) => value,
                None => false,
            },
            names: allowed.unwrap_or_default().into_iter().map(|allowed| allowed.name).collect(),
        }
    }
}
