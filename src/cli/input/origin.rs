//! Where an object was read from.

use std::fmt;
use std::sync::Arc;

use super::place::Span;
use super::tree::Node;
use super::{Place, Problem, Source};

/// An object and where it was read from.
#[derive(Debug)]
pub struct Loaded<T> {
    pub object: T,
    pub origin: Origin,
}

/// The document that an object was read from. `Display` is `users.yaml:9`.
#[derive(Clone)]
pub struct Origin {
    source: Arc<Source>,
    node: Arc<Node>,
    /// The document is or holds a Secret: its lines are never shown.
    secret: bool,
}

impl Origin {
    pub(super) fn new(source: &Arc<Source>, node: &Arc<Node>, secret: bool) -> Self {
        Self { source: Arc::clone(source), node: Arc::clone(node), secret }
    }

    /// The file as it was named, or `<stdin>`.
    pub fn file(&self) -> &str {
        self.source.name()
    }

    /// The line where the document begins, counted from 1.
    pub fn line(&self) -> usize {
        self.node.span.line
    }

    /// Where a field such as `spec.nickname` or `spec.allowedConsumers[0].kinds` is; if it is not there, the innermost
    /// field around it that is, else the beginning of the document.
    pub fn locate(&self, path: &str) -> Place {
        let begin = Span { length: 1, ..self.node.span };
        self.place(self.node.locate(path).unwrap_or(begin))
    }

    /// An error about a field of the object.
    pub fn problem(&self, path: &str, message: impl Into<String>) -> Problem {
        Problem::error(message).at(self.locate(path))
    }

    /// Whether nothing that the document says may be repeated.
    pub(super) fn is_secret(&self) -> bool {
        self.secret
    }

    pub(super) fn place(&self, span: Span) -> Place {
        Place::new(&self.source, span, self.secret)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file(), self.line())
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Origin({self})")
    }
}
