//! The question before a write, colours, width and progress: what happens on a terminal.

use rustix::process::Signal;

use crate::support::{Begun, Bench, edge, program, secret};
use crate::terminal::Terminal;

const QUESTION: &str = "Only `yes` goes ahead: ";

fn declared() -> Bench {
    let bench = Bench::start();
    bench.declare(&(edge("edge1") + &secret("edge1", "one")));
    bench
}

fn asked(bench: &Bench, command: &str) -> Terminal {
    let mut command_line = program(bench.folder());
    let terminal = Terminal::start(command_line.args([command, "-f", "accounts.yaml"]), 200);
    terminal.wait_for(QUESTION);
    terminal
}

#[test]
fn only_yes_goes_ahead() {
    for (answer, code) in [("yes", 0), (" yes ", 0), ("y", 1), ("no", 1), ("", 1), ("YES", 1)] {
        let bench = declared();
        let mut terminal = asked(&bench, "apply");
        assert_eq!(bench.writes(), [""; 0], "nothing is written before the answer");
        terminal.type_line(answer);
        let (status, screen) = terminal.finish();
        assert_eq!(status.code(), Some(code), "{answer}: {screen}");
        assert_eq!(screen.contains("Nothing was written."), code == 1, "{screen}");
        assert_eq!(bench.writes().len(), usize::from(code == 0));
        assert_eq!(bench.simulator.open_sessions(), 0);
    }
}

#[test]
fn nobody_is_asked_when_there_is_nothing_to_write() {
    let bench = declared();
    bench.applied();
    let mut command = program(bench.folder());
    let terminal = Terminal::start(command.args(["apply", "-f", "accounts.yaml"]), 200);
    let (status, screen) = terminal.finish();
    assert_eq!(status.code(), Some(0));
    assert!(!screen.contains(QUESTION), "{screen}");
}

#[test]
fn a_removal_is_asked_for_too() {
    let bench = declared();
    bench.applied();
    let mut terminal = asked(&bench, "delete");
    assert!(terminal.screen().contains("disable"), "{}", terminal.screen());
    terminal.type_line("yes");
    assert_eq!(terminal.finish().0.code(), Some(0));
    assert_eq!(bench.writes().len(), 1);
}

#[test]
fn an_interrupt_at_the_question_ends_the_run_and_the_session() {
    for signal in [Signal::INT, Signal::TERM] {
        let bench = declared();
        let terminal = asked(&bench, "apply");
        terminal.signal(signal);
        let (status, screen) = terminal.finish();
        assert_eq!(status.code(), Some(1), "{screen}");
        assert!(screen.contains("interrupted"), "{screen}");
        bench.is_untouched();
    }
}

#[test]
fn a_terminal_has_colours_folded_lines_and_progress() {
    let bench = Bench::start();
    bench.simulator.create_update_user("acme", "legacy", "old").unwrap();
    let legacy = crate::support::user("legacy", &["userName: acme-legacy"]);
    bench.declare(&(edge("edge1") + &secret("edge1", "one") + &legacy));
    let run = |variables: &[(&str, &str)]| {
        let mut command = program(bench.folder());
        command.args(["plan", "-f", "accounts.yaml"]).envs(variables.iter().copied());
        Terminal::start(command.env("TERM", "xterm-256color"), 60).finish().1
    };
    let colourful = run(&[]);
    assert!(colourful.contains("\u{1b}[32m+"), "{colourful}");
    let plain = run(&[("NO_COLOR", "1")]);
    assert!(!plain.contains('\u{1b}'), "{plain}");
    let widest = plain.lines().map(|line| line.chars().count()).max();
    assert!(widest <= Some(70), "only headings are longer than the terminal: {plain}");
    assert!(plain.contains("      `acme-legacy` exists already"), "{plain}");

    let mut command = program(bench.folder());
    command.args(["apply", "-f", "accounts.yaml", "--yes"]).env("TERM", "xterm-256color");
    let (status, screen) = Terminal::start(&mut command, 120).finish();
    assert_eq!(status.code(), Some(1));
    assert!(screen.contains("/2"), "a bar counts the objects: {screen:?}");
    assert!(screen.contains("Created"), "{screen}");
}

#[test]
fn a_pipe_has_neither_colours_nor_progress_unless_they_are_forced() {
    let bench = declared();
    let run = |variable: &str| {
        let mut command = program(bench.folder());
        command.args(["plan", "-f", "accounts.yaml"]).env(variable, "1");
        Begun::start(&mut command).finish().all()
    };
    assert!(!run("NO_COLOR").contains('\u{1b}'));
    assert!(!run("SOMETHING_ELSE").contains('\u{1b}'));
    assert!(run("CLICOLOR_FORCE").contains("\u{1b}[32m+"));
    assert!(!bench.apply().expect(0).all().contains('\u{1b}'));
    bench.write("accounts.yaml", "kind: [");
    assert!(!bench.plan().expect(1).all().contains('\u{1b}'));
}
