//! Where the values of Secrets come from.

use crate::support::{Begun, Bench, Finished, LOGIN_PASSWORD, edge, program, secret};

fn plan_with(bench: &Bench, variables: &[(&str, &str)]) -> Finished {
    let mut command = program(bench.folder());
    command.args(["apply", "-f", "accounts.yaml", "--yes", "--secret-env", "ROSTER_"]);
    Begun::start(command.envs(variables.iter().copied())).finish()
}

#[test]
fn the_environment_stands_in_for_secrets() {
    let bench = Bench::start();
    let (session, _) =
        bench.session().split_once("---\n").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let manifest = edge("edge-1.a").replace("nickname: edge-1.a", "nickname: edge1");
    bench.write("accounts.yaml", &(session + &manifest));
    let login = [
        ("ROSTER_ACME_LOGIN_USERNAME", "operator"),
        ("ROSTER_ACME_LOGIN_PASSWORD", LOGIN_PASSWORD),
    ];
    plan_with(&bench, &login)
        .expect(1)
        .says("there is no Secret default/edge-1.a in the input, and ROSTER_EDGE_1_A_PASSWORD is not set")
        .says("add the Secret to the input, or set the variable");
    assert_eq!(bench.requests(), [""; 0]);
    plan_with(&bench, &[login[0], login[1], ("ROSTER_EDGE_1_A_PASSWORD", "one")]).expect(0);
    assert_eq!(bench.writes().len(), 1);
}

#[test]
fn a_secret_in_the_input_comes_before_the_environment() {
    let bench = Bench::start();
    bench.declare(&(edge("edge1") + &secret("edge1", "from-the-input")));
    plan_with(&bench, &[("ROSTER_EDGE1_PASSWORD", "from-the-environment")]).expect(0);
    assert!(bench.password_is("acme-edge1", "from-the-input"));
}

#[test]
fn base64_data_is_a_secret_too() {
    let bench = Bench::start();
    let data = secret("edge1", "b25l").replace("stringData", "data");
    bench.declare(&(edge("edge1") + &data));
    bench.apply().expect(0);
    assert!(bench.password_is("acme-edge1", "one"));
}

#[test]
fn an_empty_password_is_refused() {
    let bench = Bench::start();
    bench.declare(&(edge("edge1") + &secret("edge1", "")));
    bench.plan().expect(1).says("key `password` of Secret default/edge1 is empty");
    assert_eq!(bench.requests(), [""; 0]);
}

#[test]
fn a_password_that_ends_with_a_line_break_is_refused() {
    let bench = Bench::start();
    let data = secret("edge1", "b25lCg==").replace("stringData", "data");
    bench.declare(&(edge("edge1") + &data));
    bench.plan().expect(1).says("ends with a line break; store it without one");
    assert_eq!(bench.requests(), [""; 0]);
}

#[test]
fn the_own_password_is_rotated_with_one_edit_of_the_secret() {
    let bench = Bench::start();
    bench.declare("");
    let text = bench.read("accounts.yaml");
    let text = text
        .replace(
            "{name: acme-login}\n---",
            "{name: acme-login, previousPasswordKey: previous}\n---",
        )
        .replace(
            &format!("password: {LOGIN_PASSWORD}"),
            &format!("password: brand-new, previous: {LOGIN_PASSWORD}"),
        );
    bench.write("accounts.yaml", &text);
    bench.plan().expect(0).never_says("brand-new");
    assert!(bench.simulator.login_password_is("acme", "operator", "brand-new"));
    assert_eq!(bench.simulator.open_sessions(), 0, "both logins are ended");
    bench.plan().expect(0);
}
