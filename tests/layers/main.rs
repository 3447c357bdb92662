//! Who may use whom, and other habits that the compiler does not check.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod lexer;
mod paths;

use std::fs;
use std::path::Path;

use lexer::{Token, tokens};
use paths::{UsedPath, used_paths};

/// Past this a file is to be split by subject.
const MOST_LINES: usize = 500;

/// Fewer files than this, and the test is reading the wrong place.
const FEWEST_FILES: usize = 100;

/// Crates that speak HTTP or TLS.
const HTTP: [&str; 10] = [
    "axum",
    "axum_server",
    "http",
    "http_body_util",
    "hyper",
    "hyper_util",
    "reqwest",
    "rustls",
    "tokio_rustls",
    "url",
];

/// What of `kube` and `k8s_openapi` describes resources and reaches no cluster.
const KUBE_WITHOUT_CLIENT: [&str; 7] = [
    "CELSchema",
    "CustomResource",
    "CustomResourceExt",
    "KubeSchema",
    "Resource",
    "core",
    "ResourceExt",
];

struct Layer {
    name: &'static str,
    /// The layers that it may use, besides itself.
    uses: &'static [&'static str],
    external: External,
}

/// The crates of other people that a layer may use.
#[derive(Clone, Copy, PartialEq, Eq)]
enum External {
    Nothing,
    /// Everything but HTTP.
    NoHttp,
    Everything,
}

/// The one module of the controller that serves HTTP: probes and metrics.
const ADMIN: [&str; 2] = ["controller", "admin"];

/// The picture in `src/lib.rs`.
const LAYERS: [Layer; 8] = [
    Layer { name: "plan", uses: &[], external: External::Nothing },
    Layer { name: "remote", uses: &["plan"], external: External::NoHttp },
    Layer { name: "systems", uses: &["remote"], external: External::Everything },
    Layer { name: "sync", uses: &["plan", "remote"], external: External::NoHttp },
    Layer { name: "kinds", uses: &["plan", "remote", "systems"], external: External::NoHttp },
    Layer { name: "sim", uses: &[], external: External::Everything },
    Layer {
        name: "controller",
        uses: &["plan", "remote", "systems", "sync", "kinds"],
        external: External::Everything,
    },
    Layer {
        name: "cli",
        uses: &["plan", "remote", "systems", "sync", "kinds", "sim", "controller"],
        external: External::Everything,
    },
];

/// What is wrong with one file, with its name and line.
fn complaints(file: &str, text: &str, dependencies: &[String]) -> Vec<String> {
    let tokens = tokens(text);
    let mut complaints = Vec::new();
    let mut complain =
        |line: usize, what: String| complaints.push(format!("{file}:{line}: {what}"));
    let lines = text.lines().count();
    if lines > MOST_LINES {
        complain(lines, format!("{lines} lines, more than {MOST_LINES}: split it by subject"));
    }
    for window in tokens.windows(3) {
        let line = window[0].line;
        match [&*window[0].text, &*window[1].text, &*window[2].text] {
            ["#", "[", "ignore"] => complain(line, "a test is ignored".to_owned()),
            ["todo" | "unimplemented", "!", _] => {
                complain(line, "something is left to do".to_owned());
            }
            _ => {}
        }
    }
    if let Some(module) = module_of(file) {
        for used in used_paths(&module, &tokens) {
            if let Some(what) = forbidden(&module, &used, dependencies) {
                complain(used.line, what);
            }
        }
    }
    complaints
}

/// The module that a file below `src` is, or `None` for other files and for the roots, which only list the layers.
fn module_of(file: &str) -> Option<Vec<String>> {
    let inside = file.strip_prefix("src/")?.strip_suffix(".rs")?;
    if inside == "lib" || inside == "main" {
        return None;
    }
    let mut module: Vec<String> = inside.split('/').map(str::to_owned).collect();
    if module.last().is_some_and(|last| last == "mod") {
        module.pop();
    }
    Some(module)
}

