//! No secret in any output, whatever the log level and whatever the passwords look like.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use roster::sim::{Fault, FaultKind, FaultParameters};

use crate::support::{Begun, Bench, Finished, edge, program, secret, user};

/// Passwords that text handling likes to stumble over. Each holds `MARK`, in one piece.
const ODD: [&str; 9] = [
    "pa55w0rd-plain",
    "pa55w0rd \"quoted\" 'twice'",
    "pa55w0rd: $HOME ${PATH} `id` %s",
    "pa55w0rd\nsecond-line\tpa55w0rd",
    "pa55w0rd-äöü-🔑-\u{202e}",
    "pa55w0rd\\u0041\\\\n",
    "# pa55w0rd {[*&!|>",
    "pa55w0rd</html>&amp;<!--",
    "  pa55w0rd  ",
];
const MARK: &str = "pa55w0rd";
/// The login's own passwords, of which no part may be seen either.
const LOGINS: [&str; 2] = ["operator-password", "f1rst-l0gin"];

/// Forwards every connection and remembers what went through.
struct Wiretap {
    port: u16,
    heard: Arc<Mutex<Vec<u8>>>,
}

impl Wiretap {
    fn before(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let own = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let all = Arc::clone(&heard);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(server) = TcpStream::connect(("127.0.0.1", port)) else { return };
                for (from, to) in [(&client, &server), (&server, &client)] {
                    let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    let all = Arc::clone(&all);
                    thread::spawn(move || forward(from, to, &all));
                }
            }
        });
        Self { port: own, heard }
    }

    /// Every token that the system gave out.
    fn tokens(&self) -> Vec<String> {
        let heard = String::from_utf8_lossy(&self.heard.lock().unwrap()).into_owned();
        let after = heard.split("\"token\":\"").skip(1);
        after.map(|text| text.split('"').next().unwrap().to_owned()).collect()
    }
}

