//! Systems that do not answer, refuse, or misbehave.

use roster::sim::{ANY_PORT, Fault, FaultKind, FaultParameters, Options, ProxyOptions};

use crate::support::{Bench, edge, secret};

const USERS: &str = "/REST/UpdateUser/";

fn declared() -> Bench {
    declared_with(Options::default())
}

fn declared_with(options: Options) -> Bench {
    let bench = Bench::with(options);
    bench.declare(&(edge("edge1") + &secret("edge1", "one")));
    bench
}

impl Bench {
    fn replace(&self, from: &str, to: &str) {
        let text = self.read("accounts.yaml");
        assert!(text.contains(from), "{text}");
        self.write("accounts.yaml", &text.replace(from, to));
    }

    /// The account is there once, as declared, and recorded.
    #[track_caller]
    fn is_done(&self) {
        assert_eq!(self.accounts().len(), 1);
        assert!(self.password_is("acme-edge1", "one"));
        self.simulator.clear_faults();
        self.plan().expect(0).says("No changes: 1 account is as declared.");
    }
}

#[test]
fn a_login_that_is_refused_is_tried_once_and_told() {
    let bench = declared();
    bench.simulator.set_login_password("acme", "operator", "another").unwrap();
    bench.apply().expect(1).says("cannot log in").says("credentials in the session's Secret");
    assert_eq!(bench.requests(), ["POST /REST/Session/"]);
}

#[test]
fn a_name_that_does_not_resolve_is_told() {
    let bench = declared();
    bench.replace("host: 127.0.0.1", "host: nowhere.invalid");
    bench.plan().expect(1).says("no connection to nowhere.invalid").says("check endpoint, proxy");
    assert_eq!(bench.requests(), [""; 0]);
}

#[test]
fn a_certificate_of_an_unknown_authority_is_refused_until_it_is_declared() {
    let bench = declared_with(Options { tls: Some(ANY_PORT), ..Options::default() });
    let url = bench.simulator.tls_url().unwrap();
    let port = url.rsplit(':').next().unwrap();
    let (from, to) = (format!("port: {}", bench.port()), format!("port: {port}"));
    bench.replace(&from, &to);
    bench.replace("tls: {enabled: false}", "tls: {enabled: true}");
    bench.plan().expect(1).says("UnknownIssuer").says("tls.caBundleRef");
    assert_eq!(bench.requests(), [""; 0]);
    let pem = bench.simulator.ca_certificate_pem().unwrap();
    let map = format!(
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: ca}}\ndata: {{ca.crt: {}}}\n",
        serde_json::to_string(pem).unwrap()
    );
    bench.replace(
        "tls: {enabled: true}",
        "tls: {enabled: true, caBundleRef: {kind: ConfigMap, name: ca, key: ca.crt}}",
    );
    let text = bench.read("accounts.yaml") + &map;
    bench.write("accounts.yaml", &text);
    bench.apply().expect(0);
    bench.is_done();
}

#[test]
fn a_proxy_that_refuses_is_told_and_one_that_agrees_is_used() {
    let login = Some(("proxy-user".to_owned(), "proxy-password".to_owned()));
    let proxy = Some(ProxyOptions { address: ANY_PORT, login });
    let bench = declared_with(Options { proxy, ..Options::default() });
    let url = bench.simulator.proxy_url().unwrap();
    let port = url.rsplit(':').next().unwrap();
    bench.replace(
        "  credentialsSecretRef",
        &format!("  proxy: {{host: 127.0.0.1, port: {port}}}\n  credentialsSecretRef"),
    );
    let refused = bench.apply().expect(1);
    refused.says("proxy").says("asks for another login");
    assert_eq!(bench.writes(), [""; 0]);
    bench.replace("  credentialsSecretRef", "  credentialsSecretRef");
    bench.replace(
        &format!("port: {port}}}"),
        &format!("port: {port}, credentialsSecretRef: {{name: proxy}}}}"),
    );
    let text = bench.read("accounts.yaml")
        + "---\napiVersion: v1\nkind: Secret\nmetadata: {name: proxy}\nstringData: {username: proxy-user, password: proxy-password}\n";
    bench.write("accounts.yaml", &text);
    bench.apply().expect(0).never_says("proxy-password");
    bench.is_done();
}

