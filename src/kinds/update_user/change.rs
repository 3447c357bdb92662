//! One field of an update user that differs, as text for a person.

use std::fmt;

use super::LoginState;
use crate::plan::Change;
use crate::systems::dynect;

/// The names of the managed fields.
pub(super) const LOGIN_STATE: &str = "loginState";
pub(super) const PASSWORD: &str = "password";

/// One field of an update user that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UpdateUserChange {
    Nickname(String),
    /// `from` is `None` when the system does not show the state, or the account is new.
    LoginState {
        from: Option<LoginState>,
        to: LoginState,
    },
    Password {
        new: bool,
    },
}

/// The word for a state in manifests.
pub(super) fn word(state: LoginState) -> &'static str {
    match state {
        LoginState::Active => "Active",
        LoginState::Blocked => "Blocked",
    }
}

impl From<dynect::LoginState> for LoginState {
    fn from(state: dynect::LoginState) -> Self {
        match state {
            dynect::LoginState::Active => Self::Active,
            dynect::LoginState::Blocked => Self::Blocked,
        }
    }
}

impl Change for UpdateUserChange {
    fn field(&self) -> &'static str {
        match self {
            Self::Nickname(_) => "nickname",
            Self::LoginState { .. } => LOGIN_STATE,
            Self::Password { .. } => PASSWORD,
        }
    }
}

impl fmt::Display for UpdateUserChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nickname(nickname) => write!(f, "nickname: {nickname}"),
            Self::LoginState { from: Some(from), to } => {
                write!(f, "loginState: {} → {}", word(*from), word(*to))
            }
            Self::LoginState { from: None, to } => write!(f, "loginState: {}", word(*to)),
            Self::Password { new: true } => f.write_str("password: (sensitive)"),
            Self::Password { new: false } => f.write_str("password: (sensitive, changed)"),
        }
    }
}
