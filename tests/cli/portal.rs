//! Portal users, from plan to export.

use roster::sim::ctera::LedgerUser;
use roster::sim::{ANY_PORT, Options, Seed};
use serde_json::{Value, json};

use crate::golden::golden;
use crate::support::{Bench, LOGIN_PASSWORD, secret};

pub const TENANT: &str = "acme";

/// A portal with a user of a directory, on which nobody but administrators is declared yet.
pub fn start() -> Bench {
    let seed = format!(
        "customers: {{acme: {{users: [{{userName: operator, password: {LOGIN_PASSWORD}}}]}}}}
portal:
  administrators: [{{name: operator, password: {LOGIN_PASSWORD}}}]
  tenants:
    acme:
      users: [{{name: helpdesk, password: {LOGIN_PASSWORD}, role: ReadOnlyAdmin}}]
      domains: {{corp.example: [{{name: ann, attributes: {{email: ann@corp.example}}}}]}}
    other: {{users: [{{name: dana}}]}}
"
    );
    let seed = Seed::from_yaml(&seed).unwrap();
    Bench::with(Options { ctera_plain: Some(ANY_PORT), seed, ..Options::default() })
}

pub fn session(bench: &Bench) -> String {
    let url = bench.simulator.ctera().plain_url().unwrap();
    let port = url.rsplit(':').next().unwrap();
    format!(
        "apiVersion: roster.rs/v1alpha1
kind: ApiSession
metadata: {{name: portal}}
spec:
  cteraPortal: {{scope: Global, tenant: acme}}
  endpoint: {{host: 127.0.0.1, port: {port}, tls: {{enabled: false}}}}
  credentialsSecretRef: {{name: portal-login}}
---
apiVersion: v1
kind: Secret
metadata: {{name: portal-login}}
stringData: {{username: operator, password: {LOGIN_PASSWORD}}}
"
    )
}

/// A portal user with these lines in its `spec`.
pub fn portal_user(object: &str, lines: &[&str]) -> String {
    let spec: String = lines.iter().flat_map(|line| ["  ", line, "\n"]).collect();
    format!(
        "---
apiVersion: roster.rs/v1alpha1
kind: PortalUser
metadata: {{name: {object}}}
spec:
  sessionRef: {{name: portal}}
{spec}"
    )
}

/// A user of this name with all that a new one needs, and its Secret.
pub fn person(name: &str, more: &[&str]) -> String {
    let (name_line, email) = (format!("name: {name}"), format!("email: {name}@example.com"));
    let password = format!("password: {{secretKeyRef: {{name: {name}, key: password}}}}");
    let lines = [&name_line, &email, "firstName: Dana", "lastName: Ivri", &password];
    portal_user(name, &[&lines[..], more].concat()) + &secret(name, &format!("{name}-Pw-1"))
}

pub fn declare(bench: &Bench, manifests: &str) {
    bench.write("accounts.yaml", &format!("{}{manifests}", session(bench)));
}

fn applied(bench: &Bench, manifests: &str) {
    declare(bench, manifests);
    bench.apply().expect(0);
}

pub fn make(bench: &Bench, name: &str, attributes: &Value) {
    let attributes = attributes.as_object().unwrap().clone();
    bench.simulator.ctera().create_user(TENANT, name, Some("theirs"), attributes).unwrap();
}

pub fn user(bench: &Bench, name: &str) -> Option<LedgerUser> {
    bench.simulator.ctera().user(TENANT, name)
}

/// No user was written.
#[track_caller]
fn is_untouched(bench: &Bench) {
    let portal = bench.simulator.ctera();
    assert!(portal.users().iter().all(|user| user.changes == 0 && user.deleted.is_none()));
    assert!(portal.users().iter().all(|user| !user.creator.starts_with("session")));
    assert!(portal.sessions().is_empty(), "logged out");
}

/// One object for every way in which a plan can end.
fn everything() -> (Bench, String) {
    let bench = start();
    let kept = person("kept", &[]);
    let full = ["company: Example Inc.", "comment: old", "role: EndUser"];
    let changed = person("changed", &full);
    let warned = person("warned", &["driftPolicy: Warn", "comment: ours"]);
    applied(&bench, &[kept.clone(), changed.clone(), warned.clone()].concat());
    make(&bench, "taken", &json!({ "email": "else@example.com", "company": "Theirs" }));
    make(&bench, "adopted", &json!({ "email": "adopted@example.com" }));
    let theirs = json!({ "comment": "theirs" }).as_object().unwrap().clone();
    bench.simulator.ctera().set_attributes(TENANT, "warned", theirs).unwrap();
    let edited = changed
        .replace("  name: changed\n", "  name: renamed\n")
        .replace("Example Inc.", "\"\"")
        .replace("comment: old", "comment: \"\"")
        .replace("role: EndUser", "role: Disabled")
        .replace("changed-Pw-1", "changed-Pw-2");
    let manifests = [
        person("fresh", &["role: ReadOnlyAdmin", "requirePasswordChange: {atFirstLogin: true}"]),
        edited,
        kept,
        warned,
        person("taken", &["company: \"\""]),
        portal_user("adopted", &["name: adopted", "adoptionPolicy: IfExists", "comment: ours now"]),
        portal_user("ann", &["name: ann", "directory: corp.example"]),
        portal_user("nobody", &["name: nobody", "directory: corp.example"]),
        portal_user("nameless", &["name: nameless", "firstName: A", "lastName: B"]),
    ];
    (bench, manifests.concat())
}