fn forward(mut from: TcpStream, mut to: TcpStream, heard: &Mutex<Vec<u8>>) {
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        heard.lock().unwrap().extend(&buffer[..count]);
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

/// Runs with everything logged.
fn trace(bench: &Bench, args: &[&str]) -> Finished {
    let mut command = program(bench.folder());
    Begun::start(command.args(args).env("RUST_BACKTRACE", "full").args(["--log", "trace"])).finish()
}

#[track_caller]
fn is_silent(finished: &Finished, wiretap: &Wiretap) {
    let all = finished.all();
    let tokens = wiretap.tokens();
    let secrets = tokens.iter().map(String::as_str).chain([MARK]).chain(LOGINS);
    for secret in secrets {
        assert!(secret.len() > 4 && !all.contains(secret), "`{secret}` is in:\n{finished}");
    }
}

fn tapped() -> (Bench, Wiretap) {
    let bench = Bench::start();
    let wiretap = Wiretap::before(bench.port());
    let mut session = crate::support::session(wiretap.port);
    session = session
        .replace("{name: acme-login}\n---", "{name: acme-login, previousPasswordKey: old}\n---");
    session = session.replace("{username: operator,", "{old: f1rst-l0gin, username: operator,");
    bench.simulator.set_login_password("acme", "operator", "f1rst-l0gin").unwrap();
    let manifests: String = ODD
        .iter()
        .enumerate()
        .map(|(n, odd)| edge(&format!("e{n}")) + &secret(&format!("e{n}"), odd))
        .collect();
    bench.write("accounts.yaml", &format!("{session}{manifests}"));
    (bench, wiretap)
}

#[test]
fn passwords_and_tokens_are_in_no_output_at_any_log_level() {
    let (bench, wiretap) = tapped();
    let all = |command: &'static str| [command, "-f", "accounts.yaml"].to_vec();
    let yes = |command| [all(command), vec!["--yes", "--secrets-out", "out"]].concat();
    is_silent(&trace(&bench, &all("plan")).expect(0), &wiretap);
    is_silent(&trace(&bench, &[all("plan"), vec!["-o", "json"]].concat()).expect(0), &wiretap);
    let applied = trace(&bench, &yes("apply")).expect(0).says("Created");
    assert!(applied.stderr.contains("request to DynECT"), "the log is there");
    is_silent(&applied, &wiretap);
    for (number, odd) in ODD.iter().enumerate() {
        assert!(bench.password_is(&format!("acme-e{number}"), odd), "{odd:?}");
        bench.simulator.set_password("acme", &format!("acme-e{number}"), "x-pa55w0rd").unwrap();
    }
    is_silent(&trace(&bench, &yes("apply")).expect(0).says("(sensitive, changed)"), &wiretap);
    is_silent(&trace(&bench, &["export", "--session", "accounts.yaml"]).expect(0), &wiretap);
    is_silent(&trace(&bench, &yes("delete")[..4]).expect(0), &wiretap);
    assert_eq!(wiretap.tokens().len(), 7, "the first run replaced its own password");
}

#[test]
fn what_the_system_says_back_is_shown_without_secrets() {
    let (bench, wiretap) = tapped();
    let apply = ["apply", "-f", "accounts.yaml", "--yes"];
    let echo = |info: &str| FaultParameters {
        code: Some("INVALID_DATA".to_owned()),
        info: Some(info.to_owned()),
        ..FaultParameters::default()
    };
    for info in ["password: pa55w0rd-plain is too simple", "user: f1rst-l0gin operator-password"] {
        let fault = Fault::new(FaultKind::Failure).method("POST").path("/REST/UpdateUser/");
        bench.simulator.fault(fault.with(echo(info)));
        is_silent(&trace(&bench, &apply).expect(1).says("*****"), &wiretap);
    }
    for kind in [FaultKind::Truncate, FaultKind::DropAfter, FaultKind::MaintenanceHtml] {
        bench.simulator.fault(Fault::new(kind).method("GET").path("/REST/UpdateUser/"));
        is_silent(&trace(&bench, &apply).expect(0), &wiretap);
    }
}

#[test]
fn broken_input_is_explained_without_the_secrets_in_it() {
    let (bench, wiretap) = tapped();
    let good = bench.read("accounts.yaml");
    let breakages = [
        good.replace(
            "stringData: {password: \"pa55w0rd-plain\"}",
            "stringData: {password: pa55w0rd-plain",
        ),
        good.replace(
            "stringData: {password: \"pa55w0rd-plain\"}",
            "stringData: {password: [pa55w0rd-plain]}",
        ),
        good.replace(
            "stringData: {password: \"pa55w0rd-plain\"}",
            "data: {password: pa55w0rd-plain}",
        ),
        good.replace(
            "stringData: {password: \"pa55w0rd-plain\"}",
            "stringDate: {password: pa55w0rd-plain}",
        ),
        good.replace("stringData: {password: \"pa55w0rd-plain\"}", "password: pa55w0rd-plain"),
        good.replace("stringData: {password: \"pa55w0rd-plain\"}", "stringData: pa55w0rd-plain"),
        good.replace(
            "stringData: {password: \"pa55w0rd-plain\"}",
            "stringData: {password: !pa55w0rd a}",
        ),
        good.replace(
            "stringData: {password: \"pa55w0rd-plain\"}",
            "stringData: {password: *pa55w0rd}",
        ),
        good.clone() + &secret("e0", "pa55w0rd"),
        good.clone() + &user("more", &["nickname: e0"]),
    ];
    for broken in breakages {
        assert_ne!(broken, good);
        bench.write("accounts.yaml", &broken);
        is_silent(&trace(&bench, &["plan", "-f", "accounts.yaml"]).expect(1), &wiretap);
    }
    assert_eq!(bench.requests(), [""; 0]);
}

#[test]
fn the_files_of_a_run_hold_no_secret_but_the_output_secrets() {
    let (bench, wiretap) = tapped();
    let output = "  outputSecret: {name: kept}\n";
    let text = bench
        .read("accounts.yaml")
        .replace("  nickname: e0\n", &format!("  nickname: e0\n{output}"));
    bench.write("accounts.yaml", &text);
    trace(&bench, &["apply", "-f", "accounts.yaml", "--yes", "--secrets-out", "out"]).expect(0);
    let state = bench.read("roster.state.json");
    for secret in [MARK, LOGINS[0], LOGINS[1], &wiretap.tokens()[0]] {
        assert!(!state.contains(secret), "{state}");
    }
    assert!(bench.read("out/default.kept.yaml").contains("pa55w0rd-plain"));
}
