//! The program: parse, log, run, and turn errors into text and an exit code.

use std::process::ExitCode;

use anyhow::{Context, Result, anyhow};
use clap::Parser;
use roster::cli::{self, Cli, Exit, Output};
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(exit) => ExitCode::from(exit.code()),
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            cli::print_error(&error);
            ExitCode::from(Exit::Incomplete.code())
        }
    }
}

fn run(cli: Cli) -> Result<Exit> {
    let filter = EnvFilter::try_new(&cli.log).context("cannot understand --log")?;
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .map_err(|_| anyhow!("another TLS provider is installed already"))?;
    let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
    let mut stdout = anstream::stdout();
    runtime.block_on(cli::run(cli, &mut Output::of_process(&mut stdout)))
}

/// Whoever reads our output may stop reading, as `head` does.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io = error.chain().find_map(|cause| cause.downcast_ref::<std::io::Error>());
    io.is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}
