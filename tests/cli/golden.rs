//! Output that people and scripts read, kept word for word in `golden/`.
//!
//! `ROSTER_UPDATE_GOLDEN=1 cargo test --test cli golden` writes the files anew.

use std::collections::BTreeSet;
use std::path::PathBuf;

use roster::sim::Options;

use crate::support::{Bench, Finished, edge, secret, user};

/// The file of every test below.
const FILES: [&str; 27] = [
    "apply.txt",
    "claimed-twice.txt",
    "colours.txt",
    "delete.txt",
    "export.txt",
    "failures.txt",
    "held.txt",
    "in-sync.txt",
    "plan.json",
    "plan.txt",
    "portal-apply.txt",
    "portal-changed.txt",
    "portal-delete.txt",
    "portal-export.txt",
    "portal-forbidden.txt",
    "portal-keys-apply.txt",
    "portal-keys-changed.txt",
    "portal-keys-no-folder.txt",
    "portal-keys-plan.json",
    "portal-keys-plan.txt",
    "portal-keys-quota.txt",
    "portal-plan.json",
    "portal-plan.txt",
    "portal-weak-password.txt",
    "portal-wrong-login.txt",
    "refused.txt",
    "unreachable.txt",
];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cli/golden")
}

fn path_of(file: &str) -> PathBuf {
    folder().join(file)
}

