//! Who claims what, and who has to hear of it.

use super::*;
use crate::plan::ObjectName;

fn name(name: &str) -> Name {
    Name::new("dns", name)
}

fn session() -> Name {
    name("acme")
}

/// An object that claims a nickname and holds or names an account.
fn entry(of: &str, recorded: Option<&str>, declared: Option<&str>, claim: Option<&str>) -> Entry {
    let object = ObjectName { kind: "UpdateUser", namespace: "dns".into(), name: of.to_owned() };
    Entry {
        session: session(),
        recorded: recorded.map(str::to_owned),
        declared: declared.map(str::to_owned),
        claim: claim.map(str::to_owned),
        claimant: Claimant {
            object,
            seniority: Some((of.to_owned(), String::new())),
            recorded: recorded.is_some(),
        },
        owes: recorded.is_some(),
        said: Said::default(),
        state: AccountState::Reconciling,
        secrets: BTreeSet::from([format!("{of}-password")]),
    }
}

fn names(rivals: &BTreeSet<Name>) -> Vec<&str> {
    rivals.iter().map(|rival| rival.name.as_str()).collect()
}

#[test]
fn who_shares_a_claim_is_told_when_an_object_comes_changes_and_goes() {
    let mut index = Index::default();
    assert!(index.put(name("a"), entry("a", Some("acme-a"), None, Some("n"))).is_empty());
    let by_claim = index.put(name("b"), entry("b", None, None, Some("n")));
    assert_eq!(names(&by_claim), ["a"]);
    let by_account = index.put(name("c"), entry("c", None, Some("acme-a"), None));
    assert_eq!(names(&by_account), ["a"]);
    let unchanged = index.put(name("c"), entry("c", None, Some("acme-a"), None));
    assert!(unchanged.is_empty(), "the same again is no news");
    let left = index.put(name("c"), entry("c", None, None, None));
    assert_eq!(names(&left), ["a"], "what it claimed before counts too");
    assert_eq!(names(&index.remove(&name("a"))), ["b"]);
    assert!(index.remove(&name("a")).is_empty());
}

#[test]
fn who_has_the_account_goes_before_who_names_it_and_the_older_before_the_younger() {
    let mut index = Index::default();
    index.put(name("a"), entry("a", None, Some("acme-x"), None));
    index.put(name("b"), entry("b", Some("acme-x"), None, None));
    let best = |index: &Index| index.claimant(&[session()], "acme-x").unwrap().object.name;
    assert_eq!(best(&index), "b");
    let gone = Entry { state: AccountState::Deleting, ..entry("b", Some("acme-x"), None, None) };
    index.put(name("b"), gone);
    assert_eq!(best(&index), "a", "one that goes claims nothing any more");
    index.put(name("0"), entry("0", None, Some("acme-x"), None));
    assert_eq!(best(&index), "0");
    assert_eq!(index.claimant(&[name("other")], "acme-x"), None);
}

#[test]
fn what_is_not_in_a_new_list_is_forgotten_and_other_namespaces_are_left_alone() {
    let mut index = Index::default();
    index.put(name("a"), entry("a", None, None, Some("n")));
    index.put(name("b"), entry("b", None, None, None));
    index.put(Name::new("web", "c"), entry("c", None, None, Some("n")));
    index.retain(Some("dns"), &BTreeSet::from([name("b")]));
    let left: Vec<_> = index.of_session(&session()).map(|(name, _)| name.to_string()).collect();
    assert_eq!(left, ["dns/b", "web/c"]);
    assert_eq!(index.of_secret(&name("a-password")).count(), 0);
    assert_eq!(index.of_secret(&Name::new("web", "c-password")).count(), 1);
    assert_eq!(index.counts(&session()).total, 2);
}

#[test]
fn the_counts_follow_every_change_of_an_object() {
    let mut index = Index::default();
    index.put(name("a"), entry("a", None, None, None));
    let ready = Entry {
        said: Said { ready: true, ..Said::default() },
        state: AccountState::Ready,
        ..entry("a", Some("acme-a"), None, None)
    };
    index.put(name("a"), ready);
    let blocked = Said { blocked: true, ..Said::default() };
    index.put(name("b"), Entry { said: blocked, ..entry("b", None, None, None) });
    let counts = index.counts(&session());
    let numbers = (counts.total, counts.ready, counts.managed, counts.blocked, counts.drifted);
    assert_eq!(numbers, (2, 1, 1, 1, 0));
    assert_eq!(counts.states[&AccountState::Ready], 1);
    assert_eq!(counts.states[&AccountState::Reconciling], 1);
    index.remove(&name("a"));
    index.remove(&name("b"));
    assert_eq!(index.counts(&session()), Counts::default());
}
