//! S3 credentials of portal users, from the plan to the end of a key.

mod cut_off;
mod policies;

use std::os::unix::fs::PermissionsExt;

use roster::sim::ctera::LedgerKey;

use crate::golden::golden;
use crate::portal::{TENANT, declare, make, person, portal_user, start, user};
use crate::support::{Bench, Finished};
use serde_json::json;

const ANN: &str = "corp.example\\ann";
const NIGHTLY: &str = "out/default.nightly.yaml";

/// An entry of `s3Credentials` in the Secret of its name.
fn key(name: &str, more: &str) -> String {
    format!("{{name: {name}, outputSecret: {{name: {name}}}{more}}}")
}

fn keys(entries: &[String]) -> String {
    format!("s3Credentials: [{}]", entries.join(", "))
}

/// The user of the directory, with these keys.
fn ann(entries: &[String]) -> String {
    portal_user("ann", &["name: ann", "directory: corp.example", &keys(entries)])
}

/// Runs a command with the folder of the output Secrets; neither its outputs nor the state tell a secret half.
#[track_caller]
fn run(bench: &Bench, command: &[&str]) -> Finished {
    let files = ["-f", "accounts.yaml", "--secrets-out", "out"];
    let finished = bench.roster(&[command, &files].concat());
    let mut texts = vec![finished.all()];
    for file in std::fs::read_dir(bench.folder()).unwrap() {
        let path = file.unwrap().path();
        // The key of the markers is no text.
        texts.extend(
            path.is_file()
                .then(|| String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned()),
        );
    }
    for half in halves(bench) {
        assert!(texts.iter().all(|text| !text.contains(&half)), "a secret half is in {texts:?}");
    }
    finished
}

fn plan(bench: &Bench) -> Finished {
    run(bench, &["plan", "--detailed-exitcode"])
}

fn apply(bench: &Bench) -> Finished {
    run(bench, &["apply", "--yes"])
}

/// Every secret half that is kept.
fn halves(bench: &Bench) -> Vec<String> {
    let Ok(files) = std::fs::read_dir(bench.path("out")) else { return Vec::new() };
    let texts = files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
    let lines: Vec<String> =
        texts.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).collect();
    let halves = lines.iter().filter_map(|line| line.split_once("secret-access-key: "));
    halves.map(|(_, half)| half.trim_matches(['"', '\'']).to_owned()).collect()
}

/// A value of a kept Secret.
fn value(bench: &Bench, file: &str, key: &str) -> Option<String> {
    let text = bench.read(file);
    let value = text.lines().find_map(|line| line.trim().strip_prefix(&format!("{key}: ")));
    value.map(|value| value.trim_matches(['"', '\'']).to_owned())
}

/// The id of the pair in this file, which works.
#[track_caller]
fn works(bench: &Bench, file: &str, prefix: &str) -> String {
    let id = value(bench, file, &format!("{prefix}access-key-id")).unwrap();
    let half = value(bench, file, &format!("{prefix}secret-access-key")).unwrap();
    assert!(bench.simulator.ctera().secret_is(&id, &half), "{id} does not work");
    id
}

/// The keys that work at the portal.
fn living(bench: &Bench, name: &str) -> Vec<String> {
    let keys = user(bench, name).unwrap().keys;
    let living = keys.into_iter().filter(|key| !key.deleted);
    living.map(|LedgerKey { access_key, .. }| access_key).collect()
}

/// The requests about keys since the journal was cleared.
fn key_calls(bench: &Bench) -> Vec<String> {
    let operations =
        bench.simulator.ctera().journal().into_iter().filter_map(|entry| entry.operation);
    operations.filter(|operation| operation.contains("ApiKey")).collect()
}

/// The second run in a row finds nothing to do, and asks nothing about keys.
#[track_caller]
fn is_at_rest(bench: &Bench) {
    bench.simulator.clear_journal();
    plan(bench).expect(0).says("No changes");
    apply(bench).expect(0).says("No changes");
    assert_eq!(key_calls(bench), [""; 0]);
}

/// Lets the pair in use look as if it had been made then.
fn age(bench: &Bench, file: &str, time: &str) {
    let text = bench.read(file);
    let line = text.lines().find(|line| line.contains("roster.rs/generated-at")).unwrap();
    bench.write(file, &text.replace(line, &format!("    roster.rs/generated-at: \"{time}\"")));
}

