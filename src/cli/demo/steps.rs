//! The steps of the walk.

use std::io::Write;

use anyhow::Result;

use super::stage::{Command, Counts, Stage};
use super::{BOLD, HEADING, dynect, portal};
use crate::cli::Exit;
use crate::cli::output::Output;
use crate::sim::Running;

/// What is shown of one system.
pub(super) struct Act {
    pub title: &'static str,
    /// The folder of its manifests.
    pub folder: &'static str,
    /// What reached the system in one step.
    pub counts: fn(&Running) -> Counts,
    pub steps: &'static [Step],
}

/// One step: what is done first, what is run then, and what must have come of it.
pub(super) struct Step {
    /// The step's name in the table.
    pub name: &'static str,
    pub title: &'static str,
    pub text: &'static str,
    /// Edits the manifests, or the system behind Roster's back.
    pub before: fn(&Stage, &mut Output<'_>) -> Result<()>,
    pub command: Command,
    pub exit: Exit,
    /// How many writes reach the system.
    pub writes: usize,
    /// What is so afterwards.
    pub fact: &'static str,
    pub holds: fn(&Stage) -> bool,
}

const ACTS: [Act; 2] = [dynect::ACT, portal::ACT];

/// Runs every step, whatever becomes of the ones before.
pub(super) async fn walk(stage: &mut Stage, out: &mut Output<'_>) -> Result<()> {
    let steps: usize = ACTS.iter().map(|act| act.steps.len()).sum();
    let mut number = 0;
    for act in ACTS {
        writeln!(out, "{HEADING}{}{HEADING:#}\n", act.title)?;
        for step in act.steps {
            number += 1;
            writeln!(out, "{BOLD}{number}/{steps}  {}{BOLD:#}\n", step.title)?;
            out.paragraph(2, step.text)?;
            writeln!(out)?;
            (step.before)(stage, out)?;
            stage.run(&act, step, out).await?;
        }
    }
    Ok(())
}