/// Why a layer may not use this path.
fn forbidden(module: &[String], used: &UsedPath, dependencies: &[String]) -> Option<String> {
    let Some(layer) = LAYERS.iter().find(|layer| layer.name == module[0]) else {
        return Some(format!("`{}` is no layer; add it to the list in tests/layers", module[0]));
    };
    let shown = used.segments.join("::");
    let (first, second) = (used.segments[0].as_str(), used.segments.get(1).map(String::as_str));
    if first == "crate" {
        let Some(other) = second else {
            return Some(format!("`{shown}`: {} may not use everything", layer.name));
        };
        let allowed = other == layer.name || layer.uses.contains(&other);
        return (!allowed).then(|| format!("`{shown}`: {} may not use {other}", layer.name));
    }
    if !dependencies.iter().any(|name| name == first) {
        return None;
    }
    if first == "kube" && layer.name != "controller" {
        let harmless = second.is_some_and(|second| KUBE_WITHOUT_CLIENT.contains(&second));
        return (!harmless || layer.external == External::Nothing)
            .then(|| format!("`{shown}`: only the controller holds a client of a cluster"));
    }
    if first == "axum"
        && layer.name == "controller"
        && !module.starts_with(&ADMIN.map(str::to_owned))
    {
        return Some(format!("`{shown}`: of the controller only {} serves HTTP", ADMIN.join("::")));
    }
    let allowed = match layer.external {
        External::Nothing => false,
        External::NoHttp => !HTTP.contains(&first),
        External::Everything => true,
    };
    (!allowed).then(|| format!("`{shown}`: {} may not use the crate {first}", layer.name))
}

/// The names of the crates that the program itself depends on, as paths begin with them.
fn dependencies(root: &Path) -> Vec<String> {
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let section = manifest.split("[dependencies]\n").nth(1).unwrap().split("\n[").next().unwrap();
    let names = section.lines().filter_map(|line| line.split_once(" = "));
    names.map(|(name, _)| name.replace('-', "_")).collect()
}

/// Every Rust file below a folder, by its path from the root.
fn rust_files(root: &Path, folder: &str, files: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(root.join(folder)).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{folder}/{}", entry.file_name().into_string().unwrap());
        if entry.file_type().unwrap().is_dir() {
            rust_files(root, &path, files);
        } else if entry.path().extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(entry.path()).unwrap();
            files.push((path, text));
        }
    }
}

#[test]
fn every_file_keeps_to_its_layer_and_to_the_habits_of_the_project() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let dependencies = dependencies(root);
    assert!(dependencies.iter().any(|name| name == "serde_json"), "{dependencies:?}");
    let mut files = Vec::new();
    for folder in ["src", "tests", "benches"] {
        rust_files(root, folder, &mut files);
    }
    assert!(files.len() > FEWEST_FILES, "only {} files were read", files.len());
    for layer in &LAYERS {
        let prefix = format!("src/{}", layer.name);
        assert!(files.iter().any(|(file, _)| file.starts_with(&prefix)), "no file of {prefix}");
    }
    let found: Vec<String> =
        files.iter().flat_map(|(file, text)| complaints(file, text, &dependencies)).collect();
    assert!(found.is_empty(), "{} complaints:\n{}", found.len(), found.join("\n"));
}

/// What the test says of one made-up file.
fn said(file: &str, text: &str) -> Vec<String> {
    let dependencies = ["axum", "kube", "reqwest", "serde", "tokio"].map(str::to_owned);
    complaints(file, text, &dependencies)
}

