//! Users of a portal, as a [`Remote`] of the engine.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::account::PortalUserAccount;
use super::change::{
    COMMENT, COMPANY, EMAIL, FIRST_NAME, LAST_NAME, NAME, PASSWORD, PortalUserChange, ROLE,
};
use super::{Role, account::full_name};
use crate::kinds::common::DesiredPassword;
use crate::plan::{Account, Action, Change, Coverage, Declared, Seen, Snapshot, Verb};
use crate::remote::{Applied, Cause, Remote, RemoteError, gone_is_done, if_shown};
use crate::systems::ctera::{Absence, Client, NewUser, Place, SYSTEM, User, UserEdit};

const MANAGE: &str = "canManageUsers";

/// The permissions that matter, as the portal names them.
pub(in crate::kinds) const PERMISSIONS: [&str; 4] =
    [MANAGE, "canChangeRoles", "canChangeUserEmail", "canChangeUserPassword"];

/// What a change of a field needs besides the permission to manage users.
const OF_A_FIELD: [(&str, &str); 3] =
    [(ROLE, "canChangeRoles"), (EMAIL, "canChangeUserEmail"), (PASSWORD, "canChangeUserPassword")];

impl Remote<PortalUserAccount> for Client {
    const SYSTEM: &'static str = SYSTEM;
    /// Users do not depend on each other, and the client keeps to what the session allows at once.
    const BATCH: usize = 16;

    /// One call a page. A list of one page was read at one moment and is a proof; over several pages, users can have
    /// moved from one to another.
    async fn observe(
        &self,
        parts: &BTreeSet<Place>,
    ) -> Result<Snapshot<PortalUserAccount>, RemoteError> {
        let mut accounts = BTreeMap::new();
        let mut coverage = Coverage::Everything;
        for place in parts {
            let listed = match self.list_users(place).await {
                // A directory that the portal does not know has no users. Who names it is told so; nobody else minds.
                Err(error) if error.cause() == Cause::NotFound && *place != Place::Local => {
                    continue;
                }
                listed => listed?,
            };
            if listed.pages > 1 {
                coverage = Coverage::Pages;
            }
            accounts.extend(listed.users.into_iter().map(|user| (user.uid.clone(), user)));
        }
        Ok(Snapshot::new(accounts, coverage, parts.clone()))
    }

    /// One search for a user that is recorded; for one that is not, or is gone, a look at its name. That nobody is there
    /// is believed only if the session is still in its tenant.
    async fn prove(
        &self,
        objects: &[&Declared<PortalUserAccount>],
        seen: &mut Snapshot<PortalUserAccount>,
    ) -> Result<(), RemoteError> {
        let looks = objects.iter().map(|object| {
            let account = object.desired.account();
            async move {
                let (place, name) = (&account.place, &account.name);
                if let Some(uid) = &object.memo.key
                    && let Some(user) = self.find_user_by_uid(place, uid).await?
                {
                    return Ok((account, Some(user)));
                }
                Ok::<_, RemoteError>((account, self.find_user(place, name).await?))
            }
        });
        let found = futures::future::try_join_all(looks).await?;
        for (object, (account, user)) in objects.iter().zip(found) {
            let recorded = object.memo.key.as_ref();
            if let Some(uid) = recorded.filter(|uid| user.as_ref().is_none_or(|u| u.uid != **uid)) {
                seen.prove_absent(uid.clone());
            }
            match user {
                Some(user) => seen.add(user.uid.clone(), user),
                None => seen.prove_alias_absent(full_name(&account.place, &account.name)),
            }
        }
        Ok(())
    }

