//! The audit log: who asked the API server for what.

use std::fs;
use std::path::PathBuf;

use serde::Deserialize;

/// Each request is one line: not when it comes in, and of a watch not when it ends. The server writes the line before the
/// caller has the whole answer, so what somebody was told is in the log.
pub const POLICY: &str = "\
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: Metadata
";

/// The log of one control plane.
pub struct Audit {
    path: PathBuf,
}

/// A place in the log: what is written later comes after it.
#[derive(Clone, Copy, Debug)]
pub struct Mark(usize);

/// Requests, in the order of their answers.
#[derive(Clone, Debug)]
pub struct Entries(pub Vec<Entry>);

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`.
    pub verb: String,
    /// The API group; empty for the core group.
    pub group: String,
    /// The plural; empty for a path that is no resource, like `/readyz`.
    pub resource: String,
    /// Empty for the object itself.
    pub subresource: String,
    /// Empty for what has none.
    pub namespace: String,
    /// Empty for a list, and for a create whose name the server was to make.
    pub name: String,
    pub user: String,
    /// The HTTP status of the answer.
    pub code: u16,
    pub user_agent: String,
}

impl Audit {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// The end of the log as it is now.
    pub fn mark(&self) -> Mark {
        Mark(self.complete().len())
    }

    /// What was written after the mark.
    pub fn since(&self, mark: Mark) -> Entries {
        let text = self.complete();
        Entries(text[mark.0..].lines().filter_map(Entry::of).collect())
    }

    /// The lines that have an end.
    fn complete(&self) -> String {
        let mut text = fs::read_to_string(&self.path).expect("the API server writes it");
        text.truncate(text.rfind('\n').map_or(0, |end| end + 1));
        text
    }
}

impl Entries {
    /// The requests of this user, with the user's full name: `system:serviceaccount:<namespace>:<name>`.
    pub fn by(&self, user: &str) -> Entries {
        self.only(|entry| entry.user == user)
    }

    /// The requests of this user that were to change something, whether they were granted or not.
    pub fn writes_by(&self, user: &str) -> Entries {
        self.only(|entry| entry.user == user && entry.writes())
    }

    pub fn only(&self, holds: impl Fn(&Entry) -> bool) -> Entries {
        Entries(self.0.iter().filter(|entry| holds(entry)).cloned().collect())
    }
}

impl Entry {
    pub fn writes(&self) -> bool {
        !["get", "list", "watch", "head", "options"].contains(&self.verb.as_str())
    }

    /// `None` for the end of a watch, whose begin has a line of its own.
    fn of(line: &str) -> Option<Self> {
        let event: Event = serde_json::from_str(line)
            .unwrap_or_else(|error| panic!("a line of the audit log: {error}: {line}"));
        if event.verb == "watch" && event.stage == "ResponseComplete" {
            return None;
        }
        let object = event.object_ref.unwrap_or_default();
        Some(Self {
            verb: event.verb,
            group: object.api_group,
            resource: object.resource,
            subresource: object.subresource,
            namespace: object.namespace,
            name: object.name,
            user: event.user.username,
            code: event.response_status.map_or(0, |status| status.code),
            user_agent: event.user_agent,
        })
    }
}

/// `audit.k8s.io/v1` `Event`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    stage: String,
    verb: String,
    user: User,
    #[serde(default)]
    user_agent: String,
    object_ref: Option<ObjectReference>,
    response_status: Option<Status>,
}

#[derive(Deserialize)]
struct User {
    #[serde(default)]
    username: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ObjectReference {
    resource: String,
    namespace: String,
    name: String,
    api_group: String,
    subresource: String,
}

#[derive(Deserialize)]
struct Status {
    #[serde(default)]
    code: u16,
}
