//! The command line.

mod accounts;
mod apply;
mod args;
mod controller;
mod crds;
mod demo;
mod export;
pub mod input;
mod keep;
mod key_files;
mod keys;
pub mod log;
mod output;
mod output_secrets;
mod plan;
mod planned;
mod private_file;
mod record;
mod remedy;
mod render;
mod run;
mod secrets;
mod signal;
mod simulate;
mod state;
mod target;

pub use args::Cli;
pub use output::Output;

use anyhow::Result;
use args::Command;
use clap::CommandFactory;
use input::InputErrors;

/// How a run ended well. An error ends with 1 too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    Done,
    /// Something is refused or failed, and was reported.
    Incomplete,
    /// There are changes, and the caller asked to be told.
    Changes,
}

impl Exit {
    /// The process's exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Incomplete => 1,
            Self::Changes => 2,
        }
    }
}

/// Runs one command. Results go to `out`, everything else to standard error.
pub async fn run(cli: Cli, out: &mut Output<'_>) -> Result<Exit> {
    match cli.command {
        Command::Plan(args) => plan::run(&args, out).await,
        Command::Apply(args) => apply::apply(&args, out).await,
        Command::Delete(args) => apply::delete(&args, out).await,
        Command::Export(args) => export::run(args, out).await,
        Command::Controller(args) => controller::run(args).await,
        Command::Crds(args) => crds::run(args, out),
        Command::Simulate(args) => simulate::run(args, out).await,
        Command::Demo(_) => demo::run(out).await,
        Command::Completions(args) => {
            clap_complete::generate(args.shell, &mut Cli::command(), "roster", out);
            Ok(Exit::Done)
        }
    }
}

/// Prints an error with what caused it, once, for a person.
pub fn print_error(error: &anyhow::Error) {
    if let Some(errors) = error.downcast_ref::<InputErrors>() {
        return anstream::eprintln!("{}", errors.render(true));
    }
    let red = anstyle::AnsiColor::BrightRed.on_default().bold();
    anstream::eprintln!("{red}error:{red:#} {error:#}");
}

/// Prints what a person should know before the plan.
fn warn(run: &run::Run) {
    for problem in &run.warnings {
        anstream::eprintln!("{}", problem.render(true));
    }
    for notice in &run.notices {
        note(notice);
    }
}

/// Tells a person something on standard error.
fn note(text: &str) {
    anstream::eprintln!("note: {text}");
}