    async fn apply(
        &self,
        actions: Vec<Action<PortalUserAccount>>,
        seen: &Snapshot<PortalUserAccount>,
    ) -> Vec<Applied<PortalUserAccount>> {
        let work = actions.into_iter().map(|action| async move {
            match action {
                Action::Create(account) => create(self, &account).await,
                Action::Update { account, key, changes } => {
                    let mut settled = Vec::new();
                    let result = update(self, &account, &key, &changes, seen, &mut settled).await;
                    Applied { key: Some(key), settled, result }
                }
                Action::Disable(key) => {
                    let result = disable(self, &key, seen).await;
                    Applied { key: Some(key), settled: Vec::new(), result }
                }
                Action::Delete(key) => {
                    let result = delete(self, &key, seen).await;
                    Applied { key: Some(key), settled: Vec::new(), result }
                }
            }
        });
        futures::future::join_all(work).await
    }

    async fn forbidden(&self) -> Result<BTreeMap<Verb, String>, RemoteError> {
        let Some(permissions) = if_shown(self.permissions().await)? else {
            return Ok(BTreeMap::new());
        };
        if permissions.allows(MANAGE) {
            return Ok(BTreeMap::new());
        }
        let verbs = [Verb::Create, Verb::Update, Verb::Disable, Verb::Delete];
        Ok(verbs.into_iter().map(|verb| (verb, MANAGE.to_owned())).collect())
    }
}

fn refused(operation: &'static str, cause: Cause, why: impl Into<String>) -> RemoteError {
    RemoteError::new(SYSTEM, operation, cause, why)
}

const CREATE: &str = "create a user";
const EDIT: &str = "edit a user";
const CHANGE_PASSWORD: &str = "change the password of a user";
const DELETE: &str = "delete a user";

async fn create(client: &Client, account: &PortalUserAccount) -> Applied<PortalUserAccount> {
    let failed = |error| Applied { key: None, settled: Vec::new(), result: Err(error) };
    // What `creation` demanded, once more as values.
    if let Err(refusal) = account.creation() {
        return failed(refused(CREATE, Cause::Rejected, refusal.to_string()));
    }
    let (Some(email), Some(first_name), Some(last_name), Some(password)) =
        (&account.email, &account.first_name, &account.last_name, account.password.at_creation())
    else {
        return failed(refused(CREATE, Cause::Rejected, "something is missing"));
    };
    let role = account.role.unwrap_or(Role::OF_A_NEW_USER);
    let changes_on = account.password_change.as_ref().and_then(|on| on.date(Timestamp::now()));
    let new = NewUser {
        name: &account.name,
        email,
        first_name,
        last_name,
        password,
        role: role.wire(),
        company: account.company.as_deref(),
        comment: account.comment.as_deref(),
        require_password_change_on: changes_on.as_deref(),
    };
    // Nobody is created who is not proven absent: by the list, or where that is no proof, by a look at the user itself.
    match client.add_user(&new, Absence::Proven).await {
        Ok(user) => {
            let settled = account.markers().into_keys().collect();
            Applied { key: Some(user.uid), settled, result: Ok(()) }
        }
        Err(error) => failed(error),
    }
}

/// One GET and one PUT, whatever the number of fields. If the portal refuses the new password, the other fields are
/// written without it.
async fn update(
    client: &Client,
    account: &PortalUserAccount,
    uid: &str,
    changes: &[PortalUserChange],
    seen: &Snapshot<PortalUserAccount>,
    settled: &mut Vec<&'static str>,
) -> Result<(), RemoteError> {
    let fields: Vec<&'static str> = changes.iter().map(Change::field).collect();
    let name = &user_seen(EDIT, uid, seen)?.name;
    may_change(client, &fields)?;
    if is_own(client, name) && fields.iter().any(|field| [NAME, ROLE, PASSWORD].contains(field)) {
        return Err(refused(EDIT, Cause::Forbidden, OWN));
    }
    let edit = edit_of(account, &fields);
    match client.edit_user(uid, name, &edit).await {
        Ok(_) => {
            settled.extend(fields);
            Ok(())
        }
        Err(error)
            if error.cause() == Cause::Rejected && edit.password.is_some() && fields.len() > 1 =>
        {
            let others = UserEdit { password: None, ..edit };
            client.edit_user(uid, name, &others).await?;
            settled.extend(fields.into_iter().filter(|field| *field != PASSWORD));
            let why = format!("{}; everything else was written", error.detail());
            Err(refused(CHANGE_PASSWORD, Cause::Rejected, why))
        }
        Err(error) => Err(error),
    }
}

