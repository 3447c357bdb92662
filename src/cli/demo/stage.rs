//! What the walk happens on: a simulator, a folder of manifests, and the record of the steps.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use super::steps::Step;
use super::{BAD, BOLD, GOOD};
use crate::cli::args::{Apply, Delete, Format, Plan, Source};
use crate::cli::output::Output;
use crate::cli::simulate::session_manifests;
use crate::cli::{Exit, apply, plan};
use crate::sim::{AccountState, JournalFilter, LedgerAccount, Options, Running, start};

/// The customer of the example session.
const CUSTOMER: &str = "acme";

/// What a step runs.
#[derive(Debug, Clone, Copy)]
pub(super) enum Command {
    Plan,
    Apply,
    Delete,
}

/// One step, for the table at the end.
pub(super) struct Row {
    pub step: &'static str,
    pub logins: usize,
    pub lists: usize,
    pub writes: usize,
    /// Why it was not as expected.
    pub result: Result<(), String>,
}

/// Everything that the walk needs.
pub(super) struct Stage {
    simulator: Running,
    folder: TempDir,
    rows: Vec<Row>,
}

impl Stage {
    /// Starts the simulator with one account that nobody declared, and writes the example manifests.
    pub(super) async fn set() -> Result<Self> {
        let simulator = start(Options::default()).await.context("cannot start the simulator")?;
        simulator.create_update_user(CUSTOMER, "legacy", "made-by-hand")?;
        let folder = tempfile::tempdir().context("cannot make a folder for the manifests")?;
        let stage = Self { simulator, folder, rows: Vec::new() };
        fs::create_dir(stage.manifests())?;
        let session = session_manifests(stage.simulator.dynect_address().port());
        stage.write("session.yaml", &session)?;
        stage.write("edge1.yaml", include_str!("../../../deploy/examples/edge1.yaml"))?;
        stage.write("edge2.yaml", include_str!("../../../deploy/examples/edge2.yaml"))?;
        Ok(stage)
    }

    /// Adds a manifest.
    pub(super) fn write(&self, file: &str, text: &str) -> Result<()> {
        let path = self.manifests().join(file);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
    }

    /// Edits a manifest, as a person would, and shows the edit.
    pub(super) fn edit(
        &self,
        file: &str,
        from: &str,
        to: &str,
        out: &mut Output<'_>,
    ) -> Result<()> {
        self.replace(file, from, to)?;
        writeln!(out, "  edit {file}: {BOLD}{from}{BOLD:#} becomes {BOLD}{to}{BOLD:#}\n")?;
        Ok(())
    }

    /// The same for the value of a Secret, which is not shown.
    pub(super) fn edit_secret(&self, file: &str, from: &str, to: &str) -> Result<()> {
        self.replace(file, from, to)
    }

    fn replace(&self, file: &str, from: &str, to: &str) -> Result<()> {
        let text = fs::read_to_string(self.manifests().join(file))?;
        ensure!(text.contains(from), "the example {file} no longer holds what the demo edits");
        self.write(file, &text.replace(from, to))
    }

    /// Runs the step's command on all manifests, shows its output and looks whether all is as expected.
    pub(super) async fn run(&mut self, step: &Step, out: &mut Output<'_>) -> Result<()> {
        self.simulator.clear_journal();
        let exit = self.command(step.command, out).await?;
        let count = |method: Option<&str>, path: &str| {
            let method = method.map(str::to_owned);
            self.simulator
                .journal_of(&JournalFilter {
                    method,
                    path: Some(path.to_owned()),
                    ..JournalFilter::default()
                })
                .len()
        };
        let users = "/REST/UpdateUser";
        let (logins, lists) = (count(Some("POST"), "/REST/Session"), count(Some("GET"), users));
        let writes = count(None, users) - lists;
        let result = if exit != step.exit {
            Err(format!("it ended with exit code {}, not {}", exit.code(), step.exit.code()))
        } else if (logins, lists) != (1, 1) {
            Err(format!("it took {logins} logins and {lists} lists, not one each"))
        } else if writes != step.writes {
            Err(format!("it wrote {writes} times, not {}", step.writes))
        } else if (step.holds)(self) {
            Ok(())
        } else {
            Err(format!("it is not so that {}", step.fact))
        };
        match &result {
            Ok(()) => writeln!(out, "\n  {GOOD}✓{GOOD:#} {}\n", step.fact)?,
            Err(why) => writeln!(out, "\n  {BAD}✗ {why}{BAD:#}\n")?,
        }
        self.rows.push(Row { step: step.name, logins, lists, writes, result });
        Ok(())
    }

    async fn command(&self, command: Command, out: &mut Output<'_>) -> Result<Exit> {
        let folder = self.folder.path();
        let source = Source {
            files: vec![self.manifests()],
            secret_env: None,
            secrets_out: Some(folder.join("secrets")),
            state: folder.join("roster.state.json"),
        };
        let options = "-f accounts/ --secrets-out secrets/";
        let prompt = |line: &str| format!("  {BOLD}$ roster {line}{BOLD:#}\n");
        match command {
            Command::Plan => {
                writeln!(out, "{}", prompt(&format!("plan {options}")))?;
                let args = Plan { source, output: Format::Text, detailed_exitcode: false };
                plan::run(&args, out).await
            }
            Command::Apply => {
                writeln!(out, "{}", prompt(&format!("apply {options} --yes")))?;
                apply::apply(&Apply { source, yes: true }, out).await
            }
            Command::Delete => {
                writeln!(out, "{}", prompt(&format!("delete {options} --yes")))?;
                apply::delete(&Delete { source, yes: true, max_deletions: None }, out).await
            }
        }
    }

    /// Ends the simulator and hands out the record.
    pub(super) async fn close(self) -> Vec<Row> {
        self.simulator.shutdown().await;
        self.rows
    }

    fn manifests(&self) -> PathBuf {
        self.folder.path().join("accounts")
    }

    /// Somebody blocks the account and sets another password, behind Roster's back.
    pub(super) fn tamper(&self, user_name: &str) -> Result<()> {
        self.simulator.set_blocked(CUSTOMER, user_name, true)?;
        self.simulator.set_password(CUSTOMER, user_name, "somebody-else")?;
        Ok(())
    }

    /// The state of an account, if there is one.
    pub(super) fn state(&self, user_name: &str) -> Option<AccountState> {
        let is_it = |account: &LedgerAccount| account.user_name == user_name;
        self.simulator.ledger().accounts.into_iter().find(is_it).map(|account| account.state)
    }

    /// Whether the account has this password.
    pub(super) fn has_password(&self, user_name: &str, password: &str) -> bool {
        self.simulator.password_is(CUSTOMER, user_name, password)
    }

    /// How many accounts were ever created.
    pub(super) fn accounts(&self) -> usize {
        self.simulator.ledger().accounts.len()
    }
}
