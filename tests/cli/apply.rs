//! `roster apply`: the plan, then the deed.

use roster::sim::AccountState::{Active, Blocked};

use crate::support::{Begun, Bench, edge, program, secret, user};

#[test]
fn accounts_become_as_declared_and_stay_so() {
    let bench = Bench::start();
    let manifests = edge("edge1") + "  loginState: Blocked\n" + &secret("edge1", "one");
    bench.declare(&manifests);
    bench.apply().expect(0).says("Created").says("(acme-edge1)");
    assert_eq!(bench.state("acme-edge1"), Blocked);
    assert!(bench.password_is("acme-edge1", "one"));
    bench.simulator.clear_journal();
    bench.apply().expect(0).says("No changes: 1 account is as declared.");
    bench.is_untouched();
}

#[test]
fn nobody_is_asked_where_nobody_can_answer() {
    let bench = Bench::start();
    bench.declare(&(edge("edge1") + &secret("edge1", "one")));
    for command in ["apply", "delete"] {
        let mut command_line = program(bench.folder());
        let run = Begun::fed(command_line.args([command, "-f", "accounts.yaml"]), "yes\n");
        run.finish().expect(1).says("add --yes").never_says("Plan:");
    }
    assert_eq!(bench.requests(), [""; 0]);
}

#[test]
fn what_is_missing_from_the_files_is_left_alone() {
    let bench = Bench::start();
    let both = ["edge1", "edge2"].map(|name| edge(name) + &secret(name, name));
    bench.declare(&both.concat());
    bench.applied();
    bench.declare(&both[0]);
    bench.apply().expect(0).says("No changes").never_says("edge2");
    bench.is_untouched();
    bench.declare("");
    bench.apply().expect(0);
    assert_eq!((bench.state("acme-edge1"), bench.state("acme-edge2")), (Active, Active));
    bench.declare(&both.concat());
    bench.apply().expect(0).says("No changes: 2 accounts are as declared.");
}

#[test]
fn drift_is_taken_back() {
    let bench = Bench::start();
    bench.declare(&(edge("edge1") + "  loginState: Active\n" + &secret("edge1", "one")));
    bench.applied();
    bench.simulator.set_blocked("acme", "acme-edge1", true).unwrap();
    bench.simulator.set_password("acme", "acme-edge1", "theirs").unwrap();
    bench.apply().expect(0).says("take back a remote edit").says("Updated");
    assert_eq!(bench.state("acme-edge1"), Active);
    assert!(bench.password_is("acme-edge1", "one"));
}

#[test]
fn an_account_that_somebody_deleted_is_created_again() {
    let bench = Bench::start();
    bench.declare(&(edge("edge1") + &secret("edge1", "one")));
    bench.applied();
    bench.simulator.delete_update_user("acme", "acme-edge1").unwrap();
    bench.apply().expect(0).says("create again, it is gone at the remote");
    assert_eq!(bench.accounts().len(), 2);
    bench.plan().expect(0).says("No changes");
}

#[test]
fn two_sessions_are_planned_and_applied_together() {
    let bench = Bench::start();
    let second = bench
        .session()
        .replace("name: acme}", "name: globex}")
        .replace("customer: acme", "customer: globex")
        .replace("acme-login", "globex-login")
        .replace(
            "username: operator, password: operator-",
            "username: operator2, password: operator2-",
        );
    let theirs = edge("edge2").replace("sessionRef: {name: acme}", "sessionRef: {name: globex}");
    let manifests = [edge("edge1"), secret("edge1", "one"), theirs, secret("edge2", "two")];
    bench.declare(&format!("{second}{}", manifests.concat()));
    bench.apply().expect(0).says("Plan: 2 to create").says("(acme-edge1)").says("(globex-edge2)");
    assert_eq!(bench.simulator.open_sessions(), 0);
    assert!(bench.simulator.password_is("globex", "globex-edge2", "two"));
    bench.plan().expect(0).says("No changes: 2 accounts are as declared.");
}

#[test]
fn a_password_at_creation_only_is_never_sent_again() {
    let bench = Bench::start();
    let password =
        "password: {secretKeyRef: {name: edge1, key: password}, updatePolicy: CreateOnly}";
    let manifest = user("edge1", &["nickname: edge1", password]);
    bench.declare(&(manifest.clone() + &secret("edge1", "one")));
    bench.applied();
    bench.declare(&(manifest + &secret("edge1", "two")));
    bench.apply().expect(0).says("No changes");
    bench.is_untouched();
}
