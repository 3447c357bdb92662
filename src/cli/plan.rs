//! `roster plan`: what would change.

use anyhow::Result;

use super::Exit;
use super::args::{Format, Plan};
use super::output::Output;
use super::render;
use super::run::{Memory, Run, SessionPlan};
use super::signal::unless_stopped;
use super::target::Purpose;

/// Prints the plan and writes nothing.
pub async fn run(args: &Plan, out: &mut Output<'_>) -> Result<Exit> {
    let mut run = Run::prepare(&args.source, Purpose::Keep, Memory::Read).await?;
    super::warn(&run);
    let plans = unless_stopped(run.preview(None), "interrupted").await;
    run.close().await;
    let plans = plans?;
    match args.output {
        Format::Text => render::plan_text(&plans, out)?,
        Format::Json => render::plan_json(&plans, out)?,
    }
    let all = || plans.iter().flat_map(SessionPlan::plans);
    let mut keys = plans.iter().flat_map(SessionPlan::keys);
    let refused =
        all().any(|plan| plan.refusals().next().is_some()) || keys.any(|keys| keys.blocked);
    let changes = plans.iter().any(SessionPlan::changes_anything);
    Ok(if refused {
        Exit::Incomplete
    } else if changes && args.detailed_exitcode {
        Exit::Changes
    } else {
        Exit::Done
    })
}