/// What is to be different, of the declared values.
fn edit_of<'a>(account: &'a PortalUserAccount, fields: &[&'static str]) -> UserEdit<'a> {
    let if_changed =
        |field: &str, value: Option<&'a str>| value.filter(|_| fields.contains(&field));
    UserEdit {
        name: if_changed(NAME, Some(&account.name)),
        email: if_changed(EMAIL, account.email.as_deref()),
        first_name: if_changed(FIRST_NAME, account.first_name.as_deref()),
        last_name: if_changed(LAST_NAME, account.last_name.as_deref()),
        role: if_changed(ROLE, account.role.map(Role::wire)),
        company: if_changed(COMPANY, account.company.as_deref()),
        comment: if_changed(COMMENT, account.comment.as_deref()),
        password: match &account.password {
            DesiredPassword::Value(password) if fields.contains(&PASSWORD) => Some(password),
            _ => None,
        },
    }
}

async fn disable(
    client: &Client,
    uid: &str,
    seen: &Snapshot<PortalUserAccount>,
) -> Result<(), RemoteError> {
    let name = &user_seen(EDIT, uid, seen)?.name;
    may_change(client, &[ROLE])?;
    if is_own(client, name) {
        return Err(refused(EDIT, Cause::Forbidden, OWN));
    }
    let edit = UserEdit { role: Some(Role::Disabled.wire()), ..UserEdit::default() };
    gone_is_done(client.edit_user(uid, name, &edit).await.map(drop))
}

async fn delete(
    client: &Client,
    uid: &str,
    seen: &Snapshot<PortalUserAccount>,
) -> Result<(), RemoteError> {
    let user = user_seen(DELETE, uid, seen)?;
    if user.place == Place::Local && is_own(client, &user.name) {
        return Err(refused(DELETE, Cause::Forbidden, OWN));
    }
    gone_is_done(client.delete_user(&user.place, uid, &user.name).await)
}

/// Why the session's own user is left alone.
const OWN: &str = "the session itself logs in as this user; its name, role, password and life are not for an object to change";

/// Whether the session logs in as this local user. Where an administrator of the whole system entered a tenant, a user of
/// the same name is another one.
fn is_own(client: &Client, name: &str) -> bool {
    client.own_user().is_some_and(|own| own == name)
}

/// Says which permission is missing before anything is sent, as far as that is known.
fn may_change(client: &Client, fields: &[&'static str]) -> Result<(), RemoteError> {
    let Some(permissions) = client.known_permissions() else { return Ok(()) };
    let lacks = |(field, permission): &&(&str, &str)| {
        fields.contains(field) && !permissions.allows(permission)
    };
    match OF_A_FIELD.iter().find(lacks) {
        Some((field, permission)) => {
            let why = format!(
                "the session's user lacks the permission {permission}, so {field} cannot be changed"
            );
            Err(refused(EDIT, Cause::Forbidden, why))
        }
        None => Ok(()),
    }
}

/// The user as it was in the list; its name is only where the client looks first. Nothing is decided about one that was
/// not seen, so that is no way to be done with it.
fn user_seen<'s>(
    operation: &'static str,
    uid: &str,
    seen: &'s Snapshot<PortalUserAccount>,
) -> Result<&'s User, RemoteError> {
    match seen.look(&uid.to_owned()) {
        Seen::Found(user) => Ok(user),
        Seen::Absent | Seen::Unknown => {
            Err(refused(operation, Cause::NotFound, "the user was not seen"))
        }
    }
}
