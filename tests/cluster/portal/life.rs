//! The life of a portal user as its object's author sees it.

use serde_json::json;

use super::{Portal, attribute, complete, portal_user};
use crate::observe::condition;

#[tokio::test]
async fn a_user_is_created_changed_renamed_and_disabled() {
    let portal = Portal::start().await;
    let operator = portal.0.operator().await;
    portal.0.apply(&portal.session("")).await;
    portal.0.apply(&complete("rina", "  company: Example Inc.\n  role: EndUser")).await;
    let made = portal.ready("rina").await;
    let status = made.status.unwrap();
    let uid = status.uid.clone().unwrap();
    assert_eq!(
        (status.role.as_deref(), status.account_status.as_deref()),
        (Some("EndUser"), Some("active"))
    );
    assert!(portal.ctera().login_password_is("acme", "rina", "first-rina"));
    let table = portal.0.kubectl(&["get", "pu"]).await;
    let row: Vec<&str> = table.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!(row[..5], ["rina", "acme", "rina", "EndUser", "True"], "{table}");

    // Changed, cleared, and given another password.
    portal.0.edit_secret("rina-password", json!({ "password": "second-rina" })).await;
    portal.edit("rina", json!({ "spec": { "company": "", "lastName": "Levi" } })).await;
    portal.ready("rina").await;
    let held = portal.attributes("rina");
    assert_eq!((&held["company"], &held["lastName"]), (&json!(""), &json!("Levi")));
    crate::controlplane::wait_for(crate::bench::SOON, "the new password is set", async || {
        portal.ctera().login_password_is("acme", "rina", "second-rina")
    })
    .await;

    // Renamed: the same user.
    portal.edit("rina", json!({ "spec": { "name": "rina.levi" } })).await;
    let renamed = portal.ready("rina").await;
    assert_eq!(renamed.status.unwrap().uid, Some(uid.clone()));
    assert_eq!(portal.ctera().user("acme", "rina.levi").unwrap().uid.to_string(), uid);
    assert!(portal.ctera().user("acme", "rina").is_none());

    portal.edit("rina", json!({ "spec": { "role": "Disabled" } })).await;
    let disabled = portal.ready("rina").await;
    assert_eq!(disabled.status.unwrap().role.as_deref(), Some("Disabled"));
    assert!(portal.ctera().user("globex", "rina").is_none());
    operator.stop().await;
    assert!(portal.ctera().sessions().is_empty(), "the end of the operator logs out");
}

#[tokio::test]
async fn a_remote_edit_is_taken_back_and_what_roster_does_not_know_stays() {
    let portal = Portal::start().await;
    let before = portal.attributes("dana");
    let operator = portal.0.operator().await;
    portal.0.apply(&portal.session("  resyncInterval: 1s")).await;
    let fields = "  adoptionPolicy: IfExists\n  email: dana@example.com\n  firstName: Dana";
    portal.0.apply(&portal_user("dana", fields)).await;
    let adopted = portal.ready("dana").await;
    assert_eq!(portal.ctera().user("acme", "dana").unwrap().changes, 0, "nothing differed");
    assert_eq!(
        adopted.status.unwrap().account.origin.map(|origin| format!("{origin:?}")),
        Some("Adopted".into())
    );

    portal.ctera().set_attributes("acme", "dana", attribute("firstName", "Somebody")).unwrap();
    crate::controlplane::wait_for(crate::bench::SOON, "the edit is taken back", async || {
        portal.attributes("dana")["firstName"] == "Dana"
    })
    .await;
    let note = portal.0.event("dana", "Updated").await;
    assert!(note.contains("took back an edit made at the remote system: firstName"), "{note}");
    let mut after = portal.attributes("dana");
    let mut expected = before.clone();
    for attributes in [&mut after, &mut expected] {
        attributes.retain(|name, _| name != "firstName");
    }
    assert_eq!(after, expected);
    operator.stop().await;
}

#[tokio::test]
async fn a_user_is_deleted_only_when_its_data_may_go() {
    let portal = Portal::start().await;
    let operator = portal.0.operator().await;
    portal.0.apply(&portal.session("")).await;
    portal.0.apply(&complete("rina", "  deletionPolicy: Delete")).await;
    portal.ready("rina").await;
    portal.delete("rina").await;
    let blocked = portal.condition("rina", "DeletionBlocked", "True", "DataLoss").await;
    let conditions = blocked.status.unwrap().account.conditions;
    let message = &condition(&conditions, "DeletionBlocked").unwrap().message;
    assert!(message.contains("set acknowledgeDataLoss: rina"), "{message}");
    assert!(portal.ctera().user("acme", "rina").is_some());
    portal.edit("rina", json!({ "spec": { "acknowledgeDataLoss": "rina" } })).await;
    portal.gone("rina").await;
    assert!(portal.ctera().user("acme", "rina").is_none());
    assert!(
        portal
            .ctera()
            .users()
            .iter()
            .filter(|user| user.name != "rina")
            .all(|user| user.deleted.is_none())
    );
    operator.stop().await;
}

