//! Mistakes of people: one clear message that says what to do, exit code 1, and no request at all.

use crate::support::{Bench, Finished, edge, secret, user};

/// Plans and applies these manifests, which both have to fail in the same way.
#[track_caller]
fn refused(manifests: &str) -> Finished {
    let bench = Bench::start();
    bench.declare(manifests);
    refused_by(&bench)
}

#[track_caller]
fn refused_by(bench: &Bench) -> Finished {
    let plan = bench.plan().expect(1);
    let apply = bench.apply().expect(1);
    assert_eq!((&plan.stdout, &plan.stderr), (&apply.stdout, &apply.stderr));
    assert_eq!(plan.stdout, "", "{plan}");
    assert_eq!(bench.requests(), [""; 0]);
    plan
}

fn changed(from: &str, to: &str) -> Bench {
    let bench = Bench::start();
    bench.declare(&(edge("edge1") + &secret("edge1", "hunter2")));
    let text = bench.read("accounts.yaml");
    assert!(text.contains(from), "{text}");
    bench.write("accounts.yaml", &text.replace(from, to));
    bench
}

#[test]
fn text_that_is_no_yaml_is_shown_with_its_place() {
    let bench = Bench::start();
    bench.write("accounts.yaml", "kind: UpdateUser\nmetadata:\n  name: edge1\n name: edge2\n");
    refused_by(&bench).says("this is not YAML").says("--> accounts.yaml:4:2").says("|  ^");
}

#[test]
fn an_unknown_field_comes_with_a_suggestion() {
    let finished = refused(&user("edge1", &["nickname: edge1", "loginStat: Active"]));
    finished.says("unknown field `spec.loginStat`; did you mean `loginState`?").says("^^^^^^^^^");
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let first = user("first", &["nickname: abcdefghijklmnopqr"]);
    let second = user("second", &["nickname: edge2", "loginState: Open"]);
    let finished = refused(&(first + &second));
    finished
        .says("must have at most 17 characters, not 18")
        .says("`spec.loginState`")
        .says("Blocked");
}

#[test]
fn two_objects_with_one_nickname_are_refused() {
    let second = edge("edge2").replace("nickname: edge2", "nickname: edge1");
    let finished =
        refused(&(edge("edge1") + &second + &secret("edge1", "a") + &secret("edge2", "b")));
    finished.says("so does UpdateUser default/edge1").says("remove one of the two objects");
}

#[test]
fn one_object_in_two_files_is_refused() {
    let bench = Bench::start();
    bench.declare(&(edge("edge1") + &secret("edge1", "a")));
    bench.write("again.yaml", &edge("edge1"));
    let finished = bench.roster(&["plan", "-f", "accounts.yaml", "again.yaml"]).expect(1);
    finished.says("UpdateUser default/edge1 is declared twice");
    assert_eq!(bench.requests(), [""; 0]);
}

#[test]
fn one_account_by_two_names_is_refused_after_looking() {
    let bench = Bench::start();
    bench.declare(&(edge("edge1") + &secret("edge1", "a")));
    bench.applied();
    let second = user("second", &["userName: acme-edge1", "adoptionPolicy: IfExists"]);
    bench.declare(&(edge("edge1") + &secret("edge1", "b") + &second));
    bench.plan().expect(1).says("refused, Conflict").says("UpdateUser default/second");
    bench.apply().expect(1).says("nothing was written, because two objects claim one account");
    bench.is_untouched();
}

#[test]
fn one_account_through_two_sessions_is_refused() {
    let bench = Bench::start();
    let again =
        bench.session().replace("name: acme}", "name: again}").replace("acme-login", "login2");
    let there =
        |text: String| text.replace("sessionRef: {name: acme}", "sessionRef: {name: again}");
    let second = there(user("second", &["nickname: edge1"]));
    bench.declare(&(again.clone() + &edge("edge1") + &secret("edge1", "a") + &second));
    refused_by(&bench).says("claims the account with nickname `edge1`");

    // One of the two names is known only from the record.
    bench.declare(&(edge("edge1") + &secret("edge1", "a")));
    bench.applied();
    let second = there(user("second", &["userName: acme-edge1", "adoptionPolicy: IfExists"]));
    bench.declare(&(again + &edge("edge1") + &secret("edge1", "b") + &second));
    bench.plan().expect(1).says("claim one account, `acme-edge1`");
    bench.apply().expect(1).says("remove one of the two objects");
    bench.is_untouched();
}

