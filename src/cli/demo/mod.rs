//! `roster demo`: a walk through the real thing, against simulators in this process.
//!
//! Every step runs the same code as the command that it shows. What it claims is looked up in the simulators.

mod dynect;
mod portal;
mod stage;
mod steps;

use std::io::Write;

use anstyle::{AnsiColor, Style};
use anyhow::Result;
use comfy_table::{ContentArrangement, Table, presets};

use super::Exit;
use super::output::Output;
use stage::{Counts, Row, Stage};

/// Readable on the smallest terminal that people use.
const WIDTH: usize = 80;

const BOLD: Style = Style::new().bold();
const HEADING: Style = Style::new().bold().underline();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default();

/// Walks through every step; done only if each had the expected result.
pub async fn run(out: &mut Output<'_>) -> Result<Exit> {
    let mut out = out.at_most(WIDTH);
    let mut stage = Stage::set().await?;
    let walked = steps::walk(&mut stage, &mut out).await;
    let rows = stage.close().await;
    walked?;
    summary(&rows, &mut out)?;
    Ok(if rows.iter().all(|row| row.result.is_ok()) { Exit::Done } else { Exit::Incomplete })
}

fn summary(rows: &[Row], out: &mut Output<'_>) -> Result<()> {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(["STEP", "LOGINS", "LISTS", "WRITES", "RESULT"]);
    for Row { step, counts: Counts { logins, lists, writes }, result } in rows {
        let result = if result.is_ok() { "as expected" } else { "NOT AS EXPECTED" };
        let counts = [logins, lists, writes].map(usize::to_string);
        let [logins, lists, writes] = counts;
        table.add_row([(*step).to_owned(), logins, lists, writes, result.to_owned()]);
    }
    writeln!(out, "{BOLD}What it took{BOLD:#}\n\n{table}\n")?;
    let failed: Vec<&Row> = rows.iter().filter(|row| row.result.is_err()).collect();
    for row in &failed {
        if let Err(why) = &row.result {
            out.paragraph(0, &format!("{}: {why}", row.step))?;
        }
    }
    if failed.is_empty() {
        writeln!(out, "{GOOD}Every step had the expected result.{GOOD:#}")?;
        out.paragraph(
            0,
            "Next: `roster simulate --ctera-plain 127.0.0.1:0 --print-session` runs such systems for you to try your own manifests on.",
        )?;
    } else {
        writeln!(out, "{BAD}{} of {} steps went wrong.{BAD:#}", failed.len(), rows.len())?;
    }
    Ok(())
}
