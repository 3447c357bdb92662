//! From documents to objects.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use kube::core::cel::Validator;
use kube::{Resource, ResourceExt};
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};

use super::check::{Checker, Finding};
use super::parse::{self, Document, Fault};
use super::recognize::{self, Kind};
use super::shape::SHAPES;
use super::tree::{Node, Value};
use super::{ConfigMapDocument, Input, Loaded, Origin, Place, Problem, SecretDocument, Source};
use crate::cli::accounts;
use crate::kinds::api_session::ApiSession;
use crate::kinds::{AccountResource, Definition};

/// The namespace of objects that name none.
const DEFAULT_NAMESPACE: &str = "default";

/// Reads documents, one source after the other.
#[derive(Default)]
pub(in crate::cli) struct Reader {
    input: Input,
    checker: Checker,
    validator: Rules,
    /// How many documents there were, ignored ones included.
    pub(super) documents: usize,
    /// Kinds that are not ours: how many documents, and where the first one is.
    ignored: BTreeMap<String, (usize, Place)>,
    /// Where each object was declared, by kind, namespace and name.
    declared: HashMap<(String, String, String), Place>,
    /// What is wrong in the source that is being read.
    problems: Vec<Problem>,
}

/// The engine for the rules that hold between fields.
struct Rules(Validator);

impl Default for Rules {
    fn default() -> Self {
        Self(Validator::new())
    }
}

impl Reader {
    /// Reads all documents of a source and tells what is wrong with them, from top to bottom.
    pub(super) fn read(&mut self, source: &Arc<Source>) -> Vec<Problem> {
        let mut problems = Vec::new();
        let documents = parse::documents(source, &mut problems);
        self.problems = problems;
        for Document { root, faults } in documents {
            self.documents += 1;
            let secret = recognize::holds_secret(&root);
            let origin = Origin::new(source, &root, secret);
            for Fault { message, span, related } in &faults {
                let mut problem = Problem::error(message).at(origin.place(*span));
                if let Some((what, span)) = related {
                    problem = problem.related(*what, origin.place(*span));
                }
                self.problems.push(problem);
            }
            let told = self.problems.len();
            self.document(source, &root, secret);
            // What a fault left behind is not another mistake.
            let fresh = self.problems.split_off(told);
            let places: Vec<_> = faults.iter().map(|fault| Some(fault.span.begin())).collect();
            let is_fresh = |problem: &Problem| !places.contains(&position(problem));
            self.problems.extend(fresh.into_iter().filter(is_fresh));
        }
        let mut problems = std::mem::take(&mut self.problems);
        problems.sort_by_key(position);
        problems
    }

    /// What was read, with one warning for each kind that was ignored.
    pub(super) fn finish(self) -> Input {
        let Self { mut input, ignored, .. } = self;
        for (kind, (count, place)) in ignored {
            let documents =
                if count == 1 { "one document".into() } else { format!("{count} documents") };
            let message = format!("{kind} is none of Roster's kinds; {documents} ignored");
            input.warnings.push(Problem::warning(message).at(place));
        }
        input
    }

    /// Reads one object. `secret`: it may be on one line with a Secret.
    fn document(&mut self, source: &Arc<Source>, root: &Arc<Node>, secret: bool) {
        let origin = Origin::new(source, root, secret);
        match recognize::kind(root, &origin) {
            Ok(Kind::Ours(definition)) => self.object(definition, root, origin),
            Ok(Kind::List) => self.list(source, root, &origin),
            Ok(Kind::Secret) => self.secret(root, origin),
            Ok(Kind::ConfigMap) => self.config_map(root, origin),
            Ok(Kind::Foreign(kind)) => {
                let first = || (0, origin.locate("kind"));
                self.ignored.entry(kind).or_insert_with(first).0 += 1;
            }
            Err(problem) => self.problems.push(problem),
        }
    }

    fn list(&mut self, source: &Arc<Source>, root: &Node, origin: &Origin) {
        if let Some(Value::Sequence(items)) = root.get("items").map(|items| &items.value) {
            for item in items {
                self.document(source, item, origin.is_secret());
            }
        } else {
            let message = "a List has `items`, a list of objects";
            self.problems.push(origin.problem("items", message));
        }
    }

    fn object(&mut self, definition: &Definition, root: &Node, origin: Origin) {
        let Some(shape) = SHAPES.kinds.get(definition.kind.as_str()) else { return };
        if !self.has_shape(root, shape, &origin) {
            return;
        }
        let object = manifest(root);
        let broken = self.validator.0.validate_compiled(&definition.rules, &object, None);
        if let Err(errors) = broken {
            self.problems.extend(errors.into_iter().map(|error| {
                let message = match error.field_path.as_str() {
                    "" | "spec" => error.message,
                    path => format!("`{path}`: {}", error.message),
                };
                origin.problem(&error.field_path, message)
            }));
            return;
        }
        if definition.kind == ApiSession::kind(&()) {
            let session = self.typed(object, origin);
            self.input.sessions.extend(session);
        } else if let Some(kind) = accounts::all().iter().find(|it| it.name() == definition.kind) {
            kind.load(self, object, origin);
        }
    }

