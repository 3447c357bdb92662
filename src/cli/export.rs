//! `roster export`: the remote's accounts as manifests that only observe.

use std::collections::BTreeSet;
use std::io::{self, Write};

use anyhow::{Result, bail};
use serde_json::{Value, json};

use super::Exit;
use super::args::{Export, Source};
use super::output::Output;
use super::run::Run;
use super::target::{Purpose, Target};
use crate::kinds::{GROUP, VERSION};
use crate::systems::dynect::{LoginState, UpdateUser};

/// The longest name of an object (RFC 1123 subdomain).
const NAME_LIMIT: usize = 253;

/// Reads the accounts of one session and prints a manifest for each, in the order of their login names.
pub async fn run(args: Export, out: &mut Output<'_>) -> Result<Exit> {
    let Export { session, name, secret_env } = args;
    let nowhere = std::path::PathBuf::from("roster.state.json");
    let source = Source { files: session, secret_env, secrets_out: None, state: nowhere };
    let run = Run::prepare(&source, Purpose::Remove, false).await?;
    super::warn(&run);
    let target = chosen(&run.targets, name.as_deref())?;
    let users = target.client.list_update_users().await;
    run.close().await;
    let mut users = users?;
    users.sort_by(|a, b| a.user_name.cmp(&b.user_name));
    let mut names = BTreeSet::new();
    for user in &users {
        let manifest = manifest(target, user, &mut names);
        writeln!(out, "---\n{}", serde_saphyr::to_string(&manifest)?.trim_end())?;
    }
    if users.is_empty() {
        writeln!(io::stderr(), "{} has no update users", target.session)?;
    }
    Ok(Exit::Done)
}

fn chosen<'a>(targets: &'a [Target], name: Option<&str>) -> Result<&'a Target> {
    let names: Vec<&str> = targets.iter().map(|target| &*target.session.name).collect();
    match (targets, name) {
        ([], _) => bail!("the input has no ApiSession that can be used"),
        (_, Some(name)) => {
            let found = targets.iter().find(|target| target.session.name == name);
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

fn manifest(target: &Target, user: &UpdateUser, names: &mut BTreeSet<String>) -> Value {
    let UpdateUser { user_name, status, password: _, nickname } = user;
    let state = status.map(|status| match status {
        LoginState::Active => "Active",
        LoginState::Blocked => "Blocked",
    });
    let mut spec = json!({
        "sessionRef": { "name": target.session.name },
        "managementPolicy": "Observe",
        "userName": user_name,
    });
    if let Some(state) = state {
        spec["loginState"] = json!(state);
    }
    if let Some(nickname) = nickname {
        spec["nickname"] = json!(nickname);
    }
    json!({
        "apiVersion": format!("{GROUP}/{VERSION}"),
        "kind": "UpdateUser",
        "metadata": { "name": object_name(user_name, names), "namespace": target.session.namespace },
        "spec": spec,
    })
}

/// A name for the object that Kubernetes takes and no other exported object has.
fn object_name(user_name: &str, names: &mut BTreeSet<String>) -> String {
    let allowed = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let plain: String = user_name.chars().map(allowed).take(NAME_LIMIT - 8).collect();
    let trimmed = plain.trim_matches('-');
    let base = if trimmed.is_empty() { "update-user" } else { trimmed };
    let numbered = (2_u32..).map(|number| format!("{base}-{number}"));
    let free = std::iter::once(base.to_owned()).chain(numbered).find(|name| !names.contains(name));
    let name = free.unwrap_or_else(|| base.to_owned());
    names.insert(name.clone());
    name
}
