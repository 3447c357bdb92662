//! Passwords that Roster generates, keeps and rotates.

use std::os::unix::fs::PermissionsExt;

use roster::sim::{Fault, FaultKind};

use crate::support::{Bench, Finished, edge, secret, user};

const FILE: &str = "out/default.edge1-login.yaml";
const OUTPUT: &str = "outputSecret: {name: edge1-login}";

fn generated(more: &str) -> String {
    let password = format!("password: {{generate: {{length: 24}}{more}}}");
    user("edge1", &["nickname: edge1", &password, OUTPUT])
}

fn apply(bench: &Bench) -> Finished {
    bench.roster(&["apply", "-f", "accounts.yaml", "--yes", "--secrets-out", "out"])
}

/// The password in the output Secret.
fn kept(bench: &Bench) -> String {
    let text = bench.read(FILE);
    let line = text.lines().find_map(|line| line.trim().strip_prefix("password: "));
    line.unwrap().trim_matches(['"', '\'']).to_owned()
}

/// Lets the kept password look old.
fn age(bench: &Bench) {
    let text = bench.read(FILE);
    let line = text.lines().find(|line| line.contains("roster.rs/generated-at")).unwrap();
    let old = "    roster.rs/generated-at: \"2020-01-01T00:00:00Z\"";
    bench.write(FILE, &text.replace(line, old));
}

