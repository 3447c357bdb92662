//! What the object says beside the account itself.

use serde_json::{Value as Json, json};

use super::*;
use crate::kinds::AccountResource;
use crate::kinds::common::{AccountStatus, AdoptionPolicy, Policies};
use crate::kinds::portal_user::{PortalUser, PortalUserStatus};

fn declared(fields: &Json) -> PortalUser {
    let mut spec = json!({ "sessionRef": { "name": "portal" }, "name": "dana" });
    spec.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let object = json!({
        "apiVersion": "roster.rs/v1alpha1",
        "kind": "PortalUser",
        "metadata": { "name": "dana", "namespace": "portal" },
        "spec": spec,
    });
    serde_json::from_value(object).unwrap()
}

#[test]
fn a_user_of_a_directory_is_taken_over_unless_somebody_says_otherwise() {
    let of = |adoption| Policies { adoption: Some(adoption), ..Policies::default() };
    let never = of(AdoptionPolicy::Never);
    for (fields, session, expected) in [
        (json!({}), None, Adoption::Never),
        (json!({ "directory": "corp.example" }), None, Adoption::IfExists),
        (json!({ "directory": "corp.example" }), Some(Policies::default()), Adoption::IfExists),
        (json!({ "directory": "corp.example" }), Some(never), Adoption::Never),
        (
            json!({ "directory": "corp.example", "adoptionPolicy": "Require" }),
            None,
            Adoption::Require,
        ),
        (json!({ "adoptionPolicy": "IfExists" }), None, Adoption::IfExists),
    ] {
        let policy = declared(&fields).policy(session.as_ref());
        assert_eq!(policy.adoption, expected, "{fields}");
        assert_eq!(policy.deletion, None, "{fields}");
    }
}

#[test]
fn the_account_is_what_the_object_declares() {
    let all = json!({
        "email": "dana@example.com",
        "firstName": "Dana",
        "lastName": "Ivri",
        "role": "Support",
        "company": "Example",
        "comment": "",
        "requirePasswordChange": { "inDays": 3 },
        "acknowledgeDataLoss": "dana",
    });
    let password = || DesiredPassword::Value("sent".into());
    let account = declared(&all).account(object("dana"), password(), &key());
    let expected = PortalUserAccount {
        role: Some(Role::Support),
        company: Some("Example".into()),
        comment: Some(String::new()),
        password_change: serde_json::from_value(json!({ "inDays": 3 })).ok(),
        acknowledged: Some("dana".into()),
        ..full()
    };
    assert_eq!(format!("{account:?}"), format!("{expected:?}"));
    let directory = declared(&json!({ "directory": "corp.example" }));
    let account = directory.account(object("dana"), DesiredPassword::Unmanaged, &key());
    assert_eq!(account.place, corp());
    assert_eq!(account.claim(), directory.claim());
    assert_eq!(declared(&json!({})).claim(), bare().claim());
}

#[test]
fn administrators_roles_are_asked_for() {
    for role in Role::ALL {
        let wants = declared(&json!({ "role": role })).wants_admin_role();
        assert_eq!(wants, role.is_admin(), "{role}");
    }
    assert!(!declared(&json!({})).wants_admin_role());
}

/// The role and the status of the account as the object's status has them afterwards.
fn status(object: &PortalUser, key: &str, user: Option<&User>, written: &[&'static str]) -> Json {
    let key = key.to_owned();
    let next = object.with_status(AccountStatus::default(), Some(&key), user, written);
    assert_eq!(next.spec, object.spec);
    assert_eq!(next.recorded_key(), Some(key));
    let PortalUserStatus { role, account_status, .. } = next.status.unwrap();
    json!([role, account_status])
}

#[test]
fn the_status_tells_what_was_seen_and_what_was_written_since() {
    let with_status = |fields: Json, uid: &str| {
        let status = PortalUserStatus {
            uid: Some(uid.into()),
            role: Some("Support".into()),
            account_status: Some("inactive".into()),
            ..PortalUserStatus::default()
        };
        PortalUser { status: Some(status), ..declared(&fields) }
    };
    let user = shown("1", "dana");
    let new = || declared(&json!({}));
    let admin = || declared(&json!({ "role": "ReadOnlyAdmin" }));
    let officer = with_status(json!({ "role": "ComplianceOfficer" }), "1");
    for (case, object, seen, written, expected) in [
        ("created", new(), None, &["name", "role"][..], json!(["EndUser", "active"])),
        ("created with a role", admin(), None, &["role"], json!(["ReadOnlyAdmin", "active"])),
        ("taken over", new(), Some(&user), &[], json!(["EndUser", "active"])),
        ("role written", admin(), Some(&user), &["role"], json!(["ReadOnlyAdmin", "active"])),
        ("role refused", admin(), Some(&user), &["email"], json!(["EndUser", "active"])),
        (
            "in the portal's word",
            officer,
            Some(&user),
            &["role"],
            json!(["ComplianceOffer", "active"]),
        ),
        ("not looked at", with_status(json!({}), "1"), None, &[], json!(["Support", "inactive"])),
        ("made again", with_status(json!({}), "0"), None, &[], json!(["EndUser", "active"])),
    ] {
        assert_eq!(status(&object, "1", seen, written), expected, "{case}");
    }
    let forgotten =
        with_status(json!({}), "1").with_status(AccountStatus::default(), None, None, &[]);
    assert_eq!(forgotten.recorded_key(), None);
}