#[test]
fn keys_are_planned_made_kept_and_left_alone() {
    let bench = start();
    let two = keys(&[key("nightly", ""), key("weekly", ", rotation: {interval: 90d}")]);
    make(&bench, "kept", &json!({ "email": "kept@example.com" }));
    let kept =
        portal_user("kept", &["name: kept", "adoptionPolicy: Require", "email: kept@example.com"]);
    declare(&bench, &[person("dana", &[&two]), ann(&[key("backup", "")]), kept].concat());
    golden("portal-keys-plan.txt", &bench, &plan(&bench).expect(2));
    golden("portal-keys-plan.json", &bench, &run(&bench, &["plan", "-o", "json"]).expect(0));
    assert_eq!(key_calls(&bench), [""; 0], "a plan asks for no keys");
    assert!(!bench.path("out").exists());
    golden("portal-keys-apply.txt", &bench, &apply(&bench).expect(0));
    let made = [works(&bench, NIGHTLY, ""), works(&bench, "out/default.weekly.yaml", "")];
    assert_eq!(living(&bench, "dana"), made);
    assert_eq!(living(&bench, ANN), [works(&bench, "out/default.backup.yaml", "")]);
    let permissions = std::fs::metadata(bench.path(NIGHTLY)).unwrap().permissions();
    assert_eq!(permissions.mode() & 0o777, 0o600);
    let state = bench.read("roster.state.json");
    assert!(made.iter().all(|id| state.contains(id)), "ids are remembered: {state}");
    is_at_rest(&bench);
}

#[test]
fn changes_of_keys_are_shown_before_they_are_made() {
    let bench = start();
    let interval = ", rotation: {interval: 90d, overlap: 1h}";
    let entries = |last: &[String]| {
        let names = ["lost", "due", "over"];
        [&names.map(|name| key(name, interval))[..], last].concat()
    };
    let moved = key("moved", "");
    declare(&bench, &ann(&entries(&[moved.clone(), key("removed", ""), key("renamed", "")])));
    apply(&bench).expect(0);
    let file = |name: &str| format!("out/default.{name}.yaml");
    // One pair was replaced, and its overlap is over.
    age(&bench, &file("over"), "2020-01-01T00:00:00Z");
    apply(&bench).expect(0);
    age(&bench, &file("over"), "2020-01-02T00:00:00Z");
    age(&bench, &file("due"), "2020-01-01T00:00:00Z");
    let renamed = works(&bench, &file("renamed"), "");
    std::fs::remove_file(bench.path(&file("lost"))).unwrap();
    let moved = moved.replace("outputSecret: {name: moved}", "outputSecret: {name: elsewhere}");
    let other_name = key("renamed", "").replacen("name: renamed", "name: other-name", 1);
    declare(&bench, &ann(&entries(&[moved, other_name])));
    golden("portal-keys-changed.txt", &bench, &plan(&bench).expect(2));
    apply(&bench).expect(0);
    assert_eq!(works(&bench, &file("renamed"), ""), renamed, "another name is the same key");
    assert!(["moved", "removed"].iter().all(|name| !bench.path(&file(name)).exists()));
    is_at_rest(&bench);
}

#[test]
fn a_lost_secret_is_made_anew_and_keys_of_others_stay() {
    let bench = start();
    let (theirs, _) = bench.simulator.ctera().create_key(TENANT, ANN).unwrap();
    declare(&bench, &ann(&[key("nightly", "")]));
    apply(&bench).expect(0);
    let lost = works(&bench, NIGHTLY, "");
    std::fs::remove_file(bench.path(NIGHTLY)).unwrap();
    plan(&bench)
        .expect(2)
        .says("s3Credentials.nightly: (sensitive, changed), the one before is lost");
    apply(&bench).expect(0).says("access keys made: 1, deleted: 1");
    let made = works(&bench, NIGHTLY, "");
    assert_ne!(made, lost);
    assert_eq!(living(&bench, ANN), [theirs, made]);
    is_at_rest(&bench);
}