/// Compares what was printed with the file.
#[track_caller]
pub fn golden(file: &str, bench: &Bench, finished: &Finished) {
    assert!(FILES.contains(&file), "add {file} to the list");
    let Finished { code, stdout, stderr } = finished;
    let code = code.map_or_else(|| "a signal".to_owned(), |code| code.to_string());
    let port = bench.port().to_string();
    let text = format!("{stdout}--- standard error\n{stderr}--- exit code {code}\n");
    let is_json = path_of(file).extension().is_some_and(|extension| extension == "json");
    let text = if is_json { stdout.clone() } else { text };
    let mut text = text.replace(&port, "PORT");
    if let Some(url) = bench.simulator.ctera().plain_url() {
        text = text.replace(url.rsplit(':').next().unwrap(), "PORT");
        // Which of several users is created first is a matter of chance.
        for user in bench.simulator.ctera().users() {
            let uid = user.uid;
            text = text.replace(&format!("({uid})"), "(UID)");
            text = text.replace(&format!("\"account\": \"{uid}\""), "\"account\": \"UID\"");
        }
    }
    let path = path_of(file);
    if std::env::var_os("ROSTER_UPDATE_GOLDEN").is_some() {
        return std::fs::write(path, text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, expected, "{}", path.display());
}

#[test]
fn every_golden_file_belongs_to_a_test() {
    let found: BTreeSet<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(found, FILES.map(str::to_owned).into());
}

/// One object for every way in which a plan can end.
fn everything() -> Bench {
    let bench = Bench::start();
    let make = |name: &str| bench.simulator.create_update_user("acme", name, "old").unwrap();
    let warned = "  driftPolicy: Warn\n  loginState: Active\n";
    let first = ["edit", "gone", "kept"].map(|name| edge(name) + &secret(name, "old")).concat();
    bench.declare(&(first + &edge("warned") + warned + &secret("warned", "old")));
    bench.applied();
    for name in ["legacy", "adopted", "watched"] {
        make(name);
    }
    bench.simulator.delete_update_user("acme", "acme-gone").unwrap();
    bench.simulator.set_blocked("acme", "acme-warned", true).unwrap();
    let manifests = [
        edge("fresh") + &secret("fresh", "one"),
        edge("edit") + &secret("edit", "another"),
        edge("gone") + &secret("gone", "two"),
        edge("warned") + warned + &secret("warned", "old"),
        edge("kept") + &secret("kept", "old"),
        user("legacy", &["userName: acme-legacy", "loginState: Blocked"]),
        user("adopted", &["userName: acme-adopted", "adoptionPolicy: IfExists"]),
        user(
            "watched",
            &["userName: acme-watched", "managementPolicy: Observe", "loginState: Blocked"],
        ),
        user("nameless", &["nickname: nameless"]),
        user("missing", &["userName: acme-missing", "adoptionPolicy: Require"]),
    ];
    bench.declare(&manifests.concat());
    bench.simulator.clear_journal();
    bench
}

#[test]
fn a_plan_shows_every_verdict() {
    let bench = everything();
    golden("plan.txt", &bench, &bench.plan().expect(1));
    golden("plan.json", &bench, &bench.roster(&["plan", "-f", "accounts.yaml", "-o", "json"]));
}

#[test]
fn apply_shows_the_plan_and_what_became_of_each_object() {
    let bench = everything();
    golden("apply.txt", &bench, &bench.apply().expect(1));
}

#[test]
fn what_is_as_declared_is_told_in_one_line() {
    let bench = Bench::start();
    bench.declare(&(edge("edge1") + &secret("edge1", "one")));
    bench.applied();
    golden("in-sync.txt", &bench, &bench.plan().expect(0));
}

#[test]
fn delete_says_what_becomes_of_each_account() {
    let bench = Bench::start();
    let manifests = ["disabled", "deleted", "kept"].map(|name| edge(name) + &secret(name, name));
    let manifests = manifests.concat();
    bench.declare(&manifests);
    bench.applied();
    bench.simulator.create_update_user("acme", "legacy", "old").unwrap();
    let policy = |name: &str, policy: &str| (edge(name), edge(name) + policy + "\n");
    let (deleted, to_delete) = policy("deleted", "  deletionPolicy: Delete");
    let (kept, to_keep) = policy("kept", "  deletionPolicy: Retain");
    let legacy = user("legacy", &["userName: acme-legacy", "deletionPolicy: Delete"]);
    let manifests = manifests.replace(&deleted, &to_delete).replace(&kept, &to_keep);
    bench.declare(&(manifests + &edge("never") + &legacy));
    golden("delete.txt", &bench, &bench.delete().expect(1));
}

#[test]
fn policies_hold_changes_back_and_say_so() {
    let bench = Bench::start();
    let manifests = edge("edge1") + &secret("edge1", "one");
    bench.declare(&manifests);
    bench.applied();
    let manifests = manifests.replace("one", "two");
    let created = format!("{}{}", edge("edge2"), secret("edge2", "three"));
    let session = bench.session().replace("  endpoint", "  mode: ReadOnly\n  endpoint");
    bench.write("accounts.yaml", &format!("{session}{manifests}{created}"));
    golden("held.txt", &bench, &bench.apply().expect(0));
}

#[test]
fn a_refused_write_says_why_and_stops_no_other() {
    let bench = Bench::start();
    bench.simulator.create_update_user_named("acme", "taken", "acme-old", "old").unwrap();
    let manifests = ["taken", "edge1"].map(|name| edge(name) + &secret(name, name));
    bench.declare(&manifests.concat());
    golden("failures.txt", &bench, &bench.apply().expect(1));
}

#[test]
fn a_user_without_permissions_is_told_which_ones_are_missing() {
    let bench = Bench::seeded(
        "customers: {acme: {users: [{userName: operator, password: operator-password}]}}",
    );
    bench.declare(&(edge("edge1") + &secret("edge1", "one")));
    golden("refused.txt", &bench, &bench.plan().expect(1));
    bench.is_untouched();
}

#[test]
fn two_claims_on_one_account_are_shown_side_by_side() {
    let bench = Bench::start();
    let first = user("first", &["nickname: edge1", "userName: acme-edge1"]);
    let second = user("second", &["nickname: edge2", "userName: acme-edge1"]);
    bench.declare(&(first + &second));
    golden("claimed-twice.txt", &bench, &bench.plan().expect(1));
}

#[test]
fn a_system_that_does_not_answer_is_an_error_with_a_remedy() {
    let bench = Bench::with(Options::default());
    let session = bench.session().replace(&format!("port: {}", bench.port()), "port: 1");
    bench.write("accounts.yaml", &session);
    golden("unreachable.txt", &bench, &bench.plan().expect(1));
}

#[test]
fn an_export_is_a_stream_of_manifests() {
    let bench = Bench::start();
    bench.simulator.create_update_user("acme", "edge1", "one").unwrap();
    bench.simulator.create_update_user_named("acme", "odd", "Ünïcode@Name", "two").unwrap();
    bench.simulator.set_blocked("acme", "acme-edge1", true).unwrap();
    bench.write("session.yaml", &bench.session());
    golden("export.txt", &bench, &bench.roster(&["export", "--session", "session.yaml"]));
}

#[test]
fn colours_are_where_they_help() {
    let bench = everything();
    let mut command = crate::support::program(bench.folder());
    command.args(["plan", "-f", "accounts.yaml"]).env("CLICOLOR_FORCE", "1");
    golden("colours.txt", &bench, &crate::support::Begun::start(&mut command).finish());
}
