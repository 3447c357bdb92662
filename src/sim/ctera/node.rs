//! The values that travel in bodies. Text is kept as it came, because nothing says what type it has.

use serde_json::{Map, Value};

/// The key of an object's class in JSON.
const CLASS: &str = "$class";
/// The key of an object's uuid in JSON.
const UUID: &str = "$uuid";

/// A value: `<val>`, `<list>`, `<obj>`, or an attribute with nothing in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Node {
    #[default]
    Null,
    Text(String),
    List(Vec<Node>),
    Object(Object),
}

/// An object. No attribute is in it twice.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Object {
    pub(super) class: Option<String>,
    pub(super) uuid: Option<String>,
    attributes: Vec<(String, Node)>,
}

impl Node {
    pub(super) fn text(text: impl Into<String>) -> Node {
        Node::Text(text.into())
    }

    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Node::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn as_list(&self) -> Option<&[Node]> {
        match self {
            Node::List(list) => Some(list),
            _ => None,
        }
    }

    pub(super) fn as_object(&self) -> Option<&Object> {
        match self {
            Node::Object(object) => Some(object),
            _ => None,
        }
    }

    /// Text as a string, a list as an array, an object with its class and uuid as `$class` and `$uuid`.
    pub(super) fn to_json(&self) -> Value {
        match self {
            Node::Null => Value::Null,
            Node::Text(text) => Value::String(text.clone()),
            Node::List(list) => list.iter().map(Node::to_json).collect(),
            Node::Object(object) => Value::Object(object.to_json()),
        }
    }

    /// The opposite of [`Node::to_json`]. Numbers and booleans become the text that they are written as.
    pub(super) fn from_json(value: Value) -> Node {
        match value {
            Value::Null => Node::Null,
            Value::Bool(yes) => Node::text(yes.to_string()),
            Value::Number(number) => Node::text(number.to_string()),
            Value::String(text) => Node::Text(text),
            Value::Array(list) => Node::List(list.into_iter().map(Node::from_json).collect()),
            Value::Object(map) => Node::Object(Object::from_json(map)),
        }
    }
}

impl Object {
    pub(super) fn of_class(class: &str) -> Object {
        Object { class: Some(class.to_owned()), ..Object::default() }
    }

    #[must_use]
    pub(super) fn with(mut self, name: &str, value: impl Into<Node>) -> Object {
        self.set(name, value.into());
        self
    }

    /// None if there is no such attribute; an attribute that is null is there.
    pub(super) fn get(&self, name: &str) -> Option<&Node> {
        self.attributes.iter().find(|(there, _)| there == name).map(|(_, value)| value)
    }

    /// The text of an attribute; none if it is missing, null, or no text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Node::as_text)
    }

    pub(super) fn set(&mut self, name: &str, value: Node) {
        match self.attributes.iter_mut().find(|(there, _)| there == name) {
            Some((_, old)) => *old = value,
            None => self.attributes.push((name.to_owned(), value)),
        }
    }

    pub(super) fn remove(&mut self, name: &str) -> Option<Node> {
        let place = self.attributes.iter().position(|(there, _)| there == name)?;
        Some(self.attributes.remove(place).1)
    }

    pub(super) fn attributes(&self) -> impl Iterator<Item = (&str, &Node)> {
        self.attributes.iter().map(|(name, value)| (name.as_str(), value))
    }

    pub(super) fn to_json(&self) -> Map<String, Value> {
        let named = [(CLASS, &self.class), (UUID, &self.uuid)];
        let named = named.into_iter().filter_map(|(key, value)| {
            value.clone().map(|value| (key.to_owned(), Value::String(value)))
        });
        let attributes = self.attributes().map(|(name, value)| (name.to_owned(), value.to_json()));
        named.chain(attributes).collect()
    }

    pub(super) fn from_json(map: Map<String, Value>) -> Object {
        let mut object = Object::default();
        for (key, value) in map {
            match (key.as_str(), value) {
                (CLASS, Value::String(class)) => object.class = Some(class),
                (UUID, Value::String(uuid)) => object.uuid = Some(uuid),
                (_, value) => object.set(&key, Node::from_json(value)),
            }
        }
        object
    }
}

impl From<&str> for Node {
    fn from(text: &str) -> Self {
        Node::text(text)
    }
}

impl From<String> for Node {
    fn from(text: String) -> Self {
        Node::Text(text)
    }
}

impl From<Option<String>> for Node {
    fn from(text: Option<String>) -> Self {
        text.map_or(Node::Null, Node::Text)
    }
}

impl From<Object> for Node {
    fn from(object: Object) -> Self {
        Node::Object(object)
    }
}