#[test]
fn a_forbidden_path_is_found_however_it_is_written() {
    for (file, text) in [
        ("src/plan/a.rs", "use crate::remote::Remote;"),
        ("src/plan/a.rs", "use serde::Serialize;"),
        ("src/plan.rs", "fn f() { ::serde::x(); }"),
        ("src/plan/a.rs", "fn f() -> super::super::remote::Cause {}"),
        ("src/plan/mod.rs", "use super::remote;"),
        ("src/plan/mod.rs", "mod tests { use super::super::remote; }"),
        ("src/plan/a.rs", "use crate::*;"),
        ("src/remote/mod.rs", "pub(crate) use crate::{plan::Plan, sync::Batcher};"),
        ("src/remote/mod.rs", "use {std::fmt, reqwest::Client};"),
        ("src/systems/http/mod.rs", "fn f(_: crate::plan::Memo<String>) {}"),
        ("src/sync/mod.rs", "use crate::kinds::all;"),
        ("src/kinds/a/mod.rs", "use crate::{\n    cli, plan,\n};"),
        ("src/kinds/a/mod.rs", "use kube::{Client, CustomResource};"),
        ("src/kinds/a/mod.rs", "fn f(_: kube::Api<Pod>) {}"),
        ("src/kinds/a/mod.rs", "fn f() -> reqwest::Client {}"),
        ("src/cli/a.rs", "use kube::client::Body;"),
        ("src/sim/a.rs", "/* \" */ use crate::systems::redact;"),
        ("src/controller/a.rs", "use crate::sim::Running;"),
        ("src/controller/a.rs", "use axum::Router;"),
        ("src/elsewhere/a.rs", "use crate::plan::Plan;"),
    ] {
        let found = said(file, text);
        assert_eq!(found.len(), 1, "{file}: {text}: {found:?}");
        assert!(found[0].starts_with(&format!("{file}:")), "{found:?}");
    }
    let found = said("src/sim/a.rs", "use std::fmt;\n\n// crate::plan\nuse crate::plan::Plan;\n");
    assert_eq!(found, ["src/sim/a.rs:4: `crate::plan::Plan`: sim may not use plan"]);
}

#[test]
fn what_is_allowed_or_only_looks_like_a_path_is_not_found() {
    for (file, text) in [
        ("src/plan/a/b.rs", "use super::super::Account; use std::fmt; use self::c::D;"),
        ("src/plan/mod.rs", "mod tests { use super::*; }"),
        ("src/plan/a.rs", "//! crate::remote\n/// serde::x\nconst A: &str = \"crate::sync\\\"\";"),
        ("src/plan/a.rs", "const A: &str = r#\"\" use serde::x; \"#; const Q: char = '\"';"),
        ("src/plan/a.rs", "fn f<'a>(x: &'a str) -> char { '\\'' }"),
        ("src/systems/a.rs", "use crate::{remote::Cause, systems::http};"),
        ("src/kinds/a.rs", "use kube::{CustomResource, core::Object}; use crate::systems::x;"),
        ("src/cli/a.rs", "use crate::sim; use reqwest::Client;"),
        ("src/controller/a.rs", "use kube::Client; use crate::kinds::x;"),
        ("src/controller/admin.rs", "use axum::Router; mod tests { use axum::body::Body; }"),
        ("src/lib.rs", "pub mod plan; use crate::sim::X;"),
        ("tests/a.rs", "use reqwest::Client; // todo!()"),
    ] {
        assert_eq!(said(file, text), [""; 0], "{file}: {text}");
    }
}

#[test]
fn long_files_ignored_tests_and_things_left_to_do_are_found() {
    let long = "\n".repeat(MOST_LINES + 1);
    assert_eq!(said("tests/a.rs", &"\n".repeat(MOST_LINES)), [""; 0]);
    for text in
        [&*long, "#[ignore]\nfn f() {}", "#[ignore = \"x\"] fn f() {}", "fn f() { todo!() }"]
    {
        assert_eq!(said("tests/a.rs", text).len(), 1, "{text}");
    }
    assert_eq!(said("src/cli/a.rs", "fn f() { unimplemented!() }").len(), 1);
}

#[test]
fn the_lexer_keeps_the_line_of_each_word() {
    let text = "a\n\"x\ny\" b /* c /* d */\n */ e 'f' 'g r\"h\" // i\nj";
    let words: Vec<_> = tokens(text)
        .into_iter()
        .filter(|Token { text, .. }| text.starts_with(char::is_alphabetic))
        .map(|Token { text, line }| (text, line))
        .collect();
    let expected = [("a", 1), ("b", 3), ("e", 4), ("j", 5)];
    assert_eq!(words, expected.map(|(word, line)| (word.to_owned(), line)));
}
