//! `UpdateUser` as the engine sees it: where it is among the accounts, and what differs.

use std::borrow::Cow;
use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use super::LoginState;
use super::change::{LOGIN_STATE, PASSWORD, UpdateUserChange, word};
use crate::kinds::common::{DesiredPassword, MarkerKey};
use crate::plan::{Account, Located, Marker, Memo, ObjectName, Refusal, Seen, Snapshot};
use crate::systems::dynect::{self, UpdateUser};

/// An update user as declared, with its password resolved.
#[derive(Debug)]
pub struct UpdateUserAccount {
    pub object: ObjectName,
    pub nickname: Option<String>,
    pub user_name: Option<String>,
    pub login_state: Option<LoginState>,
    pub password: DesiredPassword,
    pub key: MarkerKey,
}

impl UpdateUserAccount {
    /// For each managed field, the marker of its declared value.
    #[must_use]
    pub fn markers(&self) -> BTreeMap<&'static str, Marker> {
        let state =
            self.login_state.map(|state| (LOGIN_STATE, self.mark(LOGIN_STATE, word(state))));
        let password =
            self.password.at_creation().map(|value| (PASSWORD, self.mark_password(value)));
        state.into_iter().chain(password).collect()
    }

    fn mark(&self, field: &str, value: &str) -> Marker {
        self.key.mark(&self.object, field, value)
    }

    fn mark_password(&self, password: &SecretString) -> Marker {
        self.mark(PASSWORD, password.expose_secret())
    }

    /// Whether the account is to be blocked, so that blocking comes before anything else.
    fn wants_block(&self) -> bool {
        self.login_state == Some(LoginState::Blocked)
    }

    fn login_state_change(
        &self,
        seen: &UpdateUser,
        memo: &Memo<String>,
    ) -> Option<UpdateUserChange> {
        let to = self.login_state?;
        let from = seen.status.map(LoginState::from);
        let differs = match from {
            Some(from) => from != to,
            None => source_changed(LOGIN_STATE, &self.mark(LOGIN_STATE, word(to)), memo),
        };
        differs.then_some(UpdateUserChange::LoginState { from, to })
    }

    fn password_change(&self, seen: &UpdateUser, memo: &Memo<String>) -> Option<UpdateUserChange> {
        let DesiredPassword::Value(password) = &self.password else { return None };
        let differs = match &seen.password {
            Some(seen) => !same(password, seen),
            None => source_changed(PASSWORD, &self.mark_password(password), memo),
        };
        differs.then_some(UpdateUserChange::Password { new: false })
    }

    /// The account that a create of ours made, whose end was not recorded.
    fn locate_claimed(
        &self,
        evidence: Option<&Marker>,
        seen: &Snapshot<Self>,
        is_held: &dyn Fn(&String) -> bool,
    ) -> Result<Located<String>, Refusal> {
        let name = self.nickname.as_deref().unwrap_or_default();
        let ambiguous = || Refusal::Ambiguous {
            question: format!(
                "creating `{name}` was begun and it is not known whether it succeeded; find its login name at DynECT and declare it as userName with adoptionPolicy: IfExists, or make sure that there is none and remove the claim from the recorded state"
            ),
        };
        let Some(evidence) = evidence else { return Err(ambiguous()) };
        let mut all_readable = true;
        let mut found = Vec::new();
        for (user_name, account) in seen.accounts().iter().filter(|(name, _)| !is_held(name)) {
            match &account.password {
                Some(password) if self.mark_password(password) == *evidence => {
                    found.push(user_name);
                }
                Some(_) => {}
                None => all_readable = false,
            }
        }
        match &found[..] {
            [one] => Ok(Located::Found((*one).clone())),
            [] if all_readable && seen.is_complete() => Ok(Located::Absent),
            _ => Err(ambiguous()),
        }
    }
}

impl Account for UpdateUserAccount {
    const KIND: &'static str = "UpdateUser";

    /// The login name, which the system assigns.
    type Key = String;
    type Part = ();
    type Observed = UpdateUser;
    type Change = UpdateUserChange;

