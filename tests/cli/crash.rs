//! `apply` dies after the n-th request, for every n, and runs again: the end is the one of an undisturbed run, with no
//! second account.

use std::collections::BTreeMap;

use roster::sim::{AccountState, Fault, FaultKind, FaultParameters};

use crate::support::{Begun, Bench, edge, program, secret, until, user};

/// What is so in the end: each account's state and how often it was made, by login name; and what is remembered.
#[derive(Debug, PartialEq)]
struct End {
    accounts: BTreeMap<String, Vec<AccountState>>,
    passwords: [bool; 4],
    remembered: Vec<String>,
}

const APPLY: [&str; 6] = ["apply", "-f", "accounts.yaml", "--yes", "--secrets-out", "out"];

/// Two accounts to create, one of them blocked and one with a generated password, one to adopt and change, and one
/// whose drift is to be taken back.
fn scene() -> Bench {
    let bench = Bench::start();
    bench.declare(&(edge("drifted") + "  loginState: Active\n" + &secret("drifted", "four")));
    bench.applied();
    bench.simulator.set_blocked("acme", "acme-drifted", true).unwrap();
    bench.simulator.create_update_user("acme", "legacy", "old").unwrap();
    let adopted = "  userName: acme-legacy\n  adoptionPolicy: IfExists\n  loginState: Blocked\n";
    let generated = ["nickname: made", "password: {generate: {}}", "outputSecret: {name: made}"];
    let manifests = [
        edge("blocked") + "  loginState: Blocked\n" + &secret("blocked", "one"),
        user("made", &generated),
        edge("legacy") + adopted + &secret("legacy", "three"),
        edge("drifted") + "  loginState: Active\n" + &secret("drifted", "four"),
    ];
    bench.declare(&manifests.concat());
    bench.simulator.clear_journal();
    bench
}

fn end(bench: &Bench) -> End {
    let mut accounts: BTreeMap<String, Vec<AccountState>> = BTreeMap::new();
    for account in bench.accounts() {
        accounts.entry(account.user_name).or_default().push(account.state);
    }
    let kept = bench.read("out/default.made.yaml");
    let made = kept.lines().find_map(|line| line.trim().strip_prefix("password: ")).unwrap();
    let made = made.trim_matches(['"', '\'']);
    assert!(kept.contains("username: acme-made"), "{kept}");
    let state: serde_json::Value = serde_json::from_str(&bench.read("roster.state.json")).unwrap();
    let mut remembered = Vec::new();
    for session in state["sessions"].as_object().unwrap().values() {
        for (name, object) in session["objects"].as_object().unwrap() {
            let applied: Vec<&String> = object["applied"].as_object().unwrap().keys().collect();
            let rest = [&object["account"], &object["origin"], &object["claim"]];
            remembered.push(format!("{name} {rest:?} {applied:?}"));
        }
    }
    let passwords = [("blocked", "one"), ("made", made), ("legacy", "three"), ("drifted", "four")]
        .map(|(name, password)| bench.password_is(&format!("acme-{name}"), password));
    End { accounts, passwords, remembered }
}

/// Runs `apply`, lets the request that `met` describes hang, executed or not, and kills the run once `holds` is true.
fn killed(bench: &Bench, met: Fault, executed: bool, what: &str, holds: impl FnMut() -> bool) {
    let parameters = FaultParameters {
        executed: Some(executed),
        millis: Some(50),
        ..FaultParameters::default()
    };
    bench.simulator.fault(met.with(parameters));
    let run = Begun::start(program(bench.folder()).args(APPLY));
    until(what, holds);
    run.kill();
}

/// A creation of an account that hangs.
fn create() -> Fault {
    Fault::new(FaultKind::Endless).method("POST").path("/REST/UpdateUser/")
}

/// Kills the run when request `number` has arrived, executed or not, and runs again.
fn disturbed(number: u32, executed: bool) -> End {
    let bench = scene();
    let stuck = Fault::new(FaultKind::Endless).path("/REST").skip(number - 1);
    let arrived = || bench.simulator.faults().is_empty();
    killed(&bench, stuck, executed, "the request arrives", arrived);
    bench.roster(&APPLY).expect(0);
    bench.simulator.clear_journal();
    bench.roster(&APPLY).expect(0).says("No changes: 4 accounts are as declared.");
    assert_eq!(bench.writes(), [""; 0]);
    end(&bench)
}

