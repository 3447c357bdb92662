//! `PortalUser` as the engine sees it, without any system: one table per question.

mod changes;
mod locate;
mod removal;
mod resource;
mod secrecy;

use std::collections::{BTreeMap, BTreeSet};

use super::{PortalUserAccount, Role};
use crate::kinds::common::{DesiredPassword, MarkerKey};
use crate::plan::{
    Account, Adoption, Change, Claim, Coverage, Declared, Deletion, Desired, Drift, Located,
    Management, Marker, Memo, ObjectName, Origin, Policy, Reason, Rules, Snapshot, Verb, plan,
};
use crate::systems::ctera::{Place, User};

fn object(name: &str) -> ObjectName {
    ObjectName { kind: "PortalUser", namespace: "portal".into(), name: name.into() }
}

fn key() -> MarkerKey {
    MarkerKey::new([7; MarkerKey::LENGTH])
}

fn corp() -> Place {
    Place::Directory { domain: "corp.example".into() }
}

/// `dana`, of whom nothing but the name is managed.
fn bare() -> PortalUserAccount {
    PortalUserAccount {
        object: object("dana"),
        name: "dana".into(),
        place: Place::Local,
        email: None,
        first_name: None,
        last_name: None,
        role: None,
        company: None,
        comment: None,
        password: DesiredPassword::Unmanaged,
        password_change: None,
        acknowledged: None,
        key: key(),
    }
}

/// `dana`, with all that a new user needs.
fn full() -> PortalUserAccount {
    PortalUserAccount {
        email: Some("dana@example.com".into()),
        first_name: Some("Dana".into()),
        last_name: Some("Ivri".into()),
        password: DesiredPassword::Value("sent".into()),
        ..bare()
    }
}

/// A user as the portal shows it: what [`full`] makes of it.
fn shown(uid: &str, name: &str) -> User {
    User {
        uid: uid.into(),
        name: name.into(),
        place: Place::Local,
        email: Some("dana@example.com".into()),
        first_name: Some("Dana".into()),
        last_name: Some("Ivri".into()),
        company: None,
        comment: None,
        role: Some("EndUser".into()),
        account_status: Some("active".into()),
    }
}

fn complete(users: impl IntoIterator<Item = User>) -> Snapshot<PortalUserAccount> {
    seen(users, Coverage::Everything)
}

fn seen(users: impl IntoIterator<Item = User>, coverage: Coverage) -> Snapshot<PortalUserAccount> {
    let accounts = users.into_iter().map(|user| (user.uid.clone(), user)).collect();
    Snapshot::new(accounts, coverage, BTreeSet::from([Place::Local, corp()]))
}

fn holding(uid: &str) -> Memo<String> {
    Memo { key: Some(uid.into()), origin: Some(Origin::Created), ..Memo::default() }
}

/// A create of this account was begun.
fn begun(account: &PortalUserAccount) -> Memo<String> {
    Memo { claim: Some(Claim { evidence: account.evidence(&complete([])) }), ..Memo::default() }
}
