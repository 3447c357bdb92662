//! Plans and outcomes as text and as JSON.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use serde_json::{Value, json};

use super::output::Output;
use super::run::SessionPlan;
use super::target::Target;
use crate::kinds::update_user::UpdateUserAccount;
use crate::plan::{Action, Change, Held, Item, Line, Reason, Summary, Symbol, Verdict};
use crate::sync::Outcome;

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
pub fn plan_text(
    targets: &[Target],
    plans: &[SessionPlan],
    out: &mut Output<'_>,
) -> io::Result<()> {
    let mut symbols = Vec::new();
    for (target, session) in targets.iter().zip(plans) {
        writeln!(out, "{BOLD}{}{BOLD:#}  {DIM}{}{DIM:#}", target.session, target.space)?;
        for line in session.plan.lines() {
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
    let total = total(plans);
    if symbols.is_empty() && total.unchanged == 0 {
        return writeln!(out, "No changes: no account is declared.");
    }
    if symbols.is_empty() {
        let accounts = if total.unchanged == 1 { "account is" } else { "accounts are" };
        return writeln!(out, "No changes: {} {accounts} as declared.", total.unchanged);
    }
    writeln!(out, "{BOLD}Plan:{BOLD:#} {total}.")
}

/// The sum of all plans.
pub fn total(plans: &[SessionPlan]) -> Summary {
    let mut total = Summary::default();
    for session in plans {
        total += session.plan.summary();
    }
    total
}

/// Prints every plan as one JSON document.
pub fn plan_json(
    targets: &[Target],
    plans: &[SessionPlan],
    out: &mut Output<'_>,
) -> anyhow::Result<()> {
    let sessions: Vec<Value> = targets
        .iter()
        .zip(plans)
        .map(|(target, session)| {
            json!({
                "session": name(&target.session),
                "accountSpace": target.space,
                "items": session.plan.items.iter().map(item).collect::<Vec<_>>(),
                "summary": summary(session.plan.summary()),
            })
        })
        .collect();
    let document = json!({
        "version": PLAN_VERSION,
        "sessions": sessions,
        "summary": summary(total(plans)),
    });
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)?;
    Ok(())
}

fn name(object: &crate::plan::ObjectName) -> Value {
    json!({ "kind": object.kind, "namespace": object.namespace, "name": object.name })
}

fn summary(summary: Summary) -> Value {
    let Summary { create, change, remove, refused, held, unchanged } = summary;
    json!({
        "create": create, "change": change, "remove": remove,
        "refused": refused, "held": held, "unchanged": unchanged,
    })
}

fn item(item: &Item<UpdateUserAccount>) -> Value {
    let mut reason = Reason::InSync;
    let mut message = None;
    let (action, changes) = match &item.verdict {
        Verdict::Act { action, .. } => {
            reason = Reason::PendingChanges;
            match action {
                Action::Create(account) => ("create", fields(&account_fields(account))),
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

fn account_fields(account: &UpdateUserAccount) -> Vec<crate::kinds::update_user::UpdateUserChange> {
    crate::plan::Account::creation(account).unwrap_or_default()
}

fn fields(changes: &[crate::kinds::update_user::UpdateUserChange]) -> Vec<Value> {
    changes
        .iter()
        .map(|change| json!({ "field": change.field(), "text": change.to_string() }))
        .collect()
}

/// Prints what became of one object; nothing for one that was as declared already.
pub fn outcome(outcome: &Outcome<UpdateUserAccount>, out: &mut Output<'_>) -> io::Result<()> {
    let Outcome { object, key, reason, problem, .. } = outcome;
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
