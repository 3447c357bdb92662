//! What the walk happens on: simulators, folders of manifests, and the record of the steps.

use std::fs;
use std::io::Write;

use anyhow::{Context, Result, ensure};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use super::steps::{Act, Step};
use super::{BAD, BOLD, GOOD};
use crate::cli::args::{Apply, Delete, Format, Plan, Source};
use crate::cli::output::Output;
use crate::cli::simulate::{portal_manifests, session_manifests};
use crate::cli::{Exit, apply, plan};
use crate::sim::ctera::LedgerUser;
use crate::sim::{ANY_PORT, AccountState, LedgerAccount, Options, Running, start};

/// The customer of the example session, and the tenant of the other.
const CUSTOMER: &str = "acme";
const TENANT: &str = "acme";

/// What a step runs.
#[derive(Debug, Clone, Copy)]
pub(super) enum Command {
    Plan,
    Apply,
    /// Of the accounts in these files, or of all.
    Delete(&'static [&'static str]),
}

/// What reached a system.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counts {
    pub logins: usize,
    pub lists: usize,
    pub writes: usize,
}

/// One step, for the table at the end.
pub(super) struct Row {
    pub step: &'static str,
    pub counts: Counts,
    /// Why it was not as expected.
    pub result: Result<(), String>,
}

/// Everything that the walk needs.
pub(super) struct Stage {
    simulator: Running,
    folder: TempDir,
    rows: Vec<Row>,
    /// The attributes that somebody's user had before.
    kept: Map<String, Value>,
}

impl Stage {
    /// Starts the simulators, one with an account that nobody declared, and writes the example manifests.
    pub(super) async fn set() -> Result<Self> {
        let simulator = start(Options { ctera_plain: Some(ANY_PORT), ..Options::default() });
        let simulator = simulator.await.context("cannot start the simulators")?;
        simulator.create_update_user(CUSTOMER, "legacy", "made-by-hand")?;
        let folder = tempfile::tempdir().context("cannot make a folder for the manifests")?;
        let kept = simulator.ctera().attributes(TENANT, "dana")?;
        let stage = Self { simulator, folder, rows: Vec::new(), kept };
        for folder in ["accounts", "portal"] {
            fs::create_dir(stage.folder.path().join(folder))?;
        }
        let session = session_manifests(stage.simulator.dynect_address().port());
        stage.write("accounts/session.yaml", &session)?;
        stage.write("accounts/edge1.yaml", include_str!("../../../deploy/examples/edge1.yaml"))?;
        stage.write("accounts/edge2.yaml", include_str!("../../../deploy/examples/edge2.yaml"))?;
        let portal = portal_manifests(&stage.simulator).context("the portal is not served")?;
        stage.write("portal/session.yaml", &portal)?;
        stage.write("portal/gil.yaml", include_str!("../../../deploy/examples/gil.yaml"))?;
        Ok(stage)
    }

    /// Adds a manifest.
    pub(super) fn write(&self, file: &str, text: &str) -> Result<()> {
        let path = self.folder.path().join(file);
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
        writeln!(out, "  edit {}: {BOLD}{from}{BOLD:#} becomes {BOLD}{to}{BOLD:#}\n", shown(file))?;
        Ok(())
    }

    /// Adds a line at the end of a manifest, and shows it.
    pub(super) fn add_line(&self, file: &str, line: &str, out: &mut Output<'_>) -> Result<()> {
        let text = fs::read_to_string(self.folder.path().join(file))?;
        self.write(file, &format!("{text}  {line}\n"))?;
        writeln!(out, "  edit {}: add {BOLD}{line}{BOLD:#}\n", shown(file))?;
        Ok(())
    }

    /// The same as an edit for the value of a Secret, which is not shown.
    pub(super) fn edit_secret(&self, file: &str, from: &str, to: &str) -> Result<()> {
        self.replace(file, from, to)
    }

    fn replace(&self, file: &str, from: &str, to: &str) -> Result<()> {
        let text = fs::read_to_string(self.folder.path().join(file))?;
        ensure!(text.contains(from), "the example {file} no longer holds what the demo edits");
        self.write(file, &text.replace(from, to))
    }

    /// Runs the step's command on all manifests, shows its output and looks whether all is as expected.
    pub(super) async fn run(&mut self, act: &Act, step: &Step, out: &mut Output<'_>) -> Result<()> {
        self.simulator.clear_journal();
        let exit = self.command(step.command, act.folder, out).await?;
        let counts = (act.counts)(&self.simulator);
        let Counts { logins, lists, writes } = counts;
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
        self.rows.push(Row { step: step.name, counts, result });
        Ok(())
    }