#[tokio::test]
async fn without_a_policy_a_created_user_is_disabled_and_an_adopted_one_left() {
    let portal = Portal::start().await;
    let operator = portal.0.operator().await;
    portal.0.apply(&portal.session("")).await;
    portal.0.apply(&complete("rina", "")).await;
    portal.0.apply(&portal_user("erez", "  adoptionPolicy: Require")).await;
    for name in ["rina", "erez"] {
        portal.ready(name).await;
        portal.delete(name).await;
        portal.gone(name).await;
    }
    let role = |name| portal.ctera().user("acme", name).unwrap().role;
    assert_eq!(
        (role("rina").as_deref(), role("erez").as_deref()),
        (Some("Disabled"), Some("EndUser"))
    );
    operator.stop().await;
}

#[tokio::test]
async fn a_user_that_was_replaced_behind_our_back_is_neither_changed_nor_deleted() {
    let portal = Portal::start().await;
    let operator = portal.0.operator().await;
    portal.0.apply(&portal.session("  resyncInterval: 1s")).await;
    portal
        .0
        .apply(&complete("rina", "  deletionPolicy: Delete\n  acknowledgeDataLoss: rina"))
        .await;
    portal.ready("rina").await;
    let ctera = portal.ctera();
    ctera.delete_user("acme", "rina").unwrap();
    let other =
        ctera.create_user("acme", "rina", None, attribute("email", "other@example.com")).unwrap();
    portal.condition("rina", "Stalled", "True", "Replaced").await;
    portal.edit("rina", json!({ "spec": { "comment": "mine" } })).await;
    portal.condition("rina", "Stalled", "True", "Replaced").await;
    portal.delete("rina").await;
    portal.gone("rina").await;
    let left = ctera.user("acme", "rina").unwrap();
    assert_eq!((left.uid, left.changes, left.deleted), (other, 0, None));
    operator.stop().await;
}

#[tokio::test]
async fn what_is_wrong_is_said_with_what_to_do() {
    let portal = Portal::start().await;
    portal.ctera().switch(|switches| switches.password_min_length = Some(20));
    let operator = portal.0.operator().await;
    portal.0.apply(&portal.session("")).await;
    let without_email = complete("noemail", "").replace("  email: noemail@example.com\n", "");
    portal.0.apply(&(without_email + &complete("weak", "") + &portal_user("dana", ""))).await;
    for (name, reason, says) in [
        ("noemail", "Incomplete", "set spec.email"),
        ("weak", "Rejected", "the portal refuses"),
        ("dana", "AlreadyExists", "set adoptionPolicy: IfExists to take it over"),
    ] {
        let object = portal.condition(name, "Stalled", "True", reason).await;
        let conditions = object.status.unwrap().account.conditions;
        let message = &condition(&conditions, "Ready").unwrap().message;
        assert!(message.contains(says), "{name}: {message}");
    }
    assert!(portal.ctera().user("acme", "weak").is_none());
    // A password that is refused later stays refused until it changes; the other fields are written.
    portal.ctera().switch(|switches| switches.password_min_length = None);
    portal.edit("weak", json!({ "spec": { "comment": "again" } })).await;
    portal.ready("weak").await;
    portal.ctera().switch(|switches| switches.password_min_length = Some(20));
    portal.0.edit_secret("weak-password", json!({ "password": "short" })).await;
    portal.edit("weak", json!({ "spec": { "comment": "third" } })).await;
    portal.condition("weak", "Stalled", "True", "Rejected").await;
    assert_eq!(portal.attributes("weak")["comment"], "third");
    portal.0.edit_secret("weak-password", json!({ "password": "long-enough-for-everybody" })).await;
    portal.ready("weak").await;
    assert!(portal.ctera().login_password_is("acme", "weak", "long-enough-for-everybody"));
    operator.stop().await;
}

#[tokio::test]
async fn a_user_of_a_directory_is_taken_over_never_edited_and_deleted_by_policy() {
    let portal = Portal::start().await;
    let operator = portal.0.operator().await;
    portal.0.apply(&portal.session("")).await;
    let of =
        |name: &str, more: &str| portal_user(name, &format!("  directory: corp.example\n{more}"));
    let delete = "  deletionPolicy: Delete\n  acknowledgeDataLoss: corp-bob";
    portal.0.apply(&(of("corp-ann", "") + &of("corp-bob", delete) + &of("corp-zoe", ""))).await;
    for name in ["corp-ann", "corp-bob"] {
        portal.ready(name).await;
    }
    portal.condition("corp-zoe", "Stalled", "True", "AccountMissing").await;
    // A directory that is not there hurts only who names it.
    portal.0.apply(&portal_user("lost", "  directory: typo.example")).await;
    portal.condition("lost", "Stalled", "True", "AccountMissing").await;
    portal.edit("corp-ann", json!({ "spec": { "driftPolicy": "Warn" } })).await;
    portal.ready("corp-ann").await;
    for name in ["corp-ann", "corp-bob"] {
        portal.delete(name).await;
        portal.gone(name).await;
    }
    let ctera = portal.ctera();
    let ann = ctera.user("acme", "corp.example\\corp-ann").unwrap();
    assert_eq!((ann.changes, ann.deleted), (0, None));
    assert!(ctera.user("acme", "corp.example\\corp-bob").is_none());
    let value = serde_json::to_value(portal.all().await).unwrap();
    assert!(value.as_array().is_some_and(|left| left.len() == 2), "{value}");
    operator.stop().await;
}