#[test]
fn a_plan_shows_every_verdict_and_apply_what_became_of_it() {
    let (bench, manifests) = everything();
    declare(&bench, &manifests);
    golden("portal-plan.txt", &bench, &bench.plan().expect(1));
    let json = bench.roster(&["plan", "-f", "accounts.yaml", "-o", "json"]);
    golden("portal-plan.json", &bench, &json);
    golden("portal-apply.txt", &bench, &bench.apply().expect(1));
    let portal = bench.simulator.ctera();
    assert!(portal.login_password_is(TENANT, "renamed", "changed-Pw-2"));
    assert_eq!(user(&bench, "renamed").unwrap().role.as_deref(), Some("Disabled"));
    let seen = portal.attributes(TENANT, "renamed").unwrap();
    assert!(["company", "comment"].iter().all(|id| seen[*id].as_str().is_none_or(str::is_empty)));
    golden("portal-changed.txt", &bench, &bench.plan().expect(1));
}

#[test]
fn deleting_takes_an_acknowledgement() {
    let bench = start();
    let names = ["plain", "refused", "acknowledged", "wrong", "kept"];
    let delete = "deletionPolicy: Delete";
    let more: [&[&str]; 5] = [
        &[],
        &[delete],
        &[delete, "acknowledgeDataLoss: acknowledged"],
        &[delete, "acknowledgeDataLoss: Wrong"],
        &["deletionPolicy: Retain"],
    ];
    let manifests: String =
        std::iter::zip(names, more).map(|(name, more)| person(name, more)).collect();
    let ann = portal_user("ann", &["name: ann", "directory: corp.example"]);
    applied(&bench, &(manifests.clone() + &ann));
    make(&bench, "legacy", &json!({}));
    let legacy = ["name: legacy", delete, "acknowledgeDataLoss: legacy"];
    declare(&bench, &(manifests + &ann + &portal_user("legacy", &legacy)));
    golden("portal-delete.txt", &bench, &bench.delete().expect(1));
    let gone: Vec<_> = names.into_iter().filter(|name| user(&bench, name).is_none()).collect();
    assert_eq!(gone, ["acknowledged"]);
    assert_eq!(user(&bench, "plain").unwrap().role.as_deref(), Some("Disabled"));
    assert!(user(&bench, "legacy").is_some() && user(&bench, "corp.example\\ann").is_some());
}

#[test]
fn an_export_holds_every_user_that_a_manifest_can_declare() {
    let bench = start();
    let all = json!({ "email": "dana@example.com", "firstName": "Dana", "lastName": "Ivri",
        "company": "Example Inc.", "comment": null, "role": "ComplianceOffer", "sla": "0012" });
    make(&bench, "dana", &all);
    make(&bench, "odd role", &json!({ "role": "Archivist", "comment": "a\nb" }));
    make(&bench, "odd#name", &json!({}));
    bench.write("session.yaml", &session(&bench));
    golden("portal-export.txt", &bench, &bench.roster(&["export", "--session", "session.yaml"]));
}

#[test]
fn a_password_that_the_portal_refuses_keeps_no_other_field_from_being_written() {
    let bench = start();
    applied(&bench, &person("dana", &[]));
    bench.simulator.ctera().switch(|switches| switches.password_min_length = Some(8));
    let changed = person("dana", &["comment: changed"]).replace("dana-Pw-1", "short");
    declare(&bench, &changed);
    golden("portal-weak-password.txt", &bench, &bench.apply().expect(1));
    let seen = bench.simulator.ctera().attributes(TENANT, "dana").unwrap();
    assert_eq!(seen["comment"], "changed");
    assert!(bench.simulator.ctera().login_password_is(TENANT, "dana", "dana-Pw-1"));
    bench.plan().expect(0).says("password: (sensitive, changed)").never_says("comment");
}

/// Plans with the session changed in one place, which has to fail.
#[track_caller]
fn refused_with(from: &str, to: &str) -> (Bench, crate::support::Finished) {
    let bench = start();
    let text = session(&bench) + &person("dana", &[]);
    assert!(text.contains(from), "{text}");
    bench.write("accounts.yaml", &text.replace(from, to));
    let finished = bench.plan().expect(1);
    is_untouched(&bench);
    (bench, finished)
}

