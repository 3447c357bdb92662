//! `roster export`: what it writes can be planned, and changes nothing.

use crate::support::{Bench, Finished, run};

fn export(bench: &Bench) -> Finished {
    bench.roster(&["export", "--session", "session.yaml"])
}

#[test]
fn a_plan_finds_what_was_exported_unchanged() {
    let bench = Bench::start();
    for name in ["edge1", "edge2", "edge3"] {
        bench.simulator.create_update_user("acme", name, "secret-of-theirs").unwrap();
    }
    bench.simulator.set_blocked("acme", "acme-edge2", true).unwrap();
    for (number, odd) in
        ["Ünïcode@Name", "A.B", "a.b", "---", "007", "true", "a\\b"].iter().enumerate()
    {
        let nickname = format!("odd{number}");
        bench
            .simulator
            .create_update_user_named("acme", &nickname, odd, "secret-of-theirs")
            .unwrap();
    }
    bench.write("session.yaml", &bench.session());
    for nicknames in [false, true] {
        bench.simulator.switch(|switches| switches.nickname_in_replies = nicknames);
        let exported = export(&bench).expect(0).never_says("secret-of-theirs");
        assert_eq!(exported.stdout.contains("nickname: edge1"), nicknames);
        bench.write("exported.yaml", &exported.stdout);
        let plan = ["plan", "-f", "session.yaml", "exported.yaml", "--detailed-exitcode"];
        bench.roster(&plan).expect(0).says("No changes: 10 accounts are as declared.");
    }
    bench.is_untouched();
}

#[test]
fn one_of_several_sessions_is_chosen_by_name() {
    let bench = Bench::start();
    bench.simulator.create_update_user("acme", "edge1", "one").unwrap();
    let second =
        bench.session().replace("name: acme}", "name: again}").replace("acme-login", "login");
    bench.write("session.yaml", &format!("{}---\n{second}", bench.session()));
    export(&bench).expect(1).says("choose one of acme, again with --name");
    let args = ["export", "--session", "session.yaml", "--name", "again"];
    bench.roster(&args).expect(0).says("name: again\n");
    let args = ["export", "--session", "session.yaml", "--name", "nobody"];
    bench.roster(&args).expect(1).says("the input has acme, again");
    bench.is_untouched();
}

#[test]
fn an_export_of_nothing_says_so() {
    let bench = Bench::start();
    bench.write("session.yaml", &bench.session());
    let finished = export(&bench).expect(0);
    assert_eq!(
        (&*finished.stdout, &*finished.stderr),
        ("", "ApiSession default/acme has no update users\n")
    );
}

#[test]
fn a_name_that_no_manifest_can_hold_is_left_out_and_told() {
    let bench = Bench::start();
    bench.simulator.create_update_user_named("acme", "odd", "a b", "one").unwrap();
    bench.simulator.create_update_user("acme", "edge1", "one").unwrap();
    bench.write("session.yaml", &bench.session());
    let exported = export(&bench).expect(0).says("`a b` is left out");
    bench.write("exported.yaml", &exported.stdout);
    bench.roster(&["plan", "-f", "session.yaml", "exported.yaml"]).expect(0).says("1 account is");
}

#[test]
fn an_export_needs_a_session_and_no_state() {
    let bench = Bench::start();
    bench.write("roster.state.json", "broken");
    bench.write("session.yaml", &bench.session());
    export(&bench).expect(0);
    bench.write("none.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n");
    let finished = run(bench.folder(), &["export", "--session", "none.yaml"]);
    finished.expect(1).says("the input has no ApiSession");
}
