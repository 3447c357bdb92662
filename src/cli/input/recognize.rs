//! What a document is.

use super::suggest::{listed, nearest};
use super::tree::{Node, Value};
use super::{Origin, Problem};
use crate::kinds::{self, Definition, GROUP, VERSION};

/// What a document is, by its `apiVersion` and `kind`.
pub(super) enum Kind {
    Ours(&'static Definition),
    /// Objects in one document, as `kubectl get -o yaml` prints them.
    List,
    Secret,
    ConfigMap,
    /// None of our business; the name to call it by.
    Foreign(String),
}

/// Tells what a document is, or why nobody can.
pub(super) fn kind(root: &Node, origin: &Origin) -> Result<Kind, Problem> {
    if !matches!(root.value, Value::Mapping(_)) {
        let message = "a manifest is a mapping with `apiVersion`, `kind` and `metadata`";
        return Err(origin.problem("", message));
    }
    let (api_version, kind) = match (root.text_of("apiVersion"), root.text_of("kind")) {
        (Some(api_version), Some(kind)) => (api_version, kind),
        (None, None) if is_kustomization(origin.file()) => {
            return Ok(Kind::Foreign("Kustomization".to_owned()));
        }
        (api_version, kind) => return Err(untyped(api_version, kind, origin)),
    };
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let ours = kinds::all().iter().find(|definition| definition.kind == kind);
    match (ours, group, kind) {
        (Some(definition), GROUP, _) if version == VERSION => Ok(Kind::Ours(definition)),
        (Some(_), ..) => Err(wrong_version(kind, &format!("{GROUP}/{VERSION}"), origin)),
        (None, GROUP, _) => Err(unknown(kind, origin)),
        (None, "", "List" | "Secret" | "ConfigMap") if version != "v1" => {
            Err(wrong_version(kind, "v1", origin))
        }
        (None, "", "List") => Ok(Kind::List),
        (None, "", "Secret") => Ok(Kind::Secret),
        (None, "", "ConfigMap") => Ok(Kind::ConfigMap),
        (None, "", _) if nearest(kind, ["Secret", "ConfigMap"]).is_some() => {
            Err(unknown(kind, origin))
        }
        (None, ..) => {
            Ok(Kind::Foreign(format!("{kind} ({api_version})").escape_debug().to_string()))
        }
    }
}

fn untyped(api_version: Option<&str>, kind: Option<&str>, origin: &Origin) -> Problem {
    let message = match (api_version, kind) {
        (None, None) => "this is no manifest: it has neither `apiVersion` nor `kind`".to_owned(),
        (None, Some(kind)) if kinds::all().iter().any(|definition| definition.kind == kind) => {
            format!("`apiVersion` is missing; for {kind} it is `{GROUP}/{VERSION}`")
        }
        (None, Some(_)) => "`apiVersion` is missing".to_owned(),
        (Some(_), _) => "`kind` is missing".to_owned(),
    };
    origin.problem("", message)
}

fn wrong_version(kind: &str, right: &str, origin: &Origin) -> Problem {
    origin.problem("apiVersion", format!("the apiVersion of {kind} is `{right}`"))
}

fn unknown(kind: &str, origin: &Origin) -> Problem {
    let known = || {
        let ours = kinds::all().iter().map(|definition| definition.kind.as_str());
        ours.chain(["Secret", "ConfigMap"])
    };
    let message = format!("unknown kind `{}`", kind.escape_debug());
    match nearest(kind, known()) {
        Some(guess) => origin.problem("kind", format!("{message}; did you mean `{guess}`?")),
        None => origin
            .problem("kind", message)
            .help(format!("the kinds that Roster reads are {}", listed(known(), "and"))),
    }
}

/// Whether no line of a document may be shown: it is a Secret, is like one, or is a list with one in it.
pub(super) fn holds_secret(root: &Node) -> bool {
    let like_secret = match root.text_of("kind") {
        Some(kind) => kind.to_lowercase().contains("secret"),
        None => root.get("data").is_some(),
    };
    let like_secret = like_secret || root.get("stringData").is_some();
    let items = match root.get("items").map(|items| &items.value) {
        Some(Value::Sequence(items)) => items.as_slice(),
        _ => &[],
    };
    like_secret || items.iter().any(|item| holds_secret(item))
}

/// Kustomize reads files of this name even without `apiVersion` and `kind`.
fn is_kustomization(file: &str) -> bool {
    let name = file.rsplit(['/', '\\']).next();
    matches!(name, Some("kustomization.yaml" | "kustomization.yml"))
}
