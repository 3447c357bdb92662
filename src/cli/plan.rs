//! `roster plan`: what would change.

use anyhow::Result;

use super::Exit;
use super::args::{Format, Plan};
use super::output::Output;
use super::render;
use super::run::Run;
use super::target::Purpose;

/// Prints the plan and writes nothing.
pub async fn run(args: &Plan, out: &mut Output<'_>) -> Result<Exit> {
    let mut run = Run::prepare(&args.source, Purpose::Keep, false).await?;
    super::warn(&run);
    let plans = run.preview(None).await;
    run.close().await;
    let plans = plans?;
    match args.output {
        Format::Text => render::plan_text(&run.targets, &plans, out)?,
        Format::Json => render::plan_json(&run.targets, &plans, out)?,
    }
    let refused = plans.iter().any(|session| session.plan.refusals().next().is_some());
    let changes = plans.iter().any(|session| session.plan.has_changes());
    Ok(if refused {
        Exit::Incomplete
    } else if changes && args.detailed_exitcode {
        Exit::Changes
    } else {
        Exit::Done
    })
}
