//! Which account an object means.

use super::*;

fn locate(
    account: &UpdateUserAccount,
    memo: &Memo<String>,
    seen: &Snapshot<UpdateUserAccount>,
) -> Result<Located<String>, Reason> {
    account.locate(memo, seen, &|_| false).map_err(|refusal| refusal.reason())
}

fn at(user_name: &str) -> Located<String> {
    Located::Found(user_name.into())
}

const ABSENT: Result<Located<String>, Reason> = Ok(Located::Absent);
const AMBIGUOUS: Result<Located<String>, Reason> = Err(Reason::Ambiguous);

#[test]
fn what_is_recorded_comes_before_what_is_declared_and_that_before_the_nickname() {
    let seen = complete([
        shown("acme-edge1", Some("a"), None),
        shown("acme-other", Some("b"), None),
        shown("acme-shown", Some("c"), Some("edge1")),
    ]);
    let named = |user_name: &str| UpdateUserAccount { user_name: Some(user_name.into()), ..bare() };
    let nothing = Memo::default();
    for (case, account, memo, expected) in [
        ("recorded", bare(), holding("acme-edge1"), Ok(at("acme-edge1"))),
        ("recorded and declared", named("acme-edge1"), holding("acme-edge1"), Ok(at("acme-edge1"))),
        ("recorded and gone", bare(), holding("acme-gone"), ABSENT),
        ("recorded is not declared", named("acme-other"), holding("acme-edge1"), AMBIGUOUS),
        ("declared", named("acme-other"), nothing.clone(), Ok(at("acme-other"))),
        ("declared and absent", named("acme-gone"), nothing.clone(), ABSENT),
        ("declared, and a claim", named("acme-other"), begun(None), Ok(at("acme-other"))),
        ("nickname shown", bare(), nothing.clone(), Ok(at("acme-shown"))),
        ("nickname shown, and a claim", bare(), begun(None), Ok(at("acme-shown"))),
        (
            "nickname not shown",
            UpdateUserAccount { nickname: Some("edge9".into()), ..bare() },
            nothing.clone(),
            ABSENT,
        ),
        ("declared, with its nickname", named("acme-shown"), nothing.clone(), Ok(at("acme-shown"))),
        (
            "another nickname is shown",
            UpdateUserAccount { nickname: Some("edge9".into()), ..named("acme-shown") },
            nothing,
            AMBIGUOUS,
        ),
    ] {
        assert_eq!(locate(&account, &memo, &seen), expected, "{case}");
    }
}

#[test]
fn what_was_not_read_is_neither_found_nor_absent() {
    let mut seen = Snapshot::new(BTreeMap::new(), Coverage::Pages, BTreeSet::from([()]));
    seen.prove_absent("acme-gone".to_owned());
    assert_eq!(locate(&bare(), &holding("acme-gone"), &seen), ABSENT);
    assert_eq!(locate(&bare(), &holding("acme-edge1"), &seen), Ok(Located::Unknown));
    assert_eq!(locate(&with_password("pw"), &begun(Some("pw")), &seen), AMBIGUOUS);
}

#[test]
fn the_result_of_an_unfinished_create_is_found_by_the_password_that_was_sent() {
    let theirs = || shown("acme-theirs", Some("theirs"), None);
    let ours = || shown("acme-edge1", Some("sent"), None);
    let twin = || shown("acme-twin", Some("sent"), None);
    let hidden = || shown("acme-hidden", None, None);
    for (case, users, evidence, expected) in [
        ("one", vec![theirs(), ours()], Some("sent"), Ok(at("acme-edge1"))),
        ("one, and some unreadable", vec![hidden(), ours()], Some("sent"), Ok(at("acme-edge1"))),
        ("none", vec![theirs()], Some("sent"), ABSENT),
        ("none at all", vec![], Some("sent"), ABSENT),
        ("none, but some unreadable", vec![theirs(), hidden()], Some("sent"), AMBIGUOUS),
        ("two", vec![ours(), twin()], Some("sent"), AMBIGUOUS),
        ("no evidence", vec![theirs(), ours()], None, AMBIGUOUS),
        ("no evidence and no account", vec![], None, AMBIGUOUS),
    ] {
        // The declared password may have changed since.
        for declared in ["sent", "changed"] {
            let account = with_password(declared);
            let located = locate(&account, &begun(evidence), &complete(users.clone()));
            assert_eq!(located, expected, "{case}, {declared}");
        }
    }
    let is_held = |name: &String| name == "acme-twin";
    let seen = complete([ours(), twin()]);
    let located = with_password("sent").locate(&begun(Some("sent")), &seen, &is_held);
    assert_eq!(located, Ok(Located::Found("acme-edge1".into())), "the twin is another object's");
}