#[test]
fn a_session_that_cannot_be_used_is_told_with_a_remedy() {
    let (bench, finished) = refused_with(LOGIN_PASSWORD, "wrong");
    golden("portal-wrong-login.txt", &bench, &finished);
    let (_, finished) = refused_with("tenant: acme", "tenant: nowhere");
    finished.says("the tenant `nowhere` cannot be entered").says("correct scope and tenant");
    let (_, finished) = refused_with("host: 127.0.0.1", "host: nowhere.invalid");
    finished.says("no connection to nowhere.invalid").says("check endpoint, proxy");
    // Who is at home in one tenant cannot be in another.
    let bench = start();
    let text =
        session(&bench).replace("scope: Global, tenant: acme", "scope: Tenant, tenant: other");
    bench.write("accounts.yaml", &text.replace("username: operator", "username: helpdesk"));
    let finished = bench.plan().expect(1);
    finished
        .says("is to be in the tenant `other` and is in the tenant `acme`")
        .says("correct scope and tenant");
    is_untouched(&bench);
}

#[test]
fn a_login_without_permissions_is_told_which_one_is_missing() {
    let bench = start();
    let text = session(&bench).replace("scope: Global", "scope: Tenant");
    let text = text.replace("username: operator", "username: helpdesk");
    bench.write("accounts.yaml", &(text + &person("dana", &[])));
    golden("portal-forbidden.txt", &bench, &bench.plan().expect(1));
    is_untouched(&bench);
}

#[test]
fn a_session_without_objects_is_looked_at_once() {
    let bench = start();
    declare(&bench, "");
    bench.plan().expect(0).says("no account is declared");
    let queries = bench.simulator.ctera().journal();
    let queries = queries.iter().filter(|entry| entry.operation.as_deref() == Some("query"));
    assert_eq!(queries.count(), 1);
    is_untouched(&bench);
}

#[test]
fn what_no_user_can_be_is_refused_before_any_request() {
    let name =
        |name: &str| person("dana", &[]).replace("  name: dana\n", &format!("  name: {name}\n"));
    let bad_names = ["a/b", "a\\b", "a%b", "a#b", "a?b", "\" a\"", "\"\""].map(name);
    let cases = bad_names.map(|manifest| (manifest, "spec.name"));
    let of_directory = person("dana", &["directory: corp.example"]);
    let cases = cases.into_iter().chain([
        (person("dana", &["role: Admin"]), "spec.role"),
        (person("dana", &["rol: Support"]), "did you mean `role`?"),
        (of_directory, "a user of a directory is never edited"),
        (
            person("dana", &["password: {fromRemote: {}}"]).replacen(
                "  password: {secretKeyRef: {name: dana, key: password}}\n",
                "",
                1,
            ),
            "a portal shows no passwords",
        ),
        (
            person("dana", &["requirePasswordChange: {}"]),
            "exactly one of atFirstLogin, inDays and on",
        ),
        (
            person("one", &[])
                + &person("one", &[]).replace(
                    "metadata: {name: one}\nspec:\n  sessionRef",
                    "metadata: {name: two}\nspec:\n  sessionRef",
                ),
            "one",
        ),
    ]);
    for (manifests, says) in cases {
        let bench = start();
        declare(&bench, &manifests);
        bench.plan().expect(1).says(says);
        assert!(bench.simulator.ctera().journal().is_empty(), "{manifests}");
    }
}

#[test]
fn administrators_roles_are_not_for_every_namespace() {
    let bench = start();
    let admin = person("dana", &["role: Support"])
        .replace("metadata: {name: dana}", "metadata: {name: dana, namespace: team}")
        .replace("sessionRef: {name: portal}", "sessionRef: {name: portal, namespace: default}");
    let consumers = |more: &str| {
        let allowed =
            format!("spec:\n  allowedConsumers: [{{namespaces: [team]{more}}}]\n  cteraPortal");
        session(&bench).replacen("spec:\n  cteraPortal", &allowed, 1)
    };
    bench.write("accounts.yaml", &(consumers("") + &admin));
    bench.plan().expect(1).says("allowAdminRoles");
    assert!(bench.simulator.ctera().journal().is_empty());
    bench.write("accounts.yaml", &(consumers(", allowAdminRoles: true") + &admin));
    bench.plan().expect(0).says("role: Support");
}

#[test]
fn an_object_names_a_session_of_its_own_system() {
    let bench = start();
    let update_user = crate::support::user("edge1", &["nickname: edge1"]);
    let update_user = update_user.replace("sessionRef: {name: acme}", "sessionRef: {name: portal}");
    declare(&bench, &update_user);
    bench.plan().expect(1).says("default/portal is for another system, which has no update users");
    let portal_user = person("dana", &[]).replace("name: portal}", "name: acme}");
    bench.declare(&portal_user);
    bench.plan().expect(1).says("default/acme is for another system, which has no portal users");
    assert!(bench.simulator.journal().is_empty());
}
