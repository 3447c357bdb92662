//! What is remembered between runs, and what happens when it is not.

use roster::sim::{Fault, FaultKind, FaultParameters};

use crate::support::{Begun, Bench, edge, program, secret, until, user};

const STATE: &str = "roster.state.json";
const KEY: &str = "roster.state.json.key";

fn created() -> Bench {
    let bench = Bench::start();
    bench.declare(&(edge("edge1") + &secret("edge1", "one")));
    bench.applied();
    bench
}

#[test]
fn the_state_holds_no_secret_and_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let bench = created();
    for file in [STATE, KEY] {
        let mode = std::fs::metadata(bench.path(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
        let text = bench.read(file);
        assert!(!text.contains("one") && !text.contains("operator-password"), "{text}");
    }
}

#[test]
fn the_state_can_be_somewhere_else() {
    let bench = created();
    std::fs::create_dir(bench.path("else")).unwrap();
    for file in [STATE, KEY] {
        std::fs::rename(bench.path(file), bench.path("else").join(file)).unwrap();
    }
    let elsewhere = ["plan", "-f", "accounts.yaml", "--state", "else/roster.state.json"];
    bench.roster(&elsewhere).expect(0).says("No changes");
    let mut command = program(bench.folder());
    command.args(["plan", "-f", "accounts.yaml"]).env("ROSTER_STATE", "else/roster.state.json");
    Begun::start(&mut command).finish().expect(0).says("No changes");
}

#[test]
fn without_the_state_nothing_is_taken_over_silently() {
    let bench = created();
    std::fs::remove_file(bench.path(STATE)).unwrap();
    bench
        .apply()
        .expect(1)
        .says("the nickname `edge1` is taken")
        .says("`userName` with `adoptionPolicy: IfExists`");
    assert_eq!(bench.accounts().len(), 1);
    assert!(bench.password_is("acme-edge1", "one"));
    // The remedy works.
    let adopted = edge("edge1") + "  userName: acme-edge1\n  adoptionPolicy: IfExists\n";
    bench.declare(&(adopted + &secret("edge1", "one")));
    bench.apply().expect(0).says("Adopted");
    bench.plan().expect(0).says("No changes: 1 account is as declared.");
}

#[test]
fn a_lost_key_is_told_and_no_password_is_sent_for_it() {
    let bench = created();
    bench.simulator.switch(|switches| switches.password_in_list = false);
    std::fs::remove_file(bench.path(KEY)).unwrap();
    bench.apply().expect(0).says("roster.state.json.key").says("No changes");
    bench.is_untouched();
    bench.declare(&(edge("edge1") + &secret("edge1", "two")));
    let finished = bench.apply().expect(0).says("(sensitive, changed)");
    assert!(!finished.stderr.contains(KEY), "told once: {finished}");
    assert!(bench.password_is("acme-edge1", "two"));
}

#[test]
fn files_that_cannot_be_read_are_told_with_a_remedy_and_nothing_is_written() {
    let cases = [
        (STATE, "{\"version\": 1,", "cannot read roster.state.json: it is not what Roster writes"),
        (STATE, "{\"version\": 9, \"sessions\": {}}", "format 9"),
        (KEY, "short", "does not hold a marker key; restore it"),
    ];
    for (file, text, says) in cases {
        let bench = created();
        bench.write(file, text);
        bench.declare(&(edge("edge1") + &secret("edge1", "two")));
        bench.plan().expect(1).says(says);
        bench.apply().expect(1).says(says);
        assert_eq!(bench.requests(), [""; 0]);
        assert_eq!(bench.read(file), text, "left as it was");
    }
}

#[test]
fn a_state_that_cannot_be_written_stops_the_run_before_any_write() {
    let bench = created();
    bench.declare(&(edge("edge1") + &secret("edge1", "two")));
    let nowhere = ["apply", "-f", "accounts.yaml", "--yes", "--state", "no/such/folder/state.json"];
    bench.roster(&nowhere).expect(1).says("choose a place for the state with --state FILE");
    assert_eq!(bench.requests(), [""; 0]);
    // The key is there, but the state itself cannot be put in its place.
    bench.write("odd.json.key", &bench.read(KEY));
    let odd = ["apply", "-f", "accounts.yaml", "--yes", "--state", "odd.json"];
    std::fs::create_dir(bench.path("odd.json")).unwrap();
    bench.roster(&odd).expect(1).says("cannot read odd.json");
    bench.is_untouched();
}

#[test]
fn of_two_runs_at_once_one_waits_for_a_person() {
    let bench = Bench::start();
    bench.declare(&(edge("edge1") + &secret("edge1", "one")));
    let slow = FaultParameters { millis: Some(60_000), ..FaultParameters::default() };
    bench.simulator.fault(Fault::new(FaultKind::Slow).method("GET").with(slow));
    let mut command = program(bench.folder());
    let first = Begun::start(command.args(["apply", "-f", "accounts.yaml", "--yes"]));
    until("the first run reads the list", || bench.requests().len() == 2);
    bench.apply().expect(1).says("another run is writing roster.state.json");
    bench.plan().expect(0).says("1 to create");
    first.kill();
    bench.apply().expect(0).says("Created");
    assert_eq!(bench.accounts().len(), 1);
}

#[test]
fn an_object_keeps_its_account_and_takes_no_other() {
    let bench = created();
    bench.simulator.create_update_user("acme", "other", "old").unwrap();
    bench.declare(&user("edge1", &["userName: acme-other", "adoptionPolicy: IfExists"]));
    bench
        .apply()
        .expect(1)
        .says("this object holds `acme-edge1`, but declares userName: acme-other");
    bench.is_untouched();
}

#[test]
fn a_list_that_shrank_is_read_twice() {
    let bench = Bench::start();
    let manifests: String =
        (0..5).map(|n| format!("e{n}")).map(|name| edge(&name) + &secret(&name, "p")).collect();
    bench.declare(&manifests);
    bench.applied();
    bench.applied();
    bench.simulator.delete_update_user("acme", "acme-e0").unwrap();
    bench.simulator.delete_update_user("acme", "acme-e1").unwrap();
    bench.plan().expect(0).says("2 to create");
    let lists = bench.requests().iter().filter(|line| line.starts_with("GET")).count();
    assert_eq!(lists, 2);
}

#[test]
fn a_nickname_is_not_changed_silently() {
    let bench = created();
    let renamed = edge("edge1").replace("nickname: edge1", "nickname: edge9");
    bench.declare(&(renamed + &secret("edge1", "one")));
    let finished = bench.apply().expect(1);
    finished.says("was created with the nickname `edge1`, and nicknames cannot be changed");
    assert_eq!(bench.requests(), [""; 0]);
    bench.delete().expect(0).says("Disabled");
}

#[test]
fn a_key_that_was_never_finished_is_made_anew() {
    let bench = Bench::start();
    bench.declare(&(edge("edge1") + &secret("edge1", "one")));
    bench.write(KEY, "");
    bench.plan().expect(0);
    bench.apply().expect(0);
    assert_eq!(bench.read(KEY).len(), 44, "32 bytes as base64");
}