#[test]
fn a_replaced_pair_works_until_its_overlap_is_over() {
    let bench = start();
    declare(&bench, &ann(&[key("nightly", ", rotation: {interval: 90d, overlap: 1h}")]));
    apply(&bench).expect(0);
    let first = works(&bench, NIGHTLY, "");
    age(&bench, NIGHTLY, "2020-01-01T00:00:00Z");
    plan(&bench).expect(2).says("s3Credentials.nightly: (sensitive, changed)").never_says("lost");
    apply(&bench).expect(0);
    let second = works(&bench, NIGHTLY, "");
    assert_eq!(works(&bench, NIGHTLY, "previous-"), first);
    is_at_rest(&bench);
    // Too short ago for the next pair, long enough for the end of the one before.
    let later = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(2);
    age(&bench, NIGHTLY, &later.to_string());
    plan(&bench).expect(2).says("s3Credentials.nightly: the previous one is deleted");
    apply(&bench).expect(0).says("access keys made: 0, deleted: 1");
    assert_eq!(living(&bench, ANN), [second]);
    assert_eq!(value(&bench, NIGHTLY, "previous-access-key-id"), None);
    is_at_rest(&bench);
}

#[test]
fn a_pair_that_is_not_declared_any_more_goes_with_its_file() {
    let bench = start();
    declare(&bench, &ann(&[key("nightly", ""), key("weekly", "")]));
    apply(&bench).expect(0);
    for (left, gone) in [(vec![key("weekly", "")], "nightly"), (vec![], "weekly")] {
        declare(&bench, &ann(&left));
        plan(&bench).expect(2).says(&format!("s3Credentials.{gone}: deleted"));
        apply(&bench).expect(0);
        assert_eq!(living(&bench, ANN).len(), left.len());
        assert!(!bench.path(&format!("out/default.{gone}.yaml")).exists());
        is_at_rest(&bench);
    }
}

#[test]
fn without_a_folder_no_key_is_made_or_deleted() {
    let bench = start();
    declare(&bench, &ann(&[key("nightly", "")]));
    let refused = |bench: &Bench| {
        bench.simulator.clear_journal();
        bench.plan().expect(1).says("--secrets-out DIR");
        let finished = bench.apply().expect(1).says("--secrets-out DIR");
        assert_eq!(key_calls(bench), [""; 0]);
        finished
    };
    golden("portal-keys-no-folder.txt", &bench, &refused(&bench));
    assert_eq!(living(&bench, ANN), [""; 0]);
    apply(&bench).expect(0);
    let id = works(&bench, NIGHTLY, "");
    refused(&bench);
    is_at_rest(&bench);
    // What was forgotten once is not forgotten for good: the file goes in the end.
    declare(&bench, &ann(&[]));
    refused(&bench).says("s3Credentials.nightly: cannot be deleted");
    assert_eq!(living(&bench, ANN), [id]);
    apply(&bench).expect(0);
    assert_eq!(living(&bench, ANN), [""; 0]);
    assert!(!bench.path(NIGHTLY).exists());
}

#[test]
fn a_user_with_all_the_keys_that_it_may_have_gets_no_other() {
    let bench = start();
    let (theirs, _) = bench.simulator.ctera().create_key(TENANT, ANN).unwrap();
    bench.simulator.ctera().switch(|switches| switches.key_limit = 1);
    declare(&bench, &ann(&[key("nightly", "")]));
    golden("portal-keys-quota.txt", &bench, &apply(&bench).expect(1));
    assert_eq!(living(&bench, ANN), std::slice::from_ref(&theirs));
    bench.simulator.ctera().delete_key(&theirs).unwrap();
    apply(&bench).expect(0);
    assert_eq!(living(&bench, ANN), [works(&bench, NIGHTLY, "")]);
    is_at_rest(&bench);
}

#[test]
fn a_secret_of_somebody_else_is_left_alone() {
    let bench = start();
    let bob =
        portal_user("bob", &["name: bob", "adoptionPolicy: Require", &keys(&[key("nightly", "")])]);
    make(&bench, "bob", &json!({}));
    declare(&bench, &bob);
    apply(&bench).expect(0);
    let before = bench.read(NIGHTLY);
    declare(&bench, &ann(&[key("nightly", "")]));
    plan(&bench).expect(1).says("the Secret `nightly` belongs to somebody else");
    apply(&bench).expect(1).says("PortalUser default/ann").says("the Secret `nightly` exists");
    bench.write(NIGHTLY, "password: hunter2");
    let says = "is not a Secret that Roster wrote; move it away";
    plan(&bench).expect(1).says(says).never_says("hunter2");
    apply(&bench).expect(1).says(says).never_says("hunter2");
    assert_eq!(bench.read(NIGHTLY), "password: hunter2");
    bench.write(NIGHTLY, &before);
    assert_eq!(living(&bench, ANN), [""; 0]);
    assert_eq!(living(&bench, "bob"), [works(&bench, NIGHTLY, "")]);
}