    async fn command(
        &self,
        command: Command,
        manifests: &str,
        out: &mut Output<'_>,
    ) -> Result<Exit> {
        let folder = self.folder.path();
        let files: Vec<String> = match command {
            Command::Plan | Command::Apply | Command::Delete([]) => vec![format!("{manifests}/")],
            Command::Delete(files) => {
                files.iter().map(|file| format!("{manifests}/{file}")).collect()
            }
        };
        let source = Source {
            files: files.iter().map(|file| folder.join(file)).collect(),
            secret_env: None,
            // Removing an account takes none of its secrets.
            secrets_out: match command {
                Command::Plan | Command::Apply => Some(folder.join("secrets")),
                Command::Delete(_) => None,
            },
            state: folder.join("roster.state.json"),
        };
        let files = files.join(" -f ");
        let prompt = |line: &str| format!("  {BOLD}$ roster {line}{BOLD:#}\n");
        match command {
            Command::Plan => {
                writeln!(out, "{}", prompt(&format!("plan -f {files} --secrets-out secrets/")))?;
                let args = Plan { source, output: Format::Text, detailed_exitcode: false };
                plan::run(&args, out).await
            }
            Command::Apply => {
                writeln!(
                    out,
                    "{}",
                    prompt(&format!("apply -f {files} --secrets-out secrets/ --yes"))
                )?;
                apply::apply(&Apply { source, yes: true }, out).await
            }
            Command::Delete(_) => {
                writeln!(out, "{}", prompt(&format!("delete -f {files} --yes")))?;
                apply::delete(&Delete { source, yes: true, max_deletions: None }, out).await
            }
        }
    }

    /// Ends the simulator and hands out the record.
    pub(super) async fn close(self) -> Vec<Row> {
        self.simulator.shutdown().await;
        self.rows
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

    /// A user of the portal, if there is one of this name.
    pub(super) fn user(&self, name: &str) -> Option<LedgerUser> {
        self.simulator.ctera().user(TENANT, name)
    }

    /// An attribute of a user, as text.
    pub(super) fn attribute(&self, name: &str, attribute: &str) -> Option<String> {
        let attributes = self.simulator.ctera().attributes(TENANT, name).ok()?;
        attributes.get(attribute)?.as_str().map(str::to_owned)
    }

    /// Whether the user has all that it had before the walk, but for these attributes.
    pub(super) fn is_kept(&self, name: &str, but_for: &[&str]) -> bool {
        let now = self.simulator.ctera().attributes(TENANT, name).unwrap_or_default();
        let is_same = |(id, value): (&String, &Value)| {
            but_for.contains(&id.as_str()) || now.get(id) == Some(value)
        };
        !self.kept.is_empty() && self.kept.iter().all(is_same)
    }

    /// Whether the user has one key, and this file holds it with its secret half.
    pub(super) fn has_kept_key(&self, name: &str, file: &str) -> bool {
        let kept = fs::read_to_string(self.folder.path().join(file)).unwrap_or_default();
        let value = |key: &str| {
            let line = |line: &str| Some(line.trim().strip_prefix(key)?.trim().to_owned());
            kept.lines().find_map(line).unwrap_or_default()
        };
        let (id, secret) = (value("access-key-id:"), value("secret-access-key:"));
        let keys = self.user(name).map(|user| user.keys).unwrap_or_default();
        let alive: Vec<_> = keys.iter().filter(|key| !key.deleted).collect();
        matches!(alive[..], [key] if key.access_key == id)
            && self.simulator.ctera().secret_is(&id, &secret)
    }

    /// Somebody loses a file.
    pub(super) fn lose(&self, file: &str) -> Result<()> {
        fs::remove_file(self.folder.path().join(file))
            .with_context(|| format!("cannot lose {file}"))
    }

    /// Somebody disables the user at the portal and gives it another e-mail address and telephone.
    pub(super) fn disable_by_hand(&self, name: &str) -> Result<()> {
        let edit =
            json!({ "role": "Disabled", "email": "else@example.com", "phone": "+1 555 0100" });
        let Value::Object(edit) = edit else { return Ok(()) };
        self.simulator.ctera().set_attributes(TENANT, name, edit)?;
        Ok(())
    }
}

/// The name of a file without its folder.
fn shown(file: &str) -> &str {
    file.rsplit_once('/').map_or(file, |(_, name)| name)
}
