//! `UpdateUser` as the engine sees it, without any system: one table per question.

mod locate;
mod secrecy;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::{LoginState, UpdateUserAccount, UpdateUserChange};
use crate::kinds::common::{DesiredPassword, MarkerKey};
use crate::plan::{
    Account, Adoption, Change, Claim, Coverage, Declared, Deletion, Desired, Drift, Located,
    Management, Marker, Memo, ObjectName, Origin, Policy, Reason, Rules, Snapshot, plan,
};
use crate::systems::dynect::{self, UpdateUser};

const ACTIVE: Option<LoginState> = Some(LoginState::Active);
const BLOCKED: Option<LoginState> = Some(LoginState::Blocked);

fn object(name: &str) -> ObjectName {
    ObjectName { kind: "UpdateUser", namespace: "dns".into(), name: name.into() }
}

fn key() -> MarkerKey {
    MarkerKey::new([7; MarkerKey::LENGTH])
}

/// `edge1`, of which nothing but the nickname is managed.
fn bare() -> UpdateUserAccount {
    UpdateUserAccount {
        object: object("edge1"),
        nickname: Some("edge1".into()),
        user_name: None,
        login_state: None,
        password: DesiredPassword::Unmanaged,
        key: key(),
    }
}

fn with_password(password: &str) -> UpdateUserAccount {
    UpdateUserAccount { password: DesiredPassword::Value(password.into()), ..bare() }
}

/// An account as the system shows it.
fn shown(user_name: &str, password: Option<&str>, nickname: Option<&str>) -> UpdateUser {
    UpdateUser {
        user_name: user_name.into(),
        status: Some(dynect::LoginState::Active),
        password: password.map(Into::into),
        nickname: nickname.map(Into::into),
    }
}

fn complete(users: impl IntoIterator<Item = UpdateUser>) -> Snapshot<UpdateUserAccount> {
    let accounts = users.into_iter().map(|user| (user.user_name.clone(), user)).collect();
    Snapshot::new(accounts, Coverage::Everything, BTreeSet::from([()]))
}

fn holding(user_name: &str) -> Memo<String> {
    let origin = Some(Origin::Created);
    Memo { key: Some(user_name.into()), origin, ..Memo::default() }
}

fn begun(evidence: Option<&str>) -> Memo<String> {
    let mark = |password| key().mark(&object("edge1"), "password", password);
    Memo { claim: Some(Claim { evidence: evidence.map(mark) }), ..Memo::default() }
}

/// Where the account is, or the word of the refusal.
#[test]
fn evidence_is_a_password_that_no_account_has_and_every_account_shows() {
    let account = with_password("mine");
    let marker = Some(key().mark(&object("edge1"), "password", "mine"));
    for (case, users, expected) in [
        ("alone", vec![], marker.clone()),
        ("others", vec![shown("a", Some("1"), None), shown("b", Some("2"), None)], marker),
        ("shared", vec![shown("a", Some("1"), None), shown("b", Some("mine"), None)], None),
        ("unreadable", vec![shown("a", Some("1"), None), shown("b", None, None)], None),
    ] {
        assert_eq!(account.evidence(&complete(users)), expected, "{case}");
    }
    assert_eq!(bare().evidence(&complete([])), None, "nothing is sent");
}

#[test]
fn a_block_comes_before_the_password_and_an_unblock_after_it() {
    let seen = |status| UpdateUser { status: Some(status), ..shown("a", Some("old"), None) };
    let state = |from, to| UpdateUserChange::LoginState { from: Some(from), to };
    let password = UpdateUserChange::Password { new: false };
    let (active, blocked) = (LoginState::Active, LoginState::Blocked);
    let was_active = || seen(dynect::LoginState::Active);
    let was_blocked = || seen(dynect::LoginState::Blocked);
    for (login_state, seen, expected) in [
        (BLOCKED, was_active(), vec![state(active, blocked), password.clone()]),
        (ACTIVE, was_blocked(), vec![password.clone(), state(blocked, active)]),
        (ACTIVE, was_active(), vec![password.clone()]),
        (BLOCKED, was_blocked(), vec![password.clone()]),
        (None, was_blocked(), vec![password]),
    ] {
        let account = UpdateUserAccount { login_state, ..with_password("new") };
        assert_eq!(account.changes(&seen, &Memo::default()), expected, "{login_state:?}");
    }
}

#[test]
fn what_is_not_managed_never_differs() {
    let seen = shown("a", Some("theirs"), Some("edge1"));
    let at_creation =
        UpdateUserAccount { password: DesiredPassword::AtCreation("x".into()), ..bare() };
    let missing = UpdateUserAccount { password: DesiredPassword::Missing("why".into()), ..bare() };
    for account in [bare(), at_creation, missing] {
        let mut memo = holding("a");
        memo.applied.insert("password".into(), Marker::new("of before"));
        assert_eq!(account.changes(&seen, &memo), []);
        let hidden = UpdateUser { password: None, status: None, ..seen.clone() };
        assert_eq!(account.changes(&hidden, &memo), []);
    }
}

