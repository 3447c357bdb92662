//! `roster export`: the remote's accounts as manifests that only observe.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::{Result, bail};
use serde_json::{Map, Value, json};

use super::Exit;
use super::accounts::Exported;
use super::args::{Export, Source};
use super::output::Output;
use super::run::{Memory, Run};
use super::signal::unless_stopped;
use super::target::{AnyGroup, Purpose, Target};
use crate::kinds::{GROUP, VERSION};
use crate::plan::ObjectName;

/// The longest name of an object (RFC 1123 subdomain).
const NAME_LIMIT: usize = 253;

/// Reads the accounts of one session and prints a manifest for each, kind by kind, in the order of their names.
pub async fn run(args: Export, out: &mut Output<'_>) -> Result<Exit> {
    let Export { session, name, secret_env } = args;
    let source = Source { files: session, secret_env, secrets_out: None, state: PathBuf::new() };
    let run = Run::prepare(&source, Purpose::Remove, Memory::None).await?;
    super::warn(&run);
    let Target { session, groups } = chosen(&run.targets, name.as_deref())?;
    let list = async {
        let mut lists = Vec::with_capacity(groups.len());
        for group in groups {
            lists.push(group.list().await?);
        }
        Ok(lists)
    };
    let lists = unless_stopped(list, "interrupted").await;
    run.close().await;
    for (group, list) in groups.iter().zip(lists?) {
        print(&session.name, &**group, list, out)?;
    }
    Ok(Exit::Done)
}

fn chosen<'a>(targets: &'a [Target], name: Option<&str>) -> Result<&'a Target> {
    let names: Vec<&str> = targets.iter().map(|target| &*target.session.name.name).collect();
    match (targets, name) {
        ([], _) => bail!("the input has no ApiSession that can be used"),
        (_, Some(name)) => {
            let found = targets.iter().find(|target| target.session.name.name == name);
            found.ok_or_else(|| {
                anyhow::anyhow!(
                    "there is no ApiSession `{name}`; the input has {}",
                    names.join(", ")
                )
            })
        }
        ([one], None) => Ok(one),
        (_, None) => {
            bail!("the input has several sessions; choose one of {} with --name", names.join(", "))
        }
    }
}

/// Prints the accounts of one kind.
fn print(
    session: &ObjectName,
    group: &dyn AnyGroup,
    mut list: Vec<Exported>,
    out: &mut Output<'_>,
) -> Result<()> {
    if list.is_empty() {
        writeln!(io::stderr(), "{session} has no {}s", group.noun())?;
    }
    list.sort_by(|one, other| one.name.cmp(&other.name));
    let mut names = BTreeSet::new();
    for Exported { name, spec } in list {
        let spec = match spec {
            Ok(spec) => observed(session, spec),
            Err(field) => {
                let name = name.escape_debug();
                super::note(&format!("`{name}` is left out: a manifest cannot hold this {field}"));
                continue;
            }
        };
        let name = object_name(&name, group.noun(), &mut names);
        let manifest = json!({
            "apiVersion": format!("{GROUP}/{VERSION}"),
            "kind": group.kind(),
            "metadata": { "name": name, "namespace": session.namespace },
            "spec": spec,
        });
        writeln!(out, "---\n{}", serde_saphyr::to_string(&manifest)?.trim_end())?;
    }
    Ok(())
}

/// The spec of an object that writes nothing until somebody edits it.
fn observed(session: &ObjectName, mut spec: Map<String, Value>) -> Map<String, Value> {
    spec.insert("sessionRef".to_owned(), json!({ "name": session.name }));
    spec.insert("managementPolicy".to_owned(), json!("Observe"));
    spec
}

/// A name for the object that Kubernetes takes and no other exported object has.
fn object_name(account: &str, noun: &str, names: &mut BTreeSet<String>) -> String {
    let allowed = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let plain: String = account.chars().map(allowed).take(NAME_LIMIT - 8).collect();
    let trimmed = plain.trim_matches('-');
    let base = if trimmed.is_empty() { noun.replace(' ', "-") } else { trimmed.to_owned() };
    let numbered = (2_u32..).map(|number| format!("{base}-{number}"));
    let free = std::iter::once(base.clone()).chain(numbered).find(|name| !names.contains(name));
    let name = free.unwrap_or(base);
    names.insert(name.clone());
    name
}
