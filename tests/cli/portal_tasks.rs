//! Having a portal apply what was written, at the end of a run.

use roster::sim::ctera::{Fault, FaultKind, TaskEnd};

use crate::portal::{TENANT, person, session, start, user};
use crate::support::{Bench, Finished};

/// Declares these users through a session that has changes applied.
fn declare(bench: &Bench, manifests: &[String]) {
    let session =
        session(bench).replace("tenant: acme", "tenant: acme, applyChanges: AfterChanges");
    bench.write("accounts.yaml", &(session + &manifests.concat()));
}

/// How often the portal was told.
fn told(bench: &Bench) -> u32 {
    let counters = bench.simulator.ctera().counters();
    assert!(counters.account_updates.keys().all(|tenant| tenant == TENANT), "{counters:?}");
    counters.account_updates.get(TENANT).copied().unwrap_or_default()
}

#[test]
fn a_portal_is_told_once_after_all_changes_and_never_without_one() {
    let bench = start();
    let users = ["dana", "gil", "hila"].map(|name| person(name, &[]));
    declare(&bench, &users);
    bench.plan().expect(0);
    assert_eq!(told(&bench), 0);
    bench.apply().expect(0).says("the portal has applied what was written");
    assert_eq!(told(&bench), 1);
    bench.apply().expect(0).says("No changes").never_says("applied what was written");
    assert_eq!(told(&bench), 1);
    declare(&bench, &users.clone().map(|user| user.replace("firstName: Dana", "firstName: D.")));
    bench.apply().expect(0);
    assert_eq!(told(&bench), 2);
    bench.delete().expect(0);
    assert_eq!(told(&bench), 3);
    assert_eq!(user(&bench, "gil").unwrap().role.as_deref(), Some("Disabled"));
}

#[test]
fn a_session_that_does_not_ask_for_it_has_nothing_applied() {
    let bench = start();
    bench.write("accounts.yaml", &(session(&bench) + &person("dana", &[])));
    bench.apply().expect(0).never_says("applied what was written");
    assert_eq!(told(&bench), 0);
}

/// Applies one new user, with a task that ends like this.
fn applied(task: TaskEnd) -> Finished {
    let bench = start();
    bench.simulator.ctera().switch(|switches| switches.task = task);
    declare(&bench, &[person("dana", &[])]);
    let finished = bench.apply();
    assert!(user(&bench, "dana").is_some());
    assert_eq!(told(&bench), 1);
    assert!(bench.simulator.ctera().sessions().is_empty(), "logged out");
    finished
}

#[test]
fn the_end_of_the_task_is_told() {
    applied(TaskEnd::Failed)
        .expect(1)
        .says("ApiSession default/portal: the portal has not applied what was written: ")
        .says("Some users could not be updated");
    applied(TaskEnd::CompletedWithWarnings)
        .expect(0)
        .says("with warnings:")
        .says("Some users were left out");
    applied(TaskEnd::NotFound).expect(0).says("its last word");
}

#[test]
fn a_task_that_cannot_be_started_is_told_with_its_session() {
    let bench = start();
    bench
        .simulator
        .ctera()
        .fault(Fault::new(FaultKind::Status).operation("updateAccounts").times(9));
    declare(&bench, &[person("dana", &[])]);
    bench.apply().expect(1).says("ApiSession default/portal: the portal cannot be told to apply");
    assert!(user(&bench, "dana").is_some());
}
