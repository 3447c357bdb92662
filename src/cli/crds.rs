//! `roster crds`: the custom resource definitions.

use std::fs;
use std::io::Write;

use anyhow::{Context, Result, bail};

use super::Exit;
use super::args::Crds;
use super::output::Output;
use crate::kinds;

/// Prints the definitions, or writes them into a folder.
pub fn run(args: Crds, out: &mut Output<'_>) -> Result<Exit> {
    let Crds { kind, dir } = args;
    let known: Vec<&str> = kinds::all().iter().map(|definition| &*definition.kind).collect();
    if let Some(kind) = &kind
        && !known.contains(&kind.as_str())
    {
        bail!("there is no kind {kind}; the kinds are {}", known.join(", "));
    }
    let crds = kinds::crds()?.into_iter().zip(&known);
    let chosen = crds.filter(|(_, known)| kind.as_ref().is_none_or(|kind| kind == *known));
    for (number, ((file, text), _)) in chosen.enumerate() {
        match &dir {
            Some(dir) => {
                let path = dir.join(&file);
                fs::write(&path, text)
                    .with_context(|| format!("cannot write {}", path.display()))?;
            }
            None => write!(out, "{}{text}", if number == 0 { "" } else { "---\n" })?,
        }
    }
    Ok(Exit::Done)
}
