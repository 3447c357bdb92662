//! How many requests a run takes: exact numbers, from the journal of the system.

use crate::support::{Bench, edge, secret};

const SESSION: &str = "/REST/Session/";
const USERS: &str = "/REST/UpdateUser/";

/// The permissions are read once, and only if there is something to write.
const PERMISSIONS: &str = "POST /REST/UserPermissionReport/";

fn requests(between: &[&str]) -> Vec<String> {
    let first = [format!("POST {SESSION}"), format!("GET {USERS}")];
    let between = between.iter().map(|line| (*line).to_owned());
    first.into_iter().chain(between).chain([format!("DELETE {SESSION}")]).collect()
}

#[test]
fn a_plan_is_one_login_one_list_and_one_logout() {
    let bench = Bench::start();
    bench.declare("");
    bench.plan().expect(0);
    assert_eq!(bench.requests(), requests(&[]));
    bench.simulator.clear_journal();
    bench.declare(&(edge("edge1") + &secret("edge1", "one")));
    bench.plan().expect(0);
    assert_eq!(bench.requests(), requests(&[PERMISSIONS]));
}

#[test]
fn a_thousand_accounts_take_no_more_reading_than_one() {
    let accounts: Vec<String> =
        (0..1000).map(|n| format!("{{nickname: e{n}, password: pw-{n}}}")).collect();
    let bench = Bench::seeded(&format!(
        "customers: {{acme: {{users: [{{userName: operator, password: operator-password, administrator: true}}], updateUsers: [{}]}}}}",
        accounts.join(", ")
    ));
    let manifests: String = (0..1000)
        .map(|n| {
            let name = format!("e{n}");
            let adopted = format!("  userName: acme-{name}\n  adoptionPolicy: IfExists\n");
            edge(&name) + &adopted + &secret(&name, &format!("pw-{n}"))
        })
        .collect();
    bench.declare(&manifests);
    bench.apply().expect(0).says("Plan: 0 to create, 1000 to change");
    assert_eq!(bench.requests(), requests(&[]), "adopting what is as declared writes nothing");
    bench.simulator.clear_journal();
    bench.apply().expect(0).says("No changes: 1000 accounts are as declared.");
    assert_eq!(bench.requests(), requests(&[]));
}

#[test]
fn one_write_goes_out_for_each_field_that_differs() {
    let bench = Bench::start();
    let blocked = "  loginState: Blocked\n";
    bench.declare(&(edge("edge1") + &secret("edge1", "one")));
    bench.apply().expect(0);
    let create = format!("POST {USERS}");
    assert_eq!(bench.requests(), requests(&[PERMISSIONS, &create]));

    let put = format!("PUT {USERS}acme-edge1/");
    let cases = [
        (edge("edge1") + &secret("edge1", "two"), 1),
        (edge("edge1") + blocked + &secret("edge1", "two"), 1),
        (edge("edge1") + &secret("edge1", "three"), 1),
        (edge("edge1") + "  loginState: Active\n" + &secret("edge1", "four"), 2),
    ];
    for (manifests, writes) in cases {
        bench.simulator.clear_journal();
        bench.declare(&manifests);
        bench.apply().expect(0);
        let between = [vec![PERMISSIONS], vec![&put; writes]].concat();
        assert_eq!(bench.requests(), requests(&between), "{manifests}");
    }
}

#[test]
fn a_new_account_that_is_blocked_takes_two_writes() {
    let bench = Bench::start();
    bench.declare(&(edge("edge1") + "  loginState: Blocked\n" + &secret("edge1", "one")));
    bench.apply().expect(0);
    let create = format!("POST {USERS}");
    let block = format!("PUT {USERS}acme-edge1/");
    assert_eq!(bench.requests(), requests(&[PERMISSIONS, &create, &block]));
    assert_eq!(bench.account("acme-edge1").blocks, 1);
}

#[test]
fn two_sessions_with_one_login_share_it() {
    let bench = Bench::start();
    let (first, login) =
        bench.session().split_once("---\n").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let second = first.replace("name: acme}", "name: again}");
    bench.write("accounts.yaml", &format!("{first}---\n{second}---\n{login}"));
    bench.plan().expect(0);
    let logins = bench.requests().iter().filter(|line| line.contains(SESSION)).count();
    assert_eq!(logins, 2, "in and out once: {:?}", bench.requests());
}

#[test]
fn whatever_fails_somebody_logs_out() {
    let bench = Bench::start();
    bench.declare(&(edge("edge1") + &secret("edge1", "one")));
    let fault = roster::sim::Fault::new(roster::sim::FaultKind::PermissionDenied);
    bench.simulator.fault(fault.method("GET"));
    bench.plan().expect(1);
    assert_eq!(bench.requests().last(), Some(&format!("DELETE {SESSION}")));
    bench.is_untouched();
}
