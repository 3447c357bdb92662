//! Update users of a DynECT customer, as a [`Remote`] of the engine.

use std::collections::{BTreeMap, BTreeSet};

use secrecy::SecretString;

use super::LoginState;
use super::account::UpdateUserAccount;
use super::change::{LOGIN_STATE, PASSWORD, UpdateUserChange};
use crate::kinds::common::DesiredPassword;
use crate::plan::{Account, Action, Change, Coverage, Snapshot, Verb};
use crate::remote::{Applied, Cause, Remote, RemoteError, gone_is_done, if_shown};
use crate::systems::dynect::Client;

/// The permissions that writing needs, as the vendor names them.
pub(in crate::kinds) const PERMISSIONS: [(Verb, &str); 4] = [
    (Verb::Create, "UpdateUserAdd"),
    (Verb::Update, "UpdateUserUpdate"),
    (Verb::Disable, "UpdateUserUpdate"),
    (Verb::Delete, "UpdateUserDelete"),
];

impl Remote<UpdateUserAccount> for Client {
    const SYSTEM: &'static str = "DynECT";
    /// The system takes one request at a time.
    const BATCH: usize = 1;

    /// One call lists all accounts with their state and password; there is no paging and no cheaper question.
    async fn observe(
        &self,
        parts: &BTreeSet<()>,
    ) -> Result<Snapshot<UpdateUserAccount>, RemoteError> {
        let users = self.list_update_users().await?;
        let accounts: BTreeMap<_, _> =
            users.into_iter().map(|user| (user.user_name.clone(), user)).collect();
        Ok(Snapshot::new(accounts, Coverage::Everything, parts.clone()))
    }

    async fn apply(
        &self,
        actions: Vec<Action<UpdateUserAccount>>,
        seen: &Snapshot<UpdateUserAccount>,
    ) -> Vec<Applied<UpdateUserAccount>> {
        let mut applied = Vec::with_capacity(actions.len());
        for action in actions {
            applied.push(match action {
                Action::Create(account) => create(self, &account, seen).await,
                Action::Update { account, key, changes } => {
                    let mut settled = Vec::new();
                    let result = update(self, &account, &key, &changes, &mut settled).await;
                    Applied { key: Some(key), settled, result }
                }
                Action::Disable(key) => {
                    let result = gone_is_done(self.block(&key).await);
                    Applied { key: Some(key), settled: Vec::new(), result }
                }
                Action::Delete(key) => {
                    let result = gone_is_done(self.delete(&key).await);
                    Applied { key: Some(key), settled: Vec::new(), result }
                }
            });
        }
        applied
    }

    async fn forbidden(&self) -> Result<BTreeMap<Verb, String>, RemoteError> {
        let Some(permissions) = if_shown(self.permissions().await)? else {
            return Ok(BTreeMap::new());
        };
        Ok(PERMISSIONS
            .into_iter()
            .filter(|(_, permission)| !permissions.allows(permission))
            .map(|(verb, permission)| (verb, permission.to_owned()))
            .collect())
    }
}

/// An account is always created active; one that is to be blocked is blocked by a second call.
async fn create(
    client: &Client,
    account: &UpdateUserAccount,
    seen: &Snapshot<UpdateUserAccount>,
) -> Applied<UpdateUserAccount> {
    let failed = |error| Applied { key: None, settled: Vec::new(), result: Err(error) };
    let (nickname, password) = match declared_identity(account) {
        Ok(identity) => identity,
        Err(error) => return failed(error),
    };
    let before: BTreeSet<String> = seen.accounts().keys().cloned().collect();
    let user_name = match client.create_update_user(nickname, password, &before).await {
        Ok(user) => user.user_name,
        Err(error) => return failed(error),
    };
    let mut settled = vec![PASSWORD];
    let result = match account.login_state {
        Some(LoginState::Blocked) => client.block(&user_name).await,
        Some(LoginState::Active) | None => Ok(()),
    };
    if result.is_ok() {
        settled.push(LOGIN_STATE);
    }
    Applied { key: Some(user_name), settled, result }
}

/// What `creation` demanded, once more as values.
fn declared_identity(account: &UpdateUserAccount) -> Result<(&str, &SecretString), RemoteError> {
    let refused = |why: String| {
        RemoteError::new(
            <Client as Remote<UpdateUserAccount>>::SYSTEM,
            "create an update user",
            Cause::Rejected,
            why,
        )
    };
    account.creation().map_err(|refusal| refused(refusal.to_string()))?;
    match (&account.nickname, &account.password) {
        (
            Some(nickname),
            DesiredPassword::Value(password) | DesiredPassword::AtCreation(password),
        ) => Ok((nickname, password)),
        _ => Err(refused("nickname or password is missing".to_owned())),
    }
}

/// One call per field, in the order of the plan: the system takes a state or a password, never both at once.
async fn update(
    client: &Client,
    account: &UpdateUserAccount,
    user_name: &str,
    changes: &[UpdateUserChange],
    settled: &mut Vec<&'static str>,
) -> Result<(), RemoteError> {
    for change in changes {
        match (change, &account.password) {
            (UpdateUserChange::LoginState { to: LoginState::Blocked, .. }, _) => {
                client.block(user_name).await?;
            }
            (UpdateUserChange::LoginState { to: LoginState::Active, .. }, _) => {
                client.unblock(user_name).await?;
            }
            (UpdateUserChange::Password { .. }, DesiredPassword::Value(password)) => {
                client.set_password(user_name, password).await?;
            }
            (UpdateUserChange::Password { .. } | UpdateUserChange::Nickname(_), _) => continue,
        }
        settled.push(change.field());
    }
    Ok(())
}