#[test]
fn missing_secrets_and_keys_are_named_with_what_to_do() {
    refused(&edge("edge1"))
        .says("there is no Secret default/edge1 in the input")
        .says("take it from the environment with --secret-env PREFIX");
    refused(&(edge("edge1") + &secret("edge1", "a").replace("{password:", "{passwort:")))
        .says("Secret default/edge1 has no key `password`");
    refused_by(&changed("metadata: {name: acme-login}", "metadata: {name: other}"))
        .says("there is no Secret default/acme-login in the input");
}

#[test]
fn missing_sessions_are_named_with_those_that_are_there() {
    refused_by(&changed("sessionRef: {name: acme}", "sessionRef: {name: acne}"))
        .says("there is no ApiSession default/acne in the input")
        .says("the input has default/acme");
    let bench = Bench::start();
    bench.write("accounts.yaml", &(edge("edge1") + &secret("edge1", "a")));
    refused_by(&bench).says("add the file with the ApiSession");
}

#[test]
fn a_session_of_another_namespace_has_to_let_the_object_in() {
    let bench = changed(
        "metadata: {name: edge1}\nspec:\n  sessionRef: {name: acme}",
        "metadata: {name: edge1, namespace: team}\nspec:\n  sessionRef: {name: acme, namespace: default}",
    );
    let text = bench.read("accounts.yaml");
    let team = text.replace(
        "kind: Secret\nmetadata: {name: edge1}",
        "kind: Secret\nmetadata: {name: edge1, namespace: team}",
    );
    bench.write("accounts.yaml", &team);
    refused_by(&bench).says("add it to the session's allowedConsumers");
    let let_in =
        team.replace("  endpoint", "  allowedConsumers: [{namespaces: [team]}]\n  endpoint");
    bench.write("accounts.yaml", &let_in);
    bench.apply().expect(0);
}

#[test]
fn kinds_and_systems_that_are_not_supported_are_named() {
    refused(&user("edge1", &["nickname: edge1"]).replace("kind: UpdateUser", "kind: UpdateUsr"))
        .says("unknown kind `UpdateUsr`; did you mean `UpdateUser`?");
    refused_by(&changed("dynect: {customer: acme}", "zatoSso: {currentApp: a}"))
        .says("Zato SSO")
        .says("not supported yet");
}

#[test]
fn files_that_are_not_there_or_empty_are_named() {
    let bench = Bench::start();
    std::fs::create_dir(bench.path("empty")).unwrap();
    bench.write("nothing.yaml", "---\n# nothing\n");
    for (path, says) in [
        ("missing.yaml", "cannot read `missing.yaml`"),
        ("empty", "holds no file that ends with .yaml, .yml or .json"),
        ("nothing.yaml", "holds no document"),
    ] {
        bench.roster(&["plan", "-f", path]).expect(1).says(says);
    }
    bench.roster(&["plan"]).expect(1).says("--file <PATH>");
}

#[test]
fn what_is_suspended_is_left_alone_and_told() {
    let bench = changed("  nickname: edge1", "  suspend: true\n  nickname: edge1");
    bench.apply().expect(0).says("UpdateUser default/edge1 is suspended; it is left as it is");
    bench.is_untouched();
    let bench = changed("  endpoint", "  suspend: true\n  endpoint");
    bench.apply().expect(0).says("ApiSession default/acme is suspended");
    assert_eq!(bench.requests(), [""; 0]);
}

#[test]
fn kinds_of_others_are_ignored_with_a_warning() {
    let bench = Bench::start();
    bench.declare("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n");
    bench.plan().expect(0).says("warning: Deployment (apps/v1) is none of Roster's kinds");
}
