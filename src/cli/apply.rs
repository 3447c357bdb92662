//! `roster apply` and `roster delete`: show the plan, ask, do it.

use std::io::{self, BufRead, IsTerminal, Write};

use anyhow::{Result, bail};
use indicatif::{ProgressBar, ProgressStyle};

use super::Exit;
use super::args::{Apply, Delete, Source};
use super::output::Output;
use super::planned::Done;
use super::render;
use super::run::{Memory, Run, SessionPlan, has_conflict};
use super::signal::unless_stopped;
use super::target::Purpose;
use crate::plan::Summary;

/// Makes the accounts as declared.
pub async fn apply(args: &Apply, out: &mut Output<'_>) -> Result<Exit> {
    work(&args.source, Purpose::Keep, args.yes, None, out).await
}

/// Removes the declared accounts by their deletion policies.
pub async fn delete(args: &Delete, out: &mut Output<'_>) -> Result<Exit> {
    work(&args.source, Purpose::Remove, args.yes, args.max_deletions, out).await
}

async fn work(
    source: &Source,
    purpose: Purpose,
    yes: bool,
    max_deletions: Option<u32>,
    out: &mut Output<'_>,
) -> Result<Exit> {
    if !yes && !io::stdin().is_terminal() {
        bail!(
            "nobody can be asked, since standard input is no terminal; add --yes to go ahead, or use `roster plan` to look"
        );
    }
    let mut run = Run::prepare(source, purpose, Memory::Written).await?;
    super::warn(&run);
    let interrupted = "interrupted; what was under way is looked at by the next run";
    let result =
        unless_stopped(carry_out(&mut run, purpose, yes, max_deletions, out), interrupted).await;
    run.close().await;
    result
}

async fn carry_out(
    run: &mut Run,
    purpose: Purpose,
    yes: bool,
    max_deletions: Option<u32>,
    out: &mut Output<'_>,
) -> Result<Exit> {
    let plans = run.preview(max_deletions).await?;
    render::plan_text(&plans, out)?;
    if has_conflict(&plans) {
        bail!("nothing was written, because two objects claim one account");
    }
    let writes = plans.iter().any(SessionPlan::does_anything);
    if writes && !yes && !confirmed(out).await? {
        writeln!(out, "Nothing was written.")?;
        return Ok(Exit::Incomplete);
    }
    let total = render::total(&plans);
    if total.shown() > 0 {
        writeln!(out)?;
    }
    let progress = progress(total);
    let mut failed = None;
    let done = run
        .execute(plans, &mut |outcome| {
            let printed = progress.suspend(|| render::outcome(outcome, out));
            failed = failed.take().or(printed.err());
            progress.inc(1);
        })
        .await;
    progress.finish_and_clear();
    let Done { problems, unkept, wrote: _ } = done?;
    if let Some(error) = failed {
        return Err(error.into());
    }
    for error in &unkept {
        super::print_error(error);
    }
    if problems > 0 {
        let objects = if problems == 1 { "object is" } else { "objects are" };
        let what = match purpose {
            Purpose::Keep => "not as declared",
            Purpose::Remove => "not removed",
        };
        writeln!(out, "\n{problems} {objects} {what}.")?;
        return Ok(Exit::Incomplete);
    }
    Ok(if unkept.is_empty() { Exit::Done } else { Exit::Incomplete })
}

/// A bar on a terminal, nothing elsewhere.
fn progress(total: Summary) -> ProgressBar {
    let bar = ProgressBar::new((total.shown() + total.unchanged) as u64);
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len}  {elapsed}");
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar
}

/// Asks on the terminal. Only `yes` is a yes.
async fn confirmed(out: &mut Output<'_>) -> Result<bool> {
    write!(out, "\nDo this? Only `yes` goes ahead: ")?;
    out.flush()?;
    // Reading blocks, so it has a thread of its own; an interrupt meanwhile ends the run.
    let answer = tokio::task::spawn_blocking(|| {
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer).map(|_| answer)
    });
    Ok(answer.await??.trim() == "yes")
}