#[test]
fn a_generated_password_is_kept_where_only_its_owner_reads_it() {
    let bench = Bench::start();
    bench.declare(&generated(""));
    apply(&bench).expect(0).never_says("password: \"");
    let password = kept(&bench);
    assert_eq!(password.len(), 24);
    assert!(bench.password_is("acme-edge1", &password));
    assert!(bench.read(FILE).contains("username: acme-edge1"));
    let mode = std::fs::metadata(bench.path(FILE)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let before = bench.read(FILE);
    bench.simulator.clear_journal();
    apply(&bench).expect(0).says("No changes");
    assert_eq!(bench.read(FILE), before);
    bench.is_untouched();
}

#[test]
fn without_a_place_for_it_no_password_is_generated() {
    let bench = Bench::start();
    bench.declare(&generated(""));
    bench.apply().expect(1).says("--secrets-out DIR");
    bench.is_untouched();
}

#[test]
fn a_password_that_cannot_be_kept_is_not_sent() {
    let bench = Bench::start();
    bench.declare(&generated(""));
    bench.write("out", "a file in the place of the folder");
    apply(&bench).expect(1).says("cannot read out/default.edge1-login.yaml");
    // Not even root makes folders there.
    let nowhere = ["apply", "-f", "accounts.yaml", "--yes", "--secrets-out", "/proc/roster"];
    bench.roster(&nowhere).expect(1).says("nothing was sent, because it cannot be recorded");
    bench.is_untouched();
}

#[test]
fn the_file_of_somebody_else_is_not_overwritten() {
    let bench = Bench::start();
    bench.declare(&generated(""));
    bench.write(FILE, "apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: b}\ntype: Opaque\nstringData: {}\n");
    apply(&bench).expect(1).says("does not belong to UpdateUser default/edge1");
    bench.is_untouched();
}

#[test]
fn a_password_is_rotated_when_its_time_has_come() {
    let bench = Bench::start();
    bench.declare(&generated("").replace("}}", "}, rotation: {interval: 30d}}"));
    apply(&bench).expect(0);
    let first = kept(&bench);
    apply(&bench).expect(0).says("No changes");
    age(&bench);
    bench.simulator.clear_journal();
    apply(&bench).expect(0).says("password: (sensitive, changed)").says("Updated");
    let second = kept(&bench);
    assert_ne!(first, second);
    assert!(bench.password_is("acme-edge1", &second));
    assert_eq!(bench.writes().len(), 1);
    apply(&bench).expect(0).says("No changes");
}

#[test]
fn a_password_of_unknown_age_ages_from_the_first_run_that_rotates_it() {
    let bench = Bench::start();
    bench.declare(&generated(""));
    apply(&bench).expect(0);
    let undated: String = bench
        .read(FILE)
        .lines()
        .filter(|line| !line.contains("generated-at"))
        .map(|l| l.to_owned() + "\n")
        .collect();
    bench.write(FILE, &undated);
    bench.declare(&generated("").replace("}}", "}, rotation: {interval: 30d}}"));
    let first = kept(&bench);
    apply(&bench).expect(0).says("No changes");
    age(&bench);
    apply(&bench).expect(0).says("Updated");
    assert_ne!(first, kept(&bench));
}

#[test]
fn a_rotation_that_a_policy_holds_back_leaves_the_kept_password_alone() {
    let bench = Bench::start();
    let manifest = generated("").replace("}}", "}, rotation: {interval: 30d}}");
    bench.declare(&manifest);
    apply(&bench).expect(0);
    age(&bench);
    let first = kept(&bench);
    bench.declare(&(manifest + "  managementPolicy: Observe\n"));
    bench.simulator.clear_journal();
    apply(&bench).expect(0).says("left as it is");
    bench.is_untouched();
    assert!(bench.password_is("acme-edge1", &first));
    assert_eq!(kept(&bench), first, "the Secret still says what logs in");
}

#[test]
fn a_rotation_whose_end_is_lost_is_finished_by_the_next_run() {
    let bench = Bench::start();
    bench.declare(&generated("").replace("}}", "}, rotation: {interval: 30d}}"));
    apply(&bench).expect(0);
    age(&bench);
    bench.simulator.fault(Fault::new(FaultKind::PermissionDenied).method("PUT"));
    apply(&bench).expect(1).says("Forbidden");
    apply(&bench).expect(0).says("Updated");
    assert!(bench.password_is("acme-edge1", &kept(&bench)));
    assert_eq!(bench.accounts().len(), 1);
}

#[test]
fn a_lost_secret_is_filled_from_the_system_and_nothing_is_changed_there() {
    let bench = Bench::start();
    bench.declare(&generated(""));
    apply(&bench).expect(0);
    let first = kept(&bench);
    std::fs::remove_file(bench.path(FILE)).unwrap();
    bench.simulator.clear_journal();
    apply(&bench).expect(0);
    bench.is_untouched();
    assert_eq!(kept(&bench), first);
}

#[test]
fn a_password_can_be_taken_from_the_system() {
    let bench = Bench::start();
    bench.simulator.create_update_user("acme", "edge1", "made-by-hand").unwrap();
    let spec =
        ["userName: acme-edge1", "adoptionPolicy: IfExists", "password: {fromRemote: {}}", OUTPUT];
    bench.declare(&user("edge1", &spec));
    bench.apply().expect(0);
    apply(&bench).expect(0);
    assert_eq!(kept(&bench), "made-by-hand");
    bench.simulator.set_password("acme", "acme-edge1", "changed-by-hand").unwrap();
    bench.simulator.switch(|switches| switches.password_in_list = false);
    apply(&bench).expect(0).never_says("changed-by-hand");
    assert_eq!(kept(&bench), "changed-by-hand");
    bench.is_untouched();
}

#[test]
fn a_password_that_cannot_be_read_hurts_only_its_own_account() {
    let bench = Bench::start();
    bench.simulator.create_update_user("acme", "edge1", "made-by-hand").unwrap();
    bench.simulator.switch(|switches| switches.password_in_list = false);
    let spec =
        ["userName: acme-edge1", "adoptionPolicy: IfExists", "password: {fromRemote: {}}", OUTPUT];
    bench.declare(&(user("edge1", &spec) + &edge("edge2") + &secret("edge2", "two")));
    let fault = Fault::new(FaultKind::PermissionDenied).path("/REST/UpdateUserPassword");
    bench.simulator.fault(fault);
    apply(&bench).expect(1).says("cannot keep its password").says("(acme-edge2)");
    assert!(bench.password_is("acme-edge2", "two"));
    apply(&bench).expect(0);
    assert_eq!(kept(&bench), "made-by-hand");
}

#[test]
fn a_declared_password_is_kept_too_and_never_a_wrong_one() {
    let bench = Bench::start();
    let at_creation =
        edge("edge1").replace("key: password}", "key: password}, updatePolicy: CreateOnly");
    let output = format!("  {OUTPUT}\n");
    bench.declare(&(at_creation.clone() + &output + &secret("edge1", "one")));
    apply(&bench).expect(0);
    assert_eq!(kept(&bench), "one");
    bench.declare(&(at_creation + &output + &secret("edge1", "two")));
    apply(&bench).expect(0);
    assert_eq!(kept(&bench), "one", "the second one was never sent");
    bench.declare(&(edge("edge1") + &output + &secret("edge1", "three")));
    apply(&bench).expect(0);
    assert_eq!(kept(&bench), "three");
}

#[test]
fn two_objects_do_not_share_an_output_secret() {
    let bench = Bench::start();
    let second =
        generated("").replace("edge1}", "edge2}").replace("nickname: edge1", "nickname: edge2");
    bench.declare(&(generated("") + &second));
    apply(&bench).expect(1).says("give each its own");
    bench.is_untouched();
}

#[test]
fn what_was_kept_can_be_read_again_as_a_manifest() {
    let bench = Bench::start();
    bench.declare(&generated(""));
    apply(&bench).expect(0);
    let used = format!(
        "{}---\n{}",
        edge("edge2").replace("name: edge2, key", "name: edge1-login, key"),
        bench.read(FILE)
    );
    bench.write("more.yaml", &used);
    bench
        .roster(&["apply", "-f", "accounts.yaml", "more.yaml", "--yes", "--secrets-out", "out"])
        .expect(0);
    assert!(bench.password_is("acme-edge2", &kept(&bench)));
}
