//! The command line.

mod args;
mod crds;
mod simulate;
mod state;

pub use args::Cli;

use std::io::Write;

use anyhow::Result;
use args::Command;
use clap::CommandFactory;

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
pub async fn run(cli: Cli, out: &mut dyn Write) -> Result<Exit> {
    match cli.command {
        Command::Crds(args) => crds::run(args, out),
        Command::Simulate(args) => simulate::run(args, out).await,
        Command::Completions(args) => {
            clap_complete::generate(args.shell, &mut Cli::command(), "roster", out);
            Ok(Exit::Done)
        }
        _ => Ok(Exit::Done),
    }
}

/// Prints an error with what caused it, once, for a person.
pub fn print_error(error: &anyhow::Error) {
    anstream::eprintln!("error: {error:#}");
}
