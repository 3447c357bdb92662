//! `roster delete`: removes by policy, and never more than it may.

use roster::sim::AccountState::{Active, Blocked, Deleted};

use crate::support::{Bench, edge, secret, user};

/// This many accounts, created by a run.
fn created(count: usize, policy: &str) -> Bench {
    let bench = Bench::start();
    let manifests: String = (0..count)
        .map(|n| format!("e{n}"))
        .map(|name| edge(&name) + policy + &secret(&name, &name))
        .collect();
    bench.declare(&manifests);
    bench.applied();
    bench
}

#[test]
fn what_roster_created_is_disabled_unless_the_policy_says_otherwise() {
    let bench = created(1, "");
    bench.delete().expect(0).says("Plan: 0 to create, 0 to change, 1 to remove").says("Disabled");
    assert_eq!(bench.state("acme-e0"), Blocked);
    for (policy, state) in [("Delete", Deleted), ("Retain", Active), ("Disable", Blocked)] {
        let bench = created(1, &format!("  deletionPolicy: {policy}\n"));
        bench.delete().expect(0);
        assert_eq!(bench.state("acme-e0"), state);
        assert_eq!(bench.simulator.open_sessions(), 0);
    }
}

#[test]
fn what_was_adopted_is_kept() {
    let bench = Bench::start();
    bench.simulator.create_update_user("acme", "legacy", "old").unwrap();
    bench.declare(&user("legacy", &["userName: acme-legacy", "adoptionPolicy: IfExists"]));
    bench.applied();
    bench.delete().expect(0).says("left as it is").says("Released");
    assert_eq!(bench.state("acme-legacy"), Active);
    bench.is_untouched();
}

#[test]
fn what_was_never_ours_is_refused() {
    let bench = Bench::start();
    bench.simulator.create_update_user("acme", "legacy", "old").unwrap();
    bench.declare(&user("legacy", &["userName: acme-legacy", "deletionPolicy: Delete"]));
    bench.delete().expect(1).says("refused, NotOurs").says("1 object is not removed.");
    bench.is_untouched();
}

#[test]
fn removing_twice_is_removing_once() {
    let bench = created(1, "  deletionPolicy: Delete\n");
    bench.delete().expect(0);
    bench.simulator.clear_journal();
    bench.delete().expect(0).says("there is no account to remove");
    bench.is_untouched();
}

#[test]
fn no_secret_is_needed_to_remove() {
    let bench = created(1, "");
    bench.declare(&edge("e0"));
    bench.delete().expect(0).says("Disabled");
}

#[test]
fn the_guard_stops_after_ten_and_the_option_overrules_it() {
    let bench = created(12, "");
    let first = bench.delete().expect(1).says("2 refused").says("refused, DeletionGuard");
    assert_eq!(first.stdout.matches("Disabled ").count(), 10);
    bench.simulator.clear_journal();
    bench.delete().expect(1).says("DeletionGuard");
    bench.is_untouched();
    let more = ["delete", "-f", "accounts.yaml", "--yes", "--max-deletions", "2"];
    bench.roster(&more).expect(0);
    assert_eq!(bench.writes().len(), 2);
}

#[test]
fn the_session_sets_the_guard_and_its_window() {
    let bench = created(2, "  deletionPolicy: Delete\n");
    let guarded = bench.read("accounts.yaml").replace(
        "  credentialsSecretRef",
        "  deletionGuard: {maxDeletions: 1, window: 1h}\n  credentialsSecretRef",
    );
    bench.write("accounts.yaml", &guarded);
    bench.delete().expect(1).says("refused, DeletionGuard");
    assert_eq!(bench.writes().len(), 1);
    // Two hours pass, as far as the record knows.
    let mut state: serde_json::Value =
        serde_json::from_str(&bench.read("roster.state.json")).unwrap();
    for session in state["sessions"].as_object_mut().unwrap().values_mut() {
        session["removals"] = serde_json::json!(["2020-01-01T00:00:00Z"]);
    }
    bench.write("roster.state.json", &state.to_string());
    bench.delete().expect(0);
    assert_eq!(bench.writes().len(), 2);
}

#[test]
fn a_read_only_session_removes_nothing() {
    let bench = created(1, "");
    let read_only =
        bench.read("accounts.yaml").replace("  endpoint", "  mode: ReadOnly\n  endpoint");
    bench.write("accounts.yaml", &read_only);
    bench.delete().expect(0).says("the session is ReadOnly");
    bench.is_untouched();
}

#[test]
fn two_sessions_together_remove_no_more_than_one_may() {
    let bench = created(4, "  deletionPolicy: Delete\n");
    let (session, objects) = bench
        .read("accounts.yaml")
        .split_once("---\n---\n")
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap();
    let again = session.replace("name: acme}", "name: again}").replace("acme-login", "again-login");
    let mut number = 0;
    let objects: Vec<String> = objects
        .split("sessionRef: {name: acme}")
        .map(|part| {
            number += 1;
            format!(
                "{part}sessionRef: {{name: {}}}",
                if number % 2 == 0 { "again" } else { "acme" }
            )
        })
        .collect();
    let objects = objects.concat();
    let objects = objects.rsplit_once("sessionRef").unwrap().0;
    bench.write("accounts.yaml", &format!("{session}---\n{again}---\n{objects}"));
    let two = ["delete", "-f", "accounts.yaml", "--yes", "--max-deletions", "2"];
    bench.roster(&two).expect(1).says("2 to remove, 2 refused");
    assert_eq!(bench.writes().len(), 2);
    let guarded = bench
        .read("accounts.yaml")
        .replace("  endpoint", "  deletionGuard: {maxDeletions: 3}\n  endpoint");
    bench.write("accounts.yaml", &guarded);
    bench.delete().expect(1).says("1 to remove, 1 refused");
    assert_eq!(bench.writes().len(), 3);
}