#[test]
fn a_value_that_is_not_shown_is_written_only_if_another_one_was_applied_last() {
    let account = UpdateUserAccount { login_state: BLOCKED, ..with_password("declared") };
    let hidden = UpdateUser { status: None, ..shown("a", None, None) };
    let applied = |state: &str, password: &str| {
        let mark = |field: &str, value: &str| {
            (field.to_owned(), key().mark(&object("edge1"), field, value))
        };
        let applied = [mark("loginState", state), mark("password", password)].into();
        Memo { applied, ..holding("a") }
    };
    let state = UpdateUserChange::LoginState { from: None, to: LoginState::Blocked };
    let password = UpdateUserChange::Password { new: false };
    for (memo, expected) in [
        (holding("a"), vec![]),
        (applied("Blocked", "declared"), vec![]),
        (applied("Blocked", "before"), vec![password.clone()]),
        (applied("Active", "declared"), vec![state.clone()]),
        (applied("Active", "before"), vec![state, password]),
    ] {
        assert_eq!(account.changes(&hidden, &memo), expected, "{memo:?}");
    }
    // A value that is shown speaks for itself, whatever was recorded.
    let shown = UpdateUser {
        status: Some(dynect::LoginState::Blocked),
        ..shown("a", Some("declared"), None)
    };
    assert_eq!(account.changes(&shown, &applied("Active", "before")), []);
}

#[test]
fn the_markers_are_those_of_the_managed_fields() {
    let fields = |account: &UpdateUserAccount| account.markers().into_keys().collect::<Vec<_>>();
    assert_eq!(fields(&bare()), [""; 0]);
    let full = UpdateUserAccount { login_state: ACTIVE, ..with_password("a") };
    assert_eq!(fields(&full), ["loginState", "password"]);
    let at_creation =
        UpdateUserAccount { password: DesiredPassword::AtCreation("a".into()), ..bare() };
    assert_eq!(fields(&at_creation), ["password"]);
    assert_ne!(with_password("a").markers(), with_password("b").markers());
    assert_eq!(with_password("a").markers(), at_creation.markers());
}

#[test]
fn a_new_account_needs_a_nickname_and_a_password_and_no_login_name() {
    let state = |to| UpdateUserChange::LoginState { from: None, to };
    for (login_state, to) in
        [(None, LoginState::Active), (ACTIVE, LoginState::Active), (BLOCKED, LoginState::Blocked)]
    {
        let account = UpdateUserAccount { login_state, ..with_password("pw") };
        let nickname = UpdateUserChange::Nickname("edge1".into());
        let expected = vec![nickname, state(to), UpdateUserChange::Password { new: true }];
        assert_eq!(account.creation(), Ok(expected));
    }
    let at_creation =
        UpdateUserAccount { password: DesiredPassword::AtCreation("x".into()), ..bare() };
    assert!(at_creation.creation().is_ok());

    let named = UpdateUserAccount { user_name: Some("acme-x".into()), ..with_password("pw") };
    let nameless = UpdateUserAccount { nickname: None, ..with_password("pw") };
    let missing = DesiredPassword::Missing("Secret dns/edge1 has no key `password`".into());
    let missing = UpdateUserAccount { password: missing, ..bare() };
    for (account, reason, text) in [
        (named, Reason::AccountMissing, "acme-x"),
        (nameless, Reason::Incomplete, "spec.nickname"),
        (bare(), Reason::Incomplete, "password.secretKeyRef"),
        (missing, Reason::Incomplete, "has no key `password`"),
    ] {
        let refusal = account.creation().unwrap_err();
        assert_eq!(refusal.reason(), reason);
        assert!(refusal.to_string().contains(text), "{refusal}");
    }
}

#[test]
fn two_objects_with_one_nickname_claim_the_same_thing() {
    let other = UpdateUserAccount { object: object("twin"), ..with_password("pw") };
    assert_eq!(bare().claim(), other.claim());
    assert!(bare().claim().is_some());
    assert_eq!(UpdateUserAccount { nickname: None, ..bare() }.claim(), None);
}

#[test]
fn only_a_blocked_account_cannot_be_used() {
    for (status, disabled) in [
        (Some(dynect::LoginState::Blocked), true),
        (Some(dynect::LoginState::Active), false),
        (None, false),
    ] {
        let seen = UpdateUser { status, ..shown("a", None, None) };
        assert_eq!(UpdateUserAccount::is_disabled(&seen), disabled, "{status:?}");
    }
}

#[test]
fn changes_name_their_field_and_show_what_may_be_shown() {
    use LoginState::{Active, Blocked};
    use UpdateUserChange as To;

    for (change, field, text) in [
        (To::Nickname("edge1".into()), "nickname", "nickname: edge1"),
        (To::LoginState { from: None, to: Active }, "loginState", "loginState: Active"),
        (
            To::LoginState { from: Some(Active), to: Blocked },
            "loginState",
            "loginState: Active → Blocked",
        ),
        (To::Password { new: true }, "password", "password: (sensitive)"),
        (To::Password { new: false }, "password", "password: (sensitive, changed)"),
    ] {
        assert_eq!((change.field(), change.to_string().as_str()), (field, text));
    }
}
