//! Texts that are not YAML.

use std::sync::Arc;

use serde_saphyr::granit_parser::{ErrorKind, ScanError};

use super::place::Span;
use super::{Place, Problem, Source};

/// What is wrong with a text that is not YAML.
pub(super) fn error(source: &Arc<Source>, error: &ScanError) -> Problem {
    let marker = error.marker();
    let span = Span { line: marker.line().max(1), column: marker.col() + 1, length: 1 };
    let place = Place::new(source, span, mentions_secret(source.text()));
    let problem = Problem::error(format!("this is not YAML: {}", error.info())).at(place);
    match remedy(error.kind()) {
        Some(remedy) => problem.help(remedy),
        None => problem,
    }
}

/// What usually is behind an error.
fn remedy(kind: &ErrorKind) -> Option<&'static str> {
    match kind {
        ErrorKind::MappingValueNotAllowed => {
            Some("text that holds `: ` needs quotes; if this is a field, compare its indentation")
        }
        ErrorKind::ExpectedBlockMappingKey
        | ErrorKind::ExpectedBlockSequenceEntry
        | ErrorKind::BlockSequenceEntryNotAllowed
        | ErrorKind::InvalidIndentation
        | ErrorKind::SimpleKeyExpected => {
            Some("compare the indentation of this line with the lines above")
        }
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation => Some("indent with spaces, not with tabs"),
        ErrorKind::UnexpectedCharacter { .. } => {
            Some("text that begins with this character needs quotes")
        }
        ErrorKind::UnclosedQuotedScalar | ErrorKind::InvalidQuotedScalarIndent => {
            Some("a quote that was opened before is never closed")
        }
        _ => None,
    }
}

/// Whether a text may hold a Secret. It is asked when its documents cannot be told apart, so it rather says yes.
fn mentions_secret(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.match_indices("kind").any(|(at, word)| {
        let rest = text[at + word.len()..].trim_start_matches(['"', '\'']).trim_start();
        let value = rest.strip_prefix(':').map(str::trim_start);
        let line = value.and_then(|value| value.lines().next());
        line.is_some_and(|line| line.contains("secret"))
    })
}
