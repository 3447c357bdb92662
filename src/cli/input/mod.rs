//! Reads manifests, and tells everything that is wrong with them at once.
//!
//! Text → documents (`parse`) → a tree that knows every place (`tree`) → checked against the schema and the rules of its
//! kind (`check`, `document`) → typed objects. The schemas of the kinds are the only source of what is right, so the
//! command line and an API server refuse the same objects.

mod check;
mod document;
mod objects;
mod origin;
mod parse;
mod place;
mod problem;
mod recognize;
mod scalar;
mod secret;
mod shape;
mod source;
mod suggest;
mod syntax;
mod tree;

pub(super) use document::Reader;
pub use objects::Objects;
pub use origin::{Loaded, Origin};
pub use place::Place;
pub use problem::{InputErrors, Level, Problem};
pub use secret::{ConfigMapDocument, SecretDocument};
pub use source::Source;

use std::io::Read;
use std::path::PathBuf;

use crate::kinds::api_session::ApiSession;

/// All objects of some manifests, each in the order in which it was read.
///
/// Guarantees: every object is valid by itself, has a name and a namespace, and no two objects of a kind have the same.
#[derive(Debug, Default)]
pub struct Input {
    pub sessions: Vec<Loaded<ApiSession>>,
    pub accounts: Objects,
    pub secrets: Vec<Loaded<SecretDocument>>,
    pub config_maps: Vec<Loaded<ConfigMapDocument>>,
    /// What a person should know, such as kinds that were ignored.
    pub warnings: Vec<Problem>,
}

/// Reads the files and directories that `paths` name, and `stdin` for `-`.
///
/// Directories are read with all below them: what ends with .yaml, .yml or .json, by name, except what is hidden. The
/// error holds everything that is wrong in any document.
pub fn load(paths: &[PathBuf], stdin: impl Read) -> Result<Input, InputErrors> {
    let mut problems = Vec::new();
    let sources = source::read(paths, stdin, &mut problems);
    let mut reader = Reader::default();
    for source in &sources {
        problems.extend(reader.read(source));
    }
    if problems.is_empty() && reader.documents == 0 {
        let names: Vec<_> = sources.iter().map(|source| format!("`{}`", source.name())).collect();
        let holds = if names.len() == 1 { "holds" } else { "hold" };
        problems.push(Problem::error(format!("{} {holds} no document", names.join(", "))));
    }
    InputErrors::check(problems)?;
    Ok(reader.finish())
}
