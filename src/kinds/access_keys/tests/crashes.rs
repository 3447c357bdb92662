//! Whatever happens to one call, what follows makes it good.

use super::world::Fault;
use super::{Stage, at, key, rotated};

/// Something to do, in words and as it is met.
type Situation = (&'static str, fn() -> Stage);

/// What there can be to do, most of it after everything was as declared.
fn situations() -> Vec<Situation> {
    fn kept() -> Stage {
        let mut stage = Stage::new(vec![rotated("backup", "s-backup"), key("media", "s-media")]);
        stage.run();
        stage
    }
    vec![
        ("new keys", || Stage::new(vec![rotated("backup", "s-backup"), key("media", "s-media")])),
        ("a rotation", || Stage { now: at("2026-01-02T00:00:00Z"), ..kept() }),
        ("a request", || Stage { request: Some("please"), ..kept() }),
        ("the end of an overlap", || {
            let mut stage = Stage { now: at("2026-01-02T00:00:00Z"), ..kept() };
            stage.run();
            Stage { now: at("2026-01-02T02:00:00Z"), ..stage }
        }),
        ("a lost Secret", || {
            let stage = kept();
            stage.edit(|world| world.secrets.remove("s-media"));
            stage
        }),
        ("a removed key", || Stage { declared: vec![key("media", "s-media")], ..kept() }),
        ("no keys any more", || {
            let mut stage = Stage { now: at("2026-01-02T00:00:00Z"), ..kept() };
            stage.run();
            Stage { declared: vec![], ..stage }
        }),
        ("another Secret", || {
            let declared = vec![rotated("backup", "s-other"), key("media", "s-media")];
            Stage { declared, ..kept() }
        }),
        ("another name", || {
            let declared = vec![rotated("archive", "s-backup"), key("media", "s-media")];
            Stage { declared, ..kept() }
        }),
        ("swapped Secrets", || {
            let declared = vec![rotated("backup", "s-media"), key("media", "s-backup")];
            Stage { declared, ..kept() }
        }),
        ("keys that are gone", || {
            let stage = kept();
            stage.edit(|world| world.keys.retain(|key| key.starts_with("PEOPLE")));
            Stage { verify: true, ..stage }
        }),
    ]
}

#[test]
fn without_a_fault_one_run_does_it_and_another_does_nothing() {
    for (what, situation) in situations() {
        let mut stage = situation();
        let report = stage.run();
        assert_eq!((report.problem, report.failure), (None, None), "{what}");
        stage.assert_kept();
        let lists = stage.calls().iter().filter(|call| *call == "list").count();
        assert!(lists <= 1, "{what}: {:?}", stage.calls());
        stage.verify = false;
        let before = stage.recorded.clone();
        let report = stage.run();
        assert_eq!((stage.remote_calls(), &report.status), (vec![], &before), "{what}");
    }
}

#[test]
fn after_any_fault_of_any_call_the_keys_come_to_be_as_declared() {
    for (what, situation) in situations() {
        for fault in Fault::ALL {
            for store_status in [true, false] {
                fault_at_every_call(what, situation, fault, store_status);
            }
        }
    }
}

/// One fault at the n-th call, for every n; then runs without a fault. `store_status`: a run that ends has its status
/// stored, be it after the fault or not.
fn fault_at_every_call(what: &str, situation: fn() -> Stage, fault: Fault, store_status: bool) {
    for n in 1.. {
        let mut stage = situation();
        stage.edit(|world| world.fault = Some((n, fault)));
        let report = stage.try_run();
        let is_over = stage.calls().len() < n;
        stage.edit(|world| world.fault = None);
        if let Some(report) = report
            && store_status
        {
            stage.recorded = report.status;
        }
        let unknown = stage.unknown();
        assert!(unknown.len() <= 1, "{what}: {fault:?} of call {n}: {unknown:?}");
        for _ in 0..2 {
            stage.now = stage.now.checked_add(std::time::Duration::from_secs(1)).unwrap();
            stage.run();
        }
        let report = stage.run();
        let calls = stage.remote_calls();
        assert_eq!(report.problem, None, "{what}: {fault:?} of call {n}");
        assert!(stage.verify || calls.is_empty(), "{what}: {fault:?} of call {n}: {calls:?}");
        stage.assert_kept();
        if is_over {
            return;
        }
    }
}

#[test]
fn after_two_faults_in_a_row_the_keys_come_to_be_as_declared() {
    for (what, situation) in situations() {
        for (first, second) in
            [(Fault::CrashAfter, Fault::CrashAfter), (Fault::FailAfter, Fault::CrashBefore)]
        {
            for n in 1..16 {
                for m in 1..16 {
                    let mut stage = situation();
                    for (call, fault) in [(n, first), (m, second)] {
                        stage.edit(|world| world.fault = Some((call, fault)));
                        if let Some(report) = stage.try_run() {
                            stage.recorded = report.status;
                        }
                    }
                    stage.edit(|world| world.fault = None);
                    let unknown = stage.unknown();
                    assert!(unknown.len() <= 1, "{what}: {n}, {m}: {unknown:?}");
                    (0..3).for_each(|_| drop(stage.run()));
                    stage.assert_kept();
                }
            }
        }
    }
}
