//! What differs, and what a new user is made of.

use super::*;
use crate::kinds::portal_user::PasswordChange;

fn lines(account: &PortalUserAccount, user: &User, memo: &Memo<String>) -> Vec<String> {
    account.changes(user, memo).iter().map(ToString::to_string).collect()
}

fn applied(password: &str) -> Memo<String> {
    let marker = key().mark(&object("dana"), "password", password);
    Memo { applied: [("password".to_owned(), marker)].into(), ..holding("1") }
}

#[test]
fn each_field_is_compared_by_itself() {
    let to = |change: fn(&mut PortalUserAccount)| {
        let mut account = full();
        change(&mut account);
        account
    };
    let nothing: &[&str] = &[];
    for (account, expected) in [
        (full(), nothing),
        (to(|it| it.name = "dani".into()), &["name: dana → dani"]),
        (
            to(|it| it.email = Some("d@example.com".into())),
            &["email: dana@example.com → d@example.com"],
        ),
        (to(|it| it.first_name = Some("Dan".into())), &["firstName: Dana → Dan"]),
        (to(|it| it.last_name = Some("Levi".into())), &["lastName: Ivri → Levi"]),
        (to(|it| it.role = Some(Role::EndUser)), nothing),
        (to(|it| it.role = Some(Role::Support)), &["role: EndUser → Support"]),
        (to(|it| it.company = Some("Example Inc.".into())), &["company: Example Inc."]),
        (to(|it| it.comment = Some("a\u{202e}b".into())), &["comment: a\\u{202e}b"]),
        (to(|it| it.company = Some(String::new())), nothing),
        (to(|it| it.comment = Some(String::new())), nothing),
        (
            to(|it| {
                it.name = "dani".into();
                it.role = Some(Role::Disabled);
                it.company = Some("Example".into());
            }),
            &["name: dana → dani", "company: Example", "role: EndUser → Disabled"],
        ),
    ] {
        assert_eq!(lines(&account, &shown("1", "dana"), &holding("1")), expected);
    }
}

#[test]
fn what_is_not_managed_never_differs() {
    let theirs = User {
        email: None,
        first_name: Some("Theirs".into()),
        last_name: Some(String::new()),
        company: Some("Theirs".into()),
        comment: Some("theirs".into()),
        role: Some("Archivist".into()),
        account_status: Some("inactive".into()),
        ..shown("1", "dana")
    };
    let missing = DesiredPassword::Missing("why".into());
    for password in [DesiredPassword::Unmanaged, DesiredPassword::AtCreation("x".into()), missing] {
        let account = PortalUserAccount { password, ..bare() };
        assert_eq!(account.changes(&theirs, &applied("of before")), []);
    }
    let of_directory = PortalUserAccount { place: corp(), name: "ann".into(), ..full() };
    assert_eq!(of_directory.changes(&theirs, &applied("of before")), []);
    assert_eq!(of_directory.markers(), BTreeMap::new());
}

#[test]
fn an_empty_text_clears_and_is_equal_to_none() {
    let account =
        PortalUserAccount { company: Some(String::new()), comment: Some(String::new()), ..full() };
    for (company, comment, expected) in [
        (None, None, vec![]),
        (Some(""), Some(""), vec![]),
        (None, Some("old"), vec!["comment: old → (empty)"]),
        (Some("Old\nInc."), None, vec!["company: Old\\nInc. → (empty)"]),
    ] {
        let user = User {
            company: company.map(Into::into),
            comment: comment.map(Into::into),
            ..shown("1", "dana")
        };
        assert_eq!(lines(&account, &user, &holding("1")), expected);
    }
    let nobody = User { email: None, ..shown("1", "dana") };
    assert_eq!(lines(&full(), &nobody, &holding("1")), ["email: dana@example.com"]);
}

#[test]
fn a_role_is_known_by_each_of_its_words() {
    let table = [
        (Role::Disabled, "Disabled", false),
        (Role::EndUser, "EndUser", false),
        (Role::ReadOnlyAdmin, "ReadOnlyAdmin", true),
        (Role::ReadWriteAdmin, "ReadWriteAdmin", true),
        (Role::Support, "Support", true),
        (Role::ComplianceOfficer, "ComplianceOffer", true),
        (Role::ComplianceOfficer, "ComplianceOfficer", true),
    ];
    for (role, word, is_admin) in table {
        assert_eq!(Role::meant_by(word), Some(role));
        assert_eq!(role.is_admin(), is_admin, "{word}");
        let account = PortalUserAccount { role: Some(role), ..bare() };
        for (_, other, _) in table {
            let user = User { role: Some(other.into()), ..shown("1", "dana") };
            let differs = !account.changes(&user, &holding("1")).is_empty();
            assert_eq!(differs, Role::meant_by(other) != Some(role), "{word} {other}");
        }
        let user = User { role: None, ..shown("1", "dana") };
        assert_eq!(lines(&account, &user, &holding("1")), [format!("role: {role}")]);
        let unknown = User { role: Some("disabled".into()), ..shown("1", "dana") };
        assert_eq!(account.changes(&unknown, &holding("1")).len(), 1);
    }
    let officer = User { role: Some("ComplianceOffer".into()), ..shown("1", "dana") };
    let account = PortalUserAccount { role: Some(Role::Support), ..bare() };
    let expected = ["role: ComplianceOfficer → Support"];
    assert_eq!(lines(&account, &officer, &holding("1")), expected, "in the words of manifests");
    assert_eq!(Role::ComplianceOfficer.wire(), "ComplianceOffer");
    assert_eq!(Role::meant_by("Archivist"), None);
    assert_eq!(Role::meant_by("enduser"), None);
}