    /// Reads an object of this kind of account.
    pub(in crate::cli) fn account<K: AccountResource>(&mut self, object: Json, origin: Origin) {
        if let Some(loaded) = self.typed::<K>(object, origin) {
            self.input.accounts.push(loaded);
        }
    }

    fn typed<K>(&mut self, object: Json, origin: Origin) -> Option<Loaded<K>>
    where
        K: Resource<DynamicType = ()> + DeserializeOwned,
    {
        let mut spec_alone = object.clone();
        if let Some(fields) = spec_alone.as_object_mut() {
            fields.remove("status");
        }
        // Nobody writes a status by hand, so one that cannot be read is no mistake to report.
        let read =
            serde_json::from_value::<K>(object).or_else(|_| serde_json::from_value(spec_alone));
        match read {
            Ok(object) => {
                let namespace = object.namespace().unwrap_or_default();
                self.declare(&K::kind(&()), &namespace, &object.name_any(), &origin);
                Some(Loaded { object, origin })
            }
            Err(error) => {
                self.problems.push(origin.problem("", format!("this cannot be read: {error}")));
                None
            }
        }
    }

    fn secret(&mut self, root: &Node, origin: Origin) {
        if !self.has_shape(root, &SHAPES.secret, &origin) {
            return;
        }
        let (namespace, name) = self.named("Secret", root, &origin);
        let mut findings = Vec::new();
        let object = SecretDocument::read(namespace, name, root, &mut findings);
        self.report(findings, &origin);
        self.input.secrets.push(Loaded { object, origin });
    }

    fn config_map(&mut self, root: &Node, origin: Origin) {
        if !self.has_shape(root, &SHAPES.config_map, &origin) {
            return;
        }
        let (namespace, name) = self.named("ConfigMap", root, &origin);
        let object = ConfigMapDocument::read(namespace, name, root);
        self.input.config_maps.push(Loaded { object, origin });
    }

    /// The namespace and name of a document that has one.
    fn named(&mut self, kind: &str, root: &Node, origin: &Origin) -> (String, String) {
        let text = |field| root.get("metadata").and_then(|metadata| metadata.text_of(field));
        let namespace = text("namespace").unwrap_or(DEFAULT_NAMESPACE);
        let name = text("name").unwrap_or_default();
        self.declare(kind, namespace, name, origin);
        (namespace.to_owned(), name.to_owned())
    }

    /// Remembers an object, and reports it if there was one of that name already.
    fn declare(&mut self, kind: &str, namespace: &str, name: &str, origin: &Origin) {
        let key = (kind.to_owned(), namespace.to_owned(), name.to_owned());
        let place = origin.locate("metadata.name");
        if let Some(first) = self.declared.get(&key) {
            let message =
                format!("{kind} {namespace}/{name} is declared twice; remove one of the two");
            let problem = Problem::error(message).at(place);
            self.problems.push(problem.related("it is declared first here", first.clone()));
        } else {
            self.declared.insert(key, place);
        }
    }

    /// Whether a document has the shape of its kind.
    fn has_shape(&mut self, root: &Node, shape: &Json, origin: &Origin) -> bool {
        let findings = self.checker.check(root, shape, origin.is_secret());
        let fits = findings.is_empty();
        self.report(findings, origin);
        fits
    }

    fn report(&mut self, findings: Vec<Finding>, origin: &Origin) {
        for Finding { message, span, help } in findings {
            let problem = Problem::error(message).at(origin.place(span));
            self.problems.push(match help {
                Some(help) => problem.help(help),
                None => problem,
            });
        }
    }
}

/// What a person wants of an object, without what an API server added to its metadata. The status stays: in an object
/// that comes out of a cluster it says which account is meant.
fn manifest(root: &Node) -> Json {
    let mut metadata = json!({ "namespace": DEFAULT_NAMESPACE });
    for field in ["name", "namespace", "labels", "annotations"] {
        if let Some(value) = root.get("metadata").and_then(|metadata| metadata.get(field)) {
            metadata[field] = value.to_json();
        }
    }
    let mut object = json!({ "metadata": metadata });
    for field in ["apiVersion", "kind", "spec", "status"] {
        if let Some(value) = root.get(field) {
            object[field] = value.to_json();
        }
    }
    object
}

/// Where a problem is, to sort by.
fn position(problem: &Problem) -> Option<(usize, usize)> {
    problem.place().map(|place| (place.line(), place.column()))
}
