//! Which user an object means.

use super::*;

fn locate(
    account: &PortalUserAccount,
    memo: &Memo<String>,
    seen: &Snapshot<PortalUserAccount>,
) -> Located<String> {
    account.locate(memo, seen, &|_| false).unwrap()
}

fn at(uid: &str) -> Located<String> {
    Located::Found(uid.into())
}

fn other(uid: &str) -> Located<String> {
    Located::Other(uid.into())
}

#[test]
fn what_is_recorded_comes_before_the_name_and_who_has_only_the_name_is_another_one() {
    let users = || complete([shown("1", "dana"), shown("2", "noam")]);
    for (case, memo, expected) in [
        ("nothing is recorded", Memo::default(), at("1")),
        ("recorded", holding("1"), at("1")),
        ("recorded, and renamed", holding("2"), at("2")),
        ("recorded and gone, the name is somebody else's", holding("3"), other("1")),
    ] {
        assert_eq!(locate(&bare(), &memo, &users()), expected, "{case}");
    }
    let nobody = complete([shown("2", "noam")]);
    for memo in [Memo::default(), holding("3"), begun(&full())] {
        assert_eq!(locate(&bare(), &memo, &nobody), Located::Absent, "{memo:?}");
    }
}

#[test]
fn what_an_unfinished_create_made_is_told_by_its_look() {
    let with = |change: fn(&mut User)| {
        let mut user = shown("1", "dana");
        change(&mut user);
        complete([user])
    };
    let officer = PortalUserAccount { role: Some(Role::ComplianceOfficer), ..full() };
    for (case, account, users, expected) in [
        ("equal", full(), with(|_| ()), at("1")),
        (
            "null and empty are equal",
            full(),
            with(|user| user.company = Some(String::new())),
            at("1"),
        ),
        (
            "one role, two words",
            officer,
            with(|user| user.role = Some("ComplianceOfficer".into())),
            at("1"),
        ),
        ("the status is the portal's", full(), with(|user| user.account_status = None), at("1")),
        (
            "another e-mail",
            full(),
            with(|user| user.email = Some("x@example.com".into())),
            other("1"),
        ),
        (
            "another first name",
            full(),
            with(|user| user.first_name = Some("Dan".into())),
            other("1"),
        ),
        ("another last name", full(), with(|user| user.last_name = None), other("1")),
        ("a company", full(), with(|user| user.company = Some("Example".into())), other("1")),
        ("a comment", full(), with(|user| user.comment = Some("theirs".into())), other("1")),
        ("another role", full(), with(|user| user.role = Some("Support".into())), other("1")),
        ("an unknown role", full(), with(|user| user.role = Some("Archivist".into())), other("1")),
        ("no role", full(), with(|user| user.role = None), other("1")),
    ] {
        assert_eq!(locate(&account, &begun(&account), &users), expected, "{case}");
    }
    let no_evidence = Memo { claim: Some(Claim { evidence: None }), ..Memo::default() };
    assert_eq!(locate(&full(), &no_evidence, &complete([shown("1", "dana")])), other("1"));
    let held = full().locate(&begun(&full()), &complete([shown("1", "dana")]), &|uid| uid == "1");
    assert_eq!(held, Ok(other("1")), "it is another object's");
}

#[test]
fn what_an_unfinished_create_made_is_found_although_the_declaration_changed_since() {
    let users = || complete([shown("1", "dana"), shown("2", "noam")]);
    let renamed = |name: &str| PortalUserAccount { name: name.into(), ..full() };
    for (case, account, expected) in [
        ("another role", PortalUserAccount { role: Some(Role::Disabled), ..full() }, at("1")),
        (
            "another e-mail",
            PortalUserAccount { email: Some("d@example.com".into()), ..full() },
            at("1"),
        ),
        ("nothing is managed any more", bare(), at("1")),
        ("another name, which is free", renamed("dani"), at("1")),
        ("another name, which somebody has", renamed("noam"), at("1")),
    ] {
        assert_eq!(locate(&account, &begun(&full()), &users()), expected, "{case}");
    }
    // Nothing of ours is there, so whoever has the name is another one.
    let others = complete([shown("2", "noam")]);
    assert_eq!(locate(&renamed("noam"), &begun(&full()), &others), other("2"));
    let in_directory = complete([User { place: corp(), ..shown("1", "dana") }]);
    assert_eq!(locate(&full(), &begun(&full()), &in_directory), Located::Absent);
}

#[test]
fn a_list_of_several_pages_proves_nobody_absent() {
    let pages = |users: &[User]| seen(users.to_vec(), Coverage::Pages);
    let dana = || shown("1", "dana");
    for (case, memo, users, expected) in [
        ("found by uid", holding("1"), pages(&[dana()]), at("1")),
        ("found by name", Memo::default(), pages(&[dana()]), at("1")),
        ("found by its look", begun(&full()), pages(&[dana()]), at("1")),
        ("the uid was not seen", holding("3"), pages(&[dana()]), Located::Unknown),
        ("nobody was seen", Memo::default(), pages(&[]), Located::Unknown),
        ("nothing of a create was seen", begun(&full()), pages(&[]), Located::Unknown),
    ] {
        assert_eq!(locate(&full(), &memo, &users), expected, "{case}");
    }
    let mut asked = pages(&[]);
    asked.prove_alias_absent("dana");
    assert_eq!(locate(&full(), &Memo::default(), &asked), Located::Absent);
    assert_eq!(locate(&full(), &begun(&full()), &asked), Located::Absent);
    assert_eq!(locate(&full(), &holding("3"), &asked), Located::Unknown, "not by uid");
    asked.prove_absent("3".into());
    assert_eq!(locate(&full(), &holding("3"), &asked), Located::Absent);
    asked.add("1".into(), dana());
    assert_eq!(locate(&full(), &holding("3"), &asked), other("1"));
}

#[test]
fn users_of_one_name_in_different_places_are_different_users() {
    let of_directory = || PortalUserAccount { place: corp(), ..bare() };
    let elsewhere = Place::Directory { domain: "other.example".into() };
    let both = complete([shown("1", "dana"), User { place: corp(), ..shown("2", "dana") }]);
    assert_eq!(locate(&bare(), &Memo::default(), &both), at("1"));
    assert_eq!(locate(&of_directory(), &Memo::default(), &both), at("2"));
    let third = PortalUserAccount { place: elsewhere, ..bare() };
    assert_eq!(locate(&third, &Memo::default(), &both), Located::Absent);
    assert_ne!(bare().claim(), of_directory().claim());
    assert_ne!(third.claim(), of_directory().claim());
    assert_eq!(bare().claim(), full().claim());
}

#[test]
fn a_person_is_told_the_name() {
    let title = |user: Option<&User>| PortalUserAccount::title(&"1".into(), user);
    assert_eq!(title(Some(&shown("1", "dana"))), "dana");
    assert_eq!(title(Some(&User { place: corp(), ..shown("1", "dana") })), "corp.example\\dana");
    assert_eq!(title(None), "uid 1");
}
