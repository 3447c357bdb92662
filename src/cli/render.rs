//! Plans and outcomes as text and as JSON.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use serde_json::{Value, json};

use super::keys::KeyChanges;
use super::output::Output;
use super::planned::{AnyPlan, Told};
use super::run::SessionPlan;
use super::target::Session;
use crate::plan::{
    Account, Action, Change, Held, Item, Line, ObjectName, Reason, Summary, Symbol, Verdict,
};

/// The version of the JSON form; it changes when a reader would have to.
const PLAN_VERSION: &str = "roster.rs/plan/v1";

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// The width that reasons are padded to: the longest word but `AuthenticationFailed`, which rarely meets one object.
const REASON_WIDTH: usize = 14;

fn style(symbol: Symbol) -> Style {
    match symbol {
        Symbol::Create => AnsiColor::Green.on_default(),
        Symbol::Change => AnsiColor::Yellow.on_default(),
        Symbol::Remove | Symbol::Refuse => AnsiColor::Red.on_default(),
        Symbol::Hold => AnsiColor::Cyan.on_default(),
    }
}

/// Prints every plan and the sum of them.
pub fn plan_text(sessions: &[SessionPlan], out: &mut Output<'_>) -> io::Result<()> {
    let mut symbols = Vec::new();
    for plans in sessions {
        let Session { name, space, .. } = &plans.session;
        writeln!(out, "{BOLD}{name}{BOLD:#}  {DIM}{space}{DIM:#}")?;
        let keys = plans.keys().flat_map(key_lines);
        for line in plans.plans().flat_map(AnyPlan::lines).chain(keys) {
            let Line { symbol, text } = &line;
            match symbol {
                Some(symbol) => {
                    let paint = style(*symbol);
                    writeln!(out, "  {paint}{}{paint:#} {text}", symbol.as_char())?;
                    if !symbols.contains(symbol) {
                        symbols.push(*symbol);
                    }
                }
                None => out.paragraph(6, text)?,
            }
        }
        writeln!(out)?;
    }
    let total = total(sessions);
    if symbols.is_empty() && total.unchanged == 0 {
        return writeln!(out, "No changes: no account is declared.");
    }
    if symbols.is_empty() {
        let accounts = if total.unchanged == 1 { "account is" } else { "accounts are" };
        return writeln!(out, "No changes: {} {accounts} as declared.", total.unchanged);
    }
    writeln!(out, "{BOLD}Plan:{BOLD:#} {total}.")
}

/// What is to be done with access keys, as lines of the plan.
fn key_lines(changes: &KeyChanges) -> Vec<Line> {
    let heading = format!("{}: change its access keys", changes.object);
    let heading = Line { symbol: Some(Symbol::Change), text: heading };
    let details = changes.lines.iter().cloned().map(|text| Line { symbol: None, text });
    std::iter::once(heading).chain(details).collect()
}

/// The sum of all plans.
pub fn total(sessions: &[SessionPlan]) -> Summary {
    let mut total = Summary::default();
    for session in sessions {
        total += session.summary();
    }
    total
}

/// Prints every plan as one JSON document.
pub fn plan_json(sessions: &[SessionPlan], out: &mut Output<'_>) -> anyhow::Result<()> {
    let documents: Vec<Value> = sessions
        .iter()
        .map(|plans| {
            let mut document = json!({
                "session": name(&plans.session.name),
                "accountSpace": plans.session.space,
                "items": plans.plans().flat_map(AnyPlan::to_json).collect::<Vec<_>>(),
                "summary": summary(plans.summary()),
            });
            let keys: Vec<Value> = plans.keys().map(keys_as_json).collect();
            if !keys.is_empty() {
                document["accessKeys"] = keys.into();
            }
            document
        })
        .collect();
    let document = json!({
        "version": PLAN_VERSION,
        "sessions": documents,
        "summary": summary(total(sessions)),
    });
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)?;
    Ok(())
}

fn keys_as_json(changes: &KeyChanges) -> Value {
    json!({ "object": name(&changes.object), "changes": changes.lines })
}

fn name(object: &ObjectName) -> Value {
    json!({ "kind": object.kind, "namespace": object.namespace, "name": object.name })
}

fn summary(summary: Summary) -> Value {
    let Summary { create, change, remove, refused, held, unchanged } = summary;
    json!({
        "create": create, "change": change, "remove": remove,
        "refused": refused, "held": held, "unchanged": unchanged,
    })
}

/// One item of a plan as JSON.
pub fn item<A: Account<Key = String>>(item: &Item<A>) -> Value {
    let mut reason = Reason::InSync;
    let mut message = None;
    let (action, changes) = match &item.verdict {
        Verdict::Act { action, .. } => {
            reason = Reason::PendingChanges;
            match action {
                Action::Create(account) => {
                    ("create", fields(&account.creation().unwrap_or_default()))
                }
                Action::Update { changes, .. } => ("update", fields(changes)),
                Action::Disable(_) => ("disable", Vec::new()),
                Action::Delete(_) => ("delete", Vec::new()),
            }
        }
        Verdict::Keep if item.adopts => {
            reason = Reason::PendingChanges;
            ("adopt", Vec::new())
        }
        Verdict::Keep => ("none", Vec::new()),
        Verdict::Release => {
            reason = Reason::Released;
            ("release", Vec::new())
        }
        Verdict::Refuse(refusal) => {
            reason = refusal.reason();
            message = Some(refusal.to_string());
            ("refuse", Vec::new())
        }
    };
    let held = item.held.as_ref().map(|Held { hold, changes }| {
        if reason == Reason::InSync {
            reason = Reason::PendingChanges;
        }
        json!({ "because": hold.to_string(), "changes": fields(changes) })
    });
    json!({
        "object": name(&item.object),
        "account": item.key,
        "action": action,
        "adopts": item.adopts,
        "reason": reason.as_str(),
        "message": message,
        "changes": changes,
        "held": held,
    })
}

fn fields<C: Change>(changes: &[C]) -> Vec<Value> {
    changes
        .iter()
        .map(|change| json!({ "field": change.field(), "text": change.to_string() }))
        .collect()
}

/// Prints what became of one object; nothing for one that was as declared already.
pub fn outcome(outcome: &Told<'_>, out: &mut Output<'_>) -> io::Result<()> {
    let Told { object, key, reason, problem, note } = outcome;
    if *reason == Reason::InSync {
        return Ok(());
    }
    let paint = match (problem, reason) {
        (Some(_), _) => style(Symbol::Refuse),
        (None, Reason::Released | Reason::PendingChanges) => style(Symbol::Hold),
        (None, _) => style(Symbol::Create),
    };
    let account = key.as_ref().map(|key| format!(" ({key})")).unwrap_or_default();
    writeln!(
        out,
        "{paint}{reason:<REASON_WIDTH$}{paint:#}  {object}{account}",
        reason = reason.as_str()
    )?;
    if let Some(note) = note {
        out.paragraph(REASON_WIDTH + 2, note)?;
    }
    if let Some(problem) = problem {
        out.paragraph(REASON_WIDTH + 2, &problem.to_string())?;
        let mut cause = std::error::Error::source(problem);
        while let Some(error) = cause {
            out.paragraph(REASON_WIDTH + 2, &format!("because {error}"))?;
            cause = error.source();
        }
    }
    Ok(())
}
