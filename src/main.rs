//! The program: parse, log, run, and turn errors into text and an exit code.

use std::process::ExitCode;

use anyhow::{Context, Result, anyhow};
use clap::Parser;
use roster::cli::{self, Cli, Exit, Output};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return explain(&error),
    };
    match run(cli) {
        Ok(exit) => ExitCode::from(exit.code()),
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            cli::print_error(&error);
            ExitCode::from(Exit::Incomplete.code())
        }
    }
}

fn run(cli: Cli) -> Result<Exit> {
    let (format, filter) = cli.logging();
    cli::log::init(format, filter).context("cannot understand --log")?;
    rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .map_err(|_| anyhow!("another TLS provider is installed already"))?;
    let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
    let mut stdout = anstream::stdout();
    let result = runtime.block_on(cli::run(cli, &mut Output::of_process(&mut stdout)));
    // After an interrupt somebody may still be asked on the terminal, and nobody waits for the answer.
    runtime.shutdown_background();
    result
}

/// Prints the help that was asked for, or what is wrong with the command line. That ends with 1 like any other error:
/// clap's 2 is what `--detailed-exitcode` says of changes.
fn explain(error: &clap::Error) -> ExitCode {
    // Nobody can be told that nothing can be printed.
    let _ = error.print();
    if error.use_stderr() { ExitCode::from(Exit::Incomplete.code()) } else { ExitCode::SUCCESS }
}

/// Whoever reads our output may stop reading, as `head` does.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io = error.chain().find_map(|cause| cause.downcast_ref::<std::io::Error>());
    io.is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}
