//! `roster plan`: reads, prints, writes nothing.

use serde_json::Value;

use crate::support::{Begun, Bench, edge, program, secret, user};

#[test]
fn a_plan_writes_nothing_anywhere() {
    let bench = Bench::start();
    bench.declare(&(edge("edge1") + &secret("edge1", "one")));
    bench.plan().expect(0).says("+ UpdateUser default/edge1: create");
    bench.is_untouched();
    let left: Vec<_> = std::fs::read_dir(bench.folder()).unwrap().collect();
    assert_eq!(left.len(), 1, "only the manifests are there: {left:?}");
}

#[test]
fn the_exit_code_tells_of_changes_only_when_asked_to() {
    let bench = Bench::start();
    bench.declare(&(edge("edge1") + &secret("edge1", "one")));
    let detailed = ["plan", "-f", "accounts.yaml", "--detailed-exitcode"];
    bench.plan().expect(0);
    bench.roster(&detailed).expect(2);
    bench.applied();
    bench.roster(&detailed).expect(0);
    let policies = user("legacy", &["userName: acme-legacy"]);
    bench.declare(&(edge("edge1") + &secret("edge1", "two") + &policies));
    bench.roster(&detailed).expect(1).says("refused, AccountMissing");
}

#[test]
fn an_adoption_counts_as_a_change() {
    let bench = Bench::start();
    bench.simulator.create_update_user("acme", "legacy", "old").unwrap();
    bench.declare(&user("legacy", &["userName: acme-legacy", "adoptionPolicy: IfExists"]));
    bench.roster(&["plan", "-f", "accounts.yaml", "--detailed-exitcode"]).expect(2);
    bench.applied();
    bench.roster(&["plan", "-f", "accounts.yaml", "--detailed-exitcode"]).expect(0);
}

#[test]
fn a_mistyped_option_is_not_taken_for_changes() {
    let bench = Bench::start();
    let finished = bench.roster(&["plan", "-f", "x.yaml", "--detailed-exitcod"]);
    finished.expect(1).says("--detailed-exitcode");
    bench.roster(&["plam"]).expect(1).says("plan");
    bench.roster(&[""; 0]).expect(1).says("Usage: roster");
    bench.roster(&["plan", "--help"]).expect(0).says("Exit codes:");
}

#[test]
fn standard_input_files_and_folders_are_read_alike() {
    let bench = Bench::start();
    let manifests = edge("edge1") + &secret("edge1", "one");
    bench.write("all/session.yaml", &bench.session());
    bench.write("all/deep/edge1.yml", &manifests);
    let folder = bench.roster(&["plan", "-f", "all"]).expect(0).stdout;
    let files = ["plan", "-f", "all/session.yaml", "all/deep/edge1.yml"];
    let files = bench.roster(&files).expect(0).stdout;
    let twice = ["plan", "-f", "all/deep", "-f", "all/session.yaml"];
    let twice = bench.roster(&twice).expect(0).stdout;
    let text = bench.session() + &manifests;
    let mut command = program(bench.folder());
    let fed = Begun::fed(command.args(["plan", "-f", "-"]), &text).finish().expect(0).stdout;
    assert_eq!([&folder; 3], [&files, &twice, &fed]);
    assert!(folder.contains("1 to create"));
}

#[test]
fn the_json_form_is_one_document_with_a_version() {
    let bench = Bench::start();
    bench.declare(&(edge("edge1") + &secret("edge1", "one")));
    let finished = bench.roster(&["plan", "-f", "accounts.yaml", "-o", "json"]).expect(0);
    let plan: Value = serde_json::from_str(&finished.stdout).unwrap();
    assert_eq!(plan["version"], "roster.rs/plan/v1");
    assert_eq!(plan["summary"]["create"], 1);
    assert_eq!(plan["sessions"][0]["items"][0]["action"], "create");
}

#[test]
fn a_reader_that_stops_reading_is_no_error() {
    let bench = Bench::start();
    bench.declare(&(edge("edge1") + &secret("edge1", "one")));
    let mut command = program(bench.folder());
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut child = command.args(["plan", "-f", "accounts.yaml"]).stdout(writer).spawn().unwrap();
    drop(command);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
