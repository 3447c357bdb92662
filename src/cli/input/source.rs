//! The texts that manifests are read from.

use std::collections::HashSet;
use std::fmt;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zeroize::Zeroizing;

use super::Problem;

/// The name that standard input goes by on the command line.
const STDIN: &str = "-";

/// The most bytes that are read from one file: twice what a hundred thousand accounts need.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// What the name of the command line's own memory ends with, so that it can lie beside the manifests.
const STATE_SUFFIX: &str = ".state.json";

/// What the names of manifests in a directory end with.
const EXTENSIONS: [&str; 3] = ["yaml", "yml", "json"];

/// One file, or standard input.
///
/// It may hold Secrets, so `Debug` shows the name alone and the text is wiped when it is no longer needed.
pub struct Source {
    name: String,
    text: Zeroizing<String>,
    /// The byte at which each line begins.
    lines: Vec<usize>,
}

impl Source {
    /// Takes a text and the name to show for it.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let text = Zeroizing::new(text.into());
        let mut lines = vec![0];
        let bytes = text.as_bytes();
        for (at, byte) in bytes.iter().enumerate() {
            let ends = match byte {
                b'\n' => true,
                // YAML takes a carriage return for a line break too.
                b'\r' => bytes.get(at + 1) != Some(&b'\n'),
                _ => false,
            };
            if ends {
                lines.push(at + 1);
            }
        }
        Self { name: name.into(), text, lines }
    }

    /// The path as it was named, or `<stdin>`.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// A line without its line break, counted from 1; empty past the end.
    pub(super) fn line(&self, number: usize) -> &str {
        let begin = number.checked_sub(1).and_then(|index| self.lines.get(index));
        let end = self.lines.get(number).copied().unwrap_or(self.text.len());
        let line = begin.and_then(|begin| self.text.get(*begin..end)).unwrap_or_default();
        line.trim_end_matches(['\n', '\r'])
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Source").field(&self.name).finish()
    }
}

/// Reads what `paths` name: files as they are, directories with all manifests below them, `-` as `stdin`.
///
/// A file that is named twice, or through two paths, is read once.
pub(super) fn read(
    paths: &[PathBuf],
    mut stdin: impl Read,
    problems: &mut Vec<Problem>,
) -> Vec<Arc<Source>> {
    if paths.is_empty() {
        problems.push(Problem::error("no manifest was named; name files, directories, or `-`"));
    }
    let mut reader = Reader { sources: Vec::new(), seen: HashSet::new(), problems };
    let mut stdin_named = false;
    for path in paths {
        if path.as_os_str() != STDIN {
            reader.path(path);
        } else if stdin_named {
            let message = "`-` was named twice; standard input can be read only once";
            reader.problems.push(Problem::error(message));
        } else {
            stdin_named = true;
            reader.add("<stdin>", text_of(&mut stdin));
        }
    }
    reader.sources
}

struct Reader<'a> {
    sources: Vec<Arc<Source>>,
    /// Files and directories that were read, under their real names. It also ends circles of links.
    seen: HashSet<PathBuf>,
    problems: &'a mut Vec<Problem>,
}

impl Reader<'_> {
    fn path(&mut self, path: &Path) {
        let shown = path.display();
        // A pipe has no real name; a path that does not exist is reported when it is opened.
        let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if !self.seen.insert(real.clone()) {
            return;
        }
        if !real.is_dir() {
            self.add(shown.to_string(), fs::File::open(path).and_then(text_of));
            return;
        }
        if !self.directory(path) {
            let message = format!("`{shown}` holds no file that ends with .yaml, .yml or .json");
            self.problems.push(Problem::error(message));
        }
    }

    /// Reads the manifests below a directory, by name, and says whether there are any.
    fn directory(&mut self, path: &Path) -> bool {
        let entries = fs::read_dir(path)
            .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>());
        let mut entries: Vec<PathBuf> = match entries {
            Ok(entries) => entries,
            Err(error) => {
                let message = format!("cannot read `{}`: {error}", path.display());
                self.problems.push(Problem::error(message));
                return true;
            }
        };
        entries.sort();
        let mut found = false;
        for entry in entries {
            let hidden =
                entry.file_name().is_none_or(|name| name.as_encoded_bytes().starts_with(b"."));
            let manifest = entry.extension().is_some_and(|found| {
                EXTENSIONS.iter().any(|known| found.eq_ignore_ascii_case(known))
            });
            let remembered = entry.to_string_lossy().ends_with(STATE_SUFFIX);
            if hidden || remembered {
                continue;
            }
            if !entry.is_dir() {
                if manifest {
                    self.path(&entry);
                    found = true;
                }
            } else if fs::canonicalize(&entry).is_ok_and(|real| self.seen.insert(real)) {
                found |= self.directory(&entry);
            }
        }
        found
    }

    fn add(&mut self, name: impl Into<String>, text: io::Result<String>) {
        let name = name.into();
        match text {
            Ok(text) => self.sources.push(Arc::new(Source::new(name, text))),
            Err(error) => {
                self.problems.push(Problem::error(format!("cannot read `{name}`: {error}")));
            }
        }
    }
}

fn text_of(reader: impl Read) -> io::Result<String> {
    let mut bytes = Zeroizing::new(Vec::new());
    reader.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(io::Error::other("it is larger than 64 MiB"));
    }
    let text = str::from_utf8(&bytes).map_err(|_| io::Error::other("it is not UTF-8 text"))?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text).to_owned())
}