    /// By the recorded login name, else by the declared one, else by the nickname where the system shows it, else by
    /// what a create of ours left behind. A nickname that is nowhere shown is taken for free: the system refuses to
    /// create a second account with it.
    fn locate(
        &self,
        memo: &Memo<String>,
        seen: &Snapshot<Self>,
        is_held: &dyn Fn(&String) -> bool,
    ) -> Result<Located<String>, Refusal> {
        if let (Some(recorded), Some(declared)) = (&memo.key, &self.user_name)
            && recorded != declared
        {
            return Err(Refusal::Ambiguous {
                question: format!(
                    "this object holds `{recorded}`, but declares userName: {declared}; make another object for another account"
                ),
            });
        }
        if let Some(user_name) = memo.key.as_ref().or(self.user_name.as_ref()) {
            return match seen.look(user_name) {
                Seen::Found(account) => self.cross_check(account),
                Seen::Absent => Ok(Located::Absent),
                Seen::Unknown => Ok(Located::Unknown),
            };
        }
        let by_nickname = self.nickname.as_deref().and_then(|nickname| seen.alias(nickname));
        match (by_nickname, &memo.claim) {
            (Some(user_name), _) => Ok(Located::Found(user_name.clone())),
            (None, Some(claim)) => self.locate_claimed(claim.evidence.as_ref(), seen, is_held),
            (None, None) => Ok(Located::Absent),
        }
    }

    /// To block, block first and set the password then; to unblock, the other way round. So nobody can log in with an
    /// old password meanwhile.
    fn changes(&self, observed: &UpdateUser, memo: &Memo<String>) -> Vec<UpdateUserChange> {
        let state = self.login_state_change(observed, memo);
        let password = self.password_change(observed, memo);
        let ordered = if self.wants_block() { [state, password] } else { [password, state] };
        ordered.into_iter().flatten().collect()
    }

    fn creation(&self) -> Result<Vec<UpdateUserChange>, Refusal> {
        if let Some(user_name) = &self.user_name {
            return Err(Refusal::AccountMissing {
                account: user_name.clone(),
                remedy: "DynECT assigns login names itself, so Roster cannot create this one; correct userName, or leave it out to get a new account",
            });
        }
        let incomplete = |missing: &str| Refusal::Incomplete { missing: missing.to_owned() };
        let Some(nickname) = &self.nickname else {
            return Err(incomplete("a new account needs a nickname; set spec.nickname"));
        };
        match &self.password {
            DesiredPassword::Value(_) | DesiredPassword::AtCreation(_) => {}
            DesiredPassword::Missing(why) => return Err(incomplete(why)),
            DesiredPassword::Unmanaged => {
                return Err(incomplete(
                    "a new account needs a password; set password.secretKeyRef or password.generate",
                ));
            }
        }
        let to = self.login_state.unwrap_or(LoginState::Active);
        Ok(vec![
            UpdateUserChange::Nickname(nickname.clone()),
            UpdateUserChange::LoginState { from: None, to },
            UpdateUserChange::Password { new: true },
        ])
    }

    fn claim(&self) -> Option<String> {
        self.nickname.as_deref().map(claim_of)
    }

    fn alias(observed: &UpdateUser) -> Option<Cow<'_, str>> {
        observed.nickname.as_deref().map(Cow::from)
    }

    fn part(&self) {}

    fn signature(&self) -> Option<Marker> {
        self.password.at_creation().map(|password| self.mark_password(password))
    }

    fn evidence(&self, seen: &Snapshot<Self>) -> Option<Marker> {
        let password = self.password.at_creation()?;
        let unique = seen
            .accounts()
            .values()
            .all(|account| account.password.as_ref().is_some_and(|seen| !same(password, seen)));
        unique.then(|| self.mark_password(password))
    }

    fn is_unchanged(before: &UpdateUser, now: &UpdateUser) -> bool {
        let UpdateUser { user_name, nickname, status, password } = before;
        let same_password = match (password, &now.password) {
            (Some(before), Some(now)) => same(before, now),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        same_password
            && (user_name, nickname, status) == (&now.user_name, &now.nickname, &now.status)
    }

    fn is_disabled(observed: &UpdateUser) -> bool {
        observed.status == Some(dynect::LoginState::Blocked)
    }
}

impl UpdateUserAccount {
    /// Where the system shows nicknames, the login name and the nickname must belong together.
    fn cross_check(&self, account: &UpdateUser) -> Result<Located<String>, Refusal> {
        let UpdateUser { user_name, nickname: shown, .. } = account;
        match (&self.nickname, shown) {
            (Some(declared), Some(shown)) if declared != shown => Err(Refusal::Ambiguous {
                question: format!(
                    "`{user_name}` has the nickname `{shown}`, not `{declared}`; correct nickname or userName"
                ),
            }),
            _ => Ok(Located::Found(user_name.clone())),
        }
    }
}

/// What an account with this nickname claims.
pub(super) fn claim_of(nickname: &str) -> String {
    format!("nickname {nickname}")
}

/// A value that cannot be read is written only if it is known that another one was applied last.
fn source_changed(field: &str, declared: &Marker, memo: &Memo<String>) -> bool {
    memo.applied.get(field).is_some_and(|applied| applied != declared)
}

/// In constant time.
fn same(one: &SecretString, other: &SecretString) -> bool {
    one.expose_secret().as_bytes().ct_eq(other.expose_secret().as_bytes()).into()
}