#[test]
fn a_run_that_dies_anywhere_is_finished_by_the_next_one() {
    let bench = scene();
    bench.roster(&APPLY).expect(0);
    let requests = u32::try_from(bench.requests().len()).unwrap();
    assert_eq!(
        requests,
        10,
        "login, list, permissions, six writes, logout: {:?}",
        bench.requests()
    );
    let undisturbed = end(&bench);
    assert_eq!(undisturbed.passwords, [true; 4]);
    assert!(undisturbed.accounts.values().all(|made| made.len() == 1));
    std::thread::scope(|scope| {
        for executed in [true, false] {
            let undisturbed = &undisturbed;
            scope.spawn(move || {
                for number in 1..=requests {
                    let end = disturbed(number, executed);
                    assert_eq!(end, *undisturbed, "request {number}, executed: {executed}");
                }
            });
        }
    });
}

#[test]
fn a_reply_that_arrived_but_was_not_recorded_makes_no_second_account() {
    let bench = Bench::start();
    bench.declare(&(edge("edge1") + &secret("edge1", "one")));
    killed(&bench, create(), true, "the account exists", || bench.accounts().len() == 1);
    assert!(bench.read("roster.state.json").contains("claim"));
    bench.plan().expect(0).says("No changes: 1 account is as declared.");
    // Even if somebody blocks it meanwhile, it is known whose it is.
    bench.simulator.set_blocked("acme", "acme-edge1", true).unwrap();
    bench.roster(&APPLY).expect(0);
    assert_eq!(bench.accounts().len(), 1);
    assert!(bench.read("roster.state.json").contains("\"account\": \"acme-edge1\""));
}

#[test]
fn an_unfinished_create_never_takes_an_account_of_an_object_outside_the_input() {
    let bench = Bench::start();
    let (first, second) =
        (edge("edge1") + &secret("edge1", "same"), edge("edge2") + &secret("edge2", "same"));
    bench.declare(&(first.clone() + &second));
    let arrived = || bench.simulator.faults().is_empty();
    killed(&bench, create().skip(1), false, "the second create arrives", arrived);
    bench.simulator.clear_journal();
    bench.declare(&second);
    bench.roster(&APPLY).expect(0);
    assert_eq!(bench.accounts().len(), 2);
}

#[test]
fn without_any_trace_of_the_account_a_person_is_asked() {
    let bench = Bench::start();
    bench.declare(&(edge("edge1") + &secret("edge1", "one")));
    killed(&bench, create(), true, "the account exists", || bench.accounts().len() == 1);
    bench.simulator.switch(|switches| switches.password_in_list = false);
    bench.simulator.clear_journal();
    bench
        .apply()
        .expect(1)
        .says("refused, Ambiguous")
        .says("declare it as userName with adoptionPolicy: IfExists");
    assert_eq!(bench.writes(), [""; 0]);
}

#[test]
fn an_interrupt_in_the_middle_logs_out_and_loses_nothing() {
    let bench = Bench::start();
    bench.declare(&(edge("edge1") + &secret("edge1", "one")));
    let parameters = FaultParameters { millis: Some(50), ..FaultParameters::default() };
    let stuck = Fault::new(FaultKind::Endless).method("POST").path("/REST/UpdateUser/");
    bench.simulator.fault(stuck.with(parameters));
    let mut command = program(bench.folder());
    let run = Begun::start(command.args(APPLY));
    until("the account exists", || bench.accounts().len() == 1);
    let id = rustix::process::Pid::from_raw(run.id()).unwrap();
    rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
    run.finish().expect(1).says("interrupted; what was under way is looked at by the next run");
    assert_eq!(bench.simulator.open_sessions(), 0);
    bench.roster(&APPLY).expect(0);
    assert_eq!(bench.accounts().len(), 1);
}
