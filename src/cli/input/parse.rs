//! From text to documents.
//!
//! The parser's events are used, and not a deserializer, because they tell quoted scalars from others, let every
//! duplicate key be reported, and allow reading on with the next document after a syntax error.

use std::collections::HashMap;
use std::sync::Arc;

use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle, Span as ParserSpan, Tag, options};
use zeroize::Zeroizing;

use super::place::Span;
use super::tree::{Entry, Node, Scalar, Value};
use super::{Problem, Source, syntax};

/// How many values aliases may add to one document: more than any person refers to, and too few to exhaust memory.
const MAX_ALIASED: usize = 100_000;

/// How deep values may be nested; what walks them recurses. The parser allows less without aliases.
const MAX_DEPTH: usize = 256;

/// One document of a source and what is wrong with its form.
pub(super) struct Document {
    pub(super) root: Arc<Node>,
    pub(super) faults: Vec<Fault>,
}

/// A problem of a document of which it is not known yet whether it may be shown.
pub(super) struct Fault {
    pub(super) message: String,
    pub(super) span: Span,
    pub(super) related: Option<(&'static str, Span)>,
}

/// Reads all documents, leaving out empty ones. After a syntax error it goes on with the next document.
pub(super) fn documents(source: &Arc<Source>, problems: &mut Vec<Problem>) -> Vec<Document> {
    let options = options! { emit_comments: false, emit_unresolved_aliases: true };
    let mut parser = Parser::new_from_str_with_options(source.text(), options);
    let mut documents = Vec::new();
    let mut builder = Builder::default();
    while let Some(next) = parser.next_event() {
        match next {
            Ok((Event::DocumentStart(..), _)) => builder = Builder::default(),
            Ok((Event::DocumentEnd, _)) => {
                let Builder { root, faults, .. } = std::mem::take(&mut builder);
                let root = root.filter(|root| !root.is_null() || !faults.is_empty());
                documents.extend(root.map(|root| Document { root, faults }));
            }
            Ok((event, span)) => builder.event(event, span),
            Err(error) => {
                problems.push(syntax::error(source, &error));
                if !parser.proceed_next_document().unwrap_or(false) {
                    break;
                }
            }
        }
    }
    documents
}

type Anchor = usize;

/// A collection that is not complete yet.
enum Frame {
    Sequence {
        span: Span,
        anchor: Anchor,
        items: Vec<Arc<Node>>,
    },
    Mapping {
        span: Span,
        anchor: Anchor,
        entries: Vec<Entry>,
        keys: Keys,
        key: Option<(Scalar, Span)>,
    },
}

/// Where each key of a mapping is, to find it again.
type Keys = HashMap<String, Span>;

/// Builds the tree of one document.
#[derive(Default)]
struct Builder {
    frames: Vec<Frame>,
    anchors: HashMap<Anchor, Arc<Node>>,
    aliased: usize,
    root: Option<Arc<Node>>,
    faults: Vec<Fault>,
}

impl Builder {
    fn event(&mut self, event: Event<'_>, parsed: ParserSpan) {
        let span = span_of(parsed);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let plain =
                    style == ScalarStyle::Plain && !self.forces_text(tag.as_deref(), parsed);
                let text = Zeroizing::new(text.into_owned());
                self.complete(Node::new(Value::Scalar(Scalar { text, plain }), span), anchor);
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.forces_text(tag.as_deref(), parsed);
                self.frames.push(Frame::Sequence { span, anchor, items: Vec::new() });
            }
            Event::MappingStart(_, anchor, tag) => {
                self.forces_text(tag.as_deref(), parsed);
                let (entries, keys) = (Vec::new(), Keys::new());
                self.frames.push(Frame::Mapping { span, anchor, entries, keys, key: None });
            }
            Event::SequenceEnd | Event::MappingEnd => match self.frames.pop() {
                Some(Frame::Sequence { span, anchor, items }) => {
                    self.complete(Node::new(Value::Sequence(items), span), anchor);
                }
                Some(Frame::Mapping { span, anchor, entries, keys, key: _ }) => {
                    let entries = self.merge(entries, &keys);
                    self.complete(Node::new(Value::Mapping(entries), span), anchor);
                }
                None => {}
            },
            Event::Alias(anchor) => self.alias(anchor, span),
            Event::UnresolvedAlias(_) => {
                // The name is not repeated: in a Secret it is a password that lacks its quotes.
                self.fault(
                    "no anchor comes before this alias; quote text that begins with `*`",
                    span,
                );
                self.add(Arc::new(nothing(span)));
            }
            _ => {}
        }
    }

    fn fault(&mut self, message: impl Into<String>, span: Span) {
        self.faults.push(Fault { message: message.into(), span, related: None });
    }

    /// Whether the tag says that a scalar is text, whatever it looks like.
    fn forces_text(&mut self, tag: Option<&Tag>, parsed: ParserSpan) -> bool {
        let Some(tag) = tag else { return false };
        match tag.core_suffix() {
            Some("str") => true,
            Some("bool" | "float" | "int" | "map" | "null" | "seq") => false,
            _ if tag.handle().is_empty() && tag.suffix() == "!" => true,
            _ => {
                let span = parsed.tag_span().map_or_else(|| span_of(parsed), span_of);
                // The tag is not repeated: in a Secret it is a password that lacks its quotes.
                self.fault("this tag means nothing here; quote text that begins with `!`", span);
                true
            }
        }
    }

    fn alias(&mut self, anchor: Anchor, span: Span) {
        let node = match self.anchors.get(&anchor) {
            Some(node) if self.aliased.saturating_add(node.size) <= MAX_ALIASED => {
                self.aliased += node.size;
                Arc::clone(node)
            }
            Some(_) => {
                let message =
                    "the aliases of this document add more values than any manifest needs";
                self.fault(message, span);
                Arc::new(nothing(span))
            }
            None => {
                self.fault("this alias refers to a value that it is part of", span);
                Arc::new(nothing(span))
            }
        };
        self.add(node);
    }

    /// Takes a value that is complete.
    fn complete(&mut self, node: Node, anchor: Anchor) {
        let span = node.span;
        let node = if node.depth <= MAX_DEPTH {
            Arc::new(node)
        } else {
            self.fault("values are nested too deeply here", span);
            Arc::new(nothing(span))
        };
        // The parser counts anchors from 1.
        if anchor > 0 {
            self.anchors.insert(anchor, Arc::clone(&node));
        }
        self.add(node);
    }

    /// Puts a value where it belongs.
    fn add(&mut self, node: Arc<Node>) {
        match self.frames.last_mut() {
            None => self.root = Some(node),
            Some(Frame::Sequence { items, .. }) => items.push(node),
            Some(Frame::Mapping { entries, keys, key, .. }) => match key.take() {
                None => {
                    let span = node.span;
                    let (text, plain) = match &node.value {
                        Value::Scalar(scalar) => (scalar.text.clone(), scalar.plain),
                        Value::Sequence(_) | Value::Mapping(_) => {
                            self.faults.push(Fault {
                                message: "a field's name must be text".to_owned(),
                                span,
                                related: None,
                            });
                            (Zeroizing::default(), false)
                        }
                    };
                    *key = Some((Scalar { text, plain }, span));
                }
                Some((name, span)) => {
                    let merges = name.plain && *name.text == "<<";
                    if merges {
                        entries.push(Entry { key: name, span, value: node });
                    } else if let Some(first) = keys.get(name.text.as_str()) {
                        self.faults.push(Fault {
                            message: format!(
                                "the field `{}` is given twice",
                                name.text.escape_debug()
                            ),
                            span,
                            related: Some(("it is given first here", *first)),
                        });
                    } else {
                        keys.insert(name.text.to_string(), span);
                        entries.push(Entry { key: name, span, value: node });
                    }
                }
            },
        }
    }

    /// Puts the fields of merged mappings (`<<: *base`) in; the mapping's own fields win, then the earlier ones.
    fn merge(&mut self, entries: Vec<Entry>, own: &Keys) -> Vec<Entry> {
        let is_merge = |entry: &Entry| entry.key.plain && *entry.key.text == "<<";
        if !entries.iter().any(is_merge) {
            return entries;
        }
        let (merges, mut entries): (Vec<_>, Vec<_>) = entries.into_iter().partition(is_merge);
        let mut taken: Keys = own.clone();
        for Entry { span, value, .. } in merges {
            let bases = match &value.value {
                Value::Sequence(bases) => bases.iter().collect(),
                Value::Scalar(_) | Value::Mapping(_) => vec![&value],
            };
            for base in bases {
                let Value::Mapping(fields) = &base.value else {
                    self.fault("`<<` takes a mapping, or a list of mappings", span);
                    continue;
                };
                for Entry { key, span, value } in fields {
                    if taken.insert(key.text.to_string(), *span).is_none() {
                        let key = Scalar { text: key.text.clone(), plain: key.plain };
                        entries.push(Entry { key, span: *span, value: Arc::clone(value) });
                    }
                }
            }
        }
        entries
    }
}

/// What stands for a value that cannot be had. Its fault is reported, so nobody looks at it.
fn nothing(span: Span) -> Node {
    Node::new(Value::Scalar(Scalar { text: Zeroizing::default(), plain: true }), span)
}

/// The first line of what the parser points at.
fn span_of(parsed: ParserSpan) -> Span {
    let (start, end) = (parsed.start, parsed.end);
    let length = if end.line() > start.line() {
        // Whoever shows it stops at the end of the line.
        usize::MAX
    } else {
        end.col().saturating_sub(start.col())
    };
    Span { line: start.line().max(1), column: start.col() + 1, length }
}
