//! The commands around: definitions, completions, simulators, the demonstration.

use std::io::{BufRead, BufReader, Lines};
use std::net::TcpListener;
use std::process::{Child, ChildStdout, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::{Bench, Finished, program, run, until};

fn roster(args: &[&str]) -> Finished {
    run(&std::env::temp_dir(), args)
}

/// A simulator in a process of its own.
struct Simulate {
    child: Child,
    /// What it said before the first address that was waited for, line by line.
    said: Vec<String>,
    /// Kept open, as a reader does that may want more.
    _rest: Lines<BufReader<ChildStdout>>,
}

impl Simulate {
    fn start(args: &[&str]) -> Self {
        let mut command = program(&std::env::temp_dir());
        command.arg("simulate").args(args).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut said = Vec::new();
        // The control address is the last one.
        for line in lines.by_ref().map(Result::unwrap) {
            let last = line.starts_with("control ");
            said.push(line);
            if last {
                break;
            }
        }
        if args.contains(&"--print-session") {
            let rest = lines.by_ref().map(Result::unwrap);
            said.extend(rest.take_while(|line| !line.contains("operator-password")));
        }
        Self { child, said, _rest: lines }
    }

    fn address(&self, of: &str) -> String {
        let address = self.said.iter().find_map(|line| line.strip_prefix(of));
        address.unwrap().trim().to_owned()
    }

    fn ends_with(mut self, signal: Signal) {
        let id = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        kill_process(id, signal).unwrap();
        let mut status = None;
        until("the simulator ends", || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        assert_eq!(status.unwrap().code(), Some(0));
    }
}

impl Drop for Simulate {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_definitions_are_those_of_the_repository() {
    let file = |name: &str| {
        let path = format!("{}/crds/{name}.yaml", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(path).unwrap()
    };
    let all = ["apisessions", "updateusers", "portalusers"].map(file);
    let printed = roster(&["crds"]).expect(0).stdout;
    assert!(printed == all.join("---\n"), "`roster crds` prints something else");
    let [sessions, users, _] = all;
    assert_eq!(roster(&["crds", "--kind", "UpdateUser"]).expect(0).stdout, users);
    roster(&["crds", "--kind", "User"])
        .expect(1)
        .says("the kinds are ApiSession, UpdateUser, PortalUser");
    let bench = Bench::start();
    bench.roster(&["crds", "--dir", "."]).expect(0);
    assert_eq!(bench.read("apisessions.yaml"), sessions);
    bench.roster(&["crds", "--dir", "nowhere"]).expect(1).says("cannot write nowhere/");
}

#[test]
fn completions_exist_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        roster(&["completions", shell]).expect(0).says("detailed-exitcode");
    }
    roster(&["completions", "dos"]).expect(1).says("bash");
}

#[test]
fn the_version_is_that_of_the_package() {
    let expected = format!("roster {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(roster(&["--version"]).expect(0).stdout, expected);
}

#[test]
fn every_command_has_help_with_what_it_takes() {
    let commands = ["plan", "apply", "delete", "export", "crds", "completions", "simulate", "demo"];
    let all = roster(&["--help"]).expect(0).stdout;
    for command in commands {
        assert!(all.contains(&format!("  {command} ")), "{all}");
        // Not by `roster`: the simulators' help names the made-up password of their seed.
        let help = program(&std::env::temp_dir()).args([command, "--help"]).output().unwrap();
        let help = String::from_utf8(help.stdout).unwrap();
        assert!(help.contains("Usage: roster"), "{help}");
        let is_wide = |line: &&str| line.chars().count() > 100;
        assert_eq!(help.lines().find(is_wide), None);
    }
}

#[test]
fn simulators_say_where_they_are_and_end_when_asked_to() {
    for signal in [Signal::INT, Signal::TERM] {
        let simulate = Simulate::start(&[]);
        for of in ["dynect ", "control "] {
            assert!(simulate.address(of).starts_with("http://127.0.0.1:"), "{:?}", simulate.said);
        }
        simulate.ends_with(signal);
    }
}

#[test]
fn a_portal_is_served_when_it_is_asked_for_and_its_authority_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("authority.pem");
    let (any, file_name) = ("127.0.0.1:0", file.to_str().unwrap());
    let options = ["--ctera", any, "--ctera-plain", any, "--ctera-ca", file_name];
    let simulate = Simulate::start(&options);
    assert!(simulate.address("ctera ").starts_with("https://127.0.0.1:"), "{:?}", simulate.said);
    assert!(simulate.address("ctera-plain ").starts_with("http://127.0.0.1:"));
    let authority = std::fs::read_to_string(&file).unwrap();
    assert!(authority.starts_with("-----BEGIN CERTIFICATE-----"), "{authority}");
    let simulate = Simulate::start(&[]);
    assert!(!simulate.said.iter().any(|line| line.starts_with("ctera")), "{:?}", simulate.said);
    roster(&["simulate", "--ctera-ca", file_name]).expect(1).says("--ctera");
    let nowhere = folder.path().join("no/such/folder.pem");
    roster(&["simulate", "--ctera", any, "--ctera-ca", nowhere.to_str().unwrap()])
        .expect(1)
        .says("cannot write");
}

#[test]
fn a_printed_session_can_be_planned_with() {
    let simulate = Simulate::start(&["--print-session"]);
    let bench = Bench::start();
    let begin = simulate.said.iter().position(|line| line == "---").unwrap();
    let text = simulate.said[begin..].join("\n");
    bench.write("session.yaml", &format!("{text}\n  password: operator-password\n"));
    bench.roster(&["plan", "-f", "session.yaml"]).expect(0).says("no account is declared");
    let port = simulate.address("dynect http://127.0.0.1:");
    assert!(text.contains(&port), "{text}");
}

#[test]
fn an_address_in_use_is_told() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (option, what) in [
        ("--dynect", "DynECT"),
        ("--ctera", "the portal"),
        ("--ctera-plain", "the portal over plain HTTP"),
        ("--control", "the control API"),
    ] {
        let text = format!("{what} cannot be served on {address}");
        roster(&["simulate", option, &address]).expect(1).says(&text);
    }
    roster(&["simulate", "--dynect", "nonsense"]).expect(1).says("--dynect");
    roster(&["simulate", "--proxy", "127.0.0.1:0", "--proxy-login", "me"])
        .expect(1)
        .says("--proxy-login takes USER:PASSWORD");
}

#[test]
fn a_seed_that_cannot_be_used_is_told_with_its_place() {
    let bench = Bench::start();
    bench.roster(&["simulate", "--seed", "none.yaml"]).expect(1).says("none.yaml");
    bench.write("seed.yaml", "customers:\n  acme:\n    userz: []\n");
    bench.roster(&["simulate", "--seed", "seed.yaml"]).expect(1).says("seed.yaml").says("userz");
}

#[test]
fn the_demonstration_succeeds_in_eighty_columns_and_shows_no_password() {
    let finished = roster(&["demo"]).expect(0).says("Every step had the expected result.");
    for secret in ["first-password", "second-password", "made-by-hand", "somebody-else"] {
        assert!(!finished.all().contains(secret), "{finished}");
    }
    let is_wide = |line: &&str| line.chars().count() > 80;
    assert_eq!(finished.stdout.lines().find(is_wide), None);
    assert_eq!(finished.stderr, "");
}

#[test]
fn an_unknown_log_filter_is_told() {
    roster(&["crds", "--log", "=,="]).expect(1).says("--log");
}