#[test]
fn a_password_differs_only_if_another_one_was_applied_last() {
    let changed: &[&str] = &["password: (sensitive, changed)"];
    for (memo, expected) in
        [(holding("1"), &[][..]), (applied("sent"), &[]), (applied("of before"), changed)]
    {
        assert_eq!(lines(&full(), &shown("1", "dana"), &memo), expected);
    }
}

#[test]
fn the_markers_are_those_of_the_managed_fields() {
    let fields = |account: &PortalUserAccount| account.markers().into_keys().collect::<Vec<_>>();
    assert_eq!(fields(&bare()), ["name"]);
    assert_eq!(fields(&full()), ["email", "firstName", "lastName", "name", "password"]);
    let all = PortalUserAccount {
        role: Some(Role::EndUser),
        company: Some(String::new()),
        comment: Some(String::new()),
        ..full()
    };
    assert_eq!(fields(&all).len(), 8);
    let other =
        PortalUserAccount { password: DesiredPassword::AtCreation("sent".into()), ..full() };
    assert_eq!(other.markers(), full().markers());
    let other = PortalUserAccount { object: object("noam"), ..full() };
    assert!(full().markers().iter().all(|(field, marker)| other.markers()[field] != *marker));
}

#[test]
fn a_new_user_has_everything_that_is_declared_and_is_an_end_user() {
    let on = |json| serde_json::from_value::<PasswordChange>(json).unwrap();
    let account = PortalUserAccount {
        company: Some("Example Inc.".into()),
        comment: Some(String::new()),
        password_change: Some(on(serde_json::json!({ "atFirstLogin": true }))),
        ..full()
    };
    let creation = account.creation().unwrap();
    let lines: Vec<String> = creation.iter().map(ToString::to_string).collect();
    let expected = [
        "name: dana",
        "email: dana@example.com",
        "firstName: Dana",
        "lastName: Ivri",
        "company: Example Inc.",
        "role: EndUser",
        "password: (sensitive)",
        "requirePasswordChange: at creation",
    ];
    assert_eq!(lines, expected);
    let fields: Vec<&str> = creation.iter().map(Change::field).collect();
    let expected = expected.map(|line| line.split_once(':').unwrap().0);
    assert_eq!(fields, expected);
}

#[test]
fn what_a_new_user_lacks_is_named() {
    let without = |change: fn(&mut PortalUserAccount)| {
        let mut account = full();
        change(&mut account);
        account
    };
    for (account, reason, text) in [
        (without(|it| it.email = None), Reason::Incomplete, "spec.email"),
        (without(|it| it.first_name = None), Reason::Incomplete, "spec.firstName"),
        (without(|it| it.last_name = Some(String::new())), Reason::Incomplete, "spec.lastName"),
        (
            without(|it| it.password = DesiredPassword::Unmanaged),
            Reason::Incomplete,
            "password.secretKeyRef",
        ),
        (
            without(|it| {
                it.password = DesiredPassword::Missing("Secret a/b has no key `c`".into());
            }),
            Reason::Incomplete,
            "has no key `c`",
        ),
        (without(|it| it.place = corp()), Reason::AccountMissing, "corp.example\\dana"),
    ] {
        let refusal = account.creation().unwrap_err();
        assert_eq!(refusal.reason(), reason);
        assert!(refusal.to_string().contains(text), "{refusal}");
    }
    assert!(without(|it| it.password = DesiredPassword::AtCreation("x".into())).creation().is_ok());
}

#[test]
fn the_evidence_is_the_look_of_the_user_alone() {
    let evidence = |account: &PortalUserAccount| account.evidence(&complete([]));
    let like = PortalUserAccount {
        password: DesiredPassword::Value("another".into()),
        role: Some(Role::EndUser),
        company: Some(String::new()),
        acknowledged: Some("dana".into()),
        ..full()
    };
    assert_eq!(evidence(&full()), evidence(&like));
    assert_eq!(evidence(&full()), full().signature());
    // The texts do not run into one another.
    let split = |first: &str, last: &str| PortalUserAccount {
        first_name: Some(first.into()),
        last_name: Some(last.into()),
        ..full()
    };
    assert_ne!(evidence(&split("a", "b 1:c")), evidence(&split("a b", "1:c")));
    assert_ne!(evidence(&split("ab", "c")), evidence(&split("a", "bc")));
    let other = PortalUserAccount { object: object("noam"), ..full() };
    assert_ne!(evidence(&full()), evidence(&other));
}