#[test]
fn a_session_that_ends_in_the_middle_is_opened_again() {
    let bench = declared();
    bench.simulator.fault(Fault::new(FaultKind::ExpireSessions).method("POST").path(USERS));
    bench.apply().expect(0);
    let logins = bench.requests().iter().filter(|line| *line == "POST /REST/Session/").count();
    assert_eq!(logins, 2);
    bench.is_done();
}

#[test]
fn a_create_whose_reply_is_lost_makes_one_account() {
    for kind in [FaultKind::DropAfter, FaultKind::DropBefore, FaultKind::Truncate, FaultKind::Empty]
    {
        let bench = declared();
        bench.simulator.fault(Fault::new(kind).method("POST").path(USERS));
        bench.apply().expect(0).says("Created").says("(acme-edge1)");
        bench.is_done();
    }
}

#[test]
fn a_list_that_cannot_be_read_is_read_again_and_nothing_is_decided_meanwhile() {
    let kinds = [
        FaultKind::MaintenanceHtml,
        FaultKind::DropBefore,
        FaultKind::Truncate,
        FaultKind::ServerError,
    ];
    for kind in kinds {
        let bench = declared();
        bench.simulator.fault(Fault::new(kind).method("GET").path(USERS));
        bench.apply().expect(0);
        bench.is_done();
    }
}

#[test]
fn a_system_in_maintenance_is_told_and_nothing_is_written() {
    let bench = declared();
    bench
        .simulator
        .fault(Fault::new(FaultKind::MaintenanceHtml).method("GET").path(USERS).times(0));
    bench
        .apply()
        .expect(1)
        .says("HTTP status 503")
        .says("maintenance")
        .says("nothing was written")
        .never_says("<html");
    bench.is_untouched();
}

#[test]
fn a_request_limit_with_a_short_wait_is_waited_for() {
    let bench = declared();
    let wait = FaultParameters { retry_after_seconds: Some(1), ..FaultParameters::default() };
    bench.simulator.fault(Fault::new(FaultKind::RateLimit).method("GET").path(USERS).with(wait));
    bench.apply().expect(0);
    bench.is_done();
}

#[test]
fn a_missing_permission_is_named_before_anything_is_written() {
    let bench = Bench::seeded(
        "customers: {acme: {users: [{userName: operator, password: operator-password, permissions: [UpdateUserUpdate]}], updateUsers: [{nickname: old, password: old}]}}",
    );
    let old =
        edge("old") + "  userName: acme-old\n  adoptionPolicy: IfExists\n" + &secret("old", "new");
    bench.declare(&(edge("edge1") + &secret("edge1", "one") + &old));
    bench.apply().expect(1).says("lacks the permission UpdateUserAdd").says("Adopted");
    assert_eq!(bench.writes(), ["PUT /REST/UpdateUser/acme-old/"]);
    assert!(bench.password_is("acme-old", "new"));
    bench.declare(&(old + "---\n"));
    bench.delete().expect(0).says("Released");
}

#[test]
fn a_refusal_of_the_system_is_shown_in_its_words_and_stops_no_other() {
    let bench = declared();
    let parameters = FaultParameters {
        code: Some("INVALID_DATA".into()),
        info: Some("password: Too simple".into()),
        ..FaultParameters::default()
    };
    bench
        .simulator
        .fault(Fault::new(FaultKind::Failure).method("POST").path(USERS).with(parameters));
    bench.declare(
        &(edge("edge0") + &secret("edge0", "zero") + &edge("edge1") + &secret("edge1", "one")),
    );
    bench
        .apply()
        .expect(1)
        .says("password: Too simple")
        .says("Created")
        .says("1 object is not as declared.");
    assert_eq!(bench.accounts().len(), 1);
    bench.apply().expect(0).says("Created");
}
