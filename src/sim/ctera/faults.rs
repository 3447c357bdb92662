//! Faults to order: which requests they hit, and when.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::fault_kind::FaultKind;
use super::request::{Request, Resource};

/// A fault that waits for its request.
///
/// It acts on the next `times` matching requests, after letting `skip` of them pass. A fault whose
/// match names neither path nor operation leaves alone what opens and ends sessions, what they say
/// of themselves, and the polls of tasks, so that it hits work.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Fault {
    pub system: &'static str,
    pub kind: FaultKind,
    /// How many requests are hit; 0: all, until reset.
    pub times: u32,
    /// How many matching requests pass before.
    pub skip: u32,
    #[serde(rename = "match")]
    pub matching: FaultMatch,
    #[serde(flatten)]
    pub parameters: FaultParameters,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct FaultMatch {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Start of the path, with its context.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The path is the whole path.
    pub exact: bool,
    /// The method that a POST invokes, such as `get-multi`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
}

/// The particulars of a fault; which kind takes which is said at [`FaultKind`].
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct FaultParameters {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub msg: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// Empty for the global context.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub millis: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<usize>,
    /// Whether the request does its work although the reply hides it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub executed: Option<bool>,
}

impl Fault {
    /// Acts once, on the next request that does work.
    #[must_use]
    pub fn new(kind: FaultKind) -> Fault {
        Fault {
            system: "ctera",
            kind,
            times: 1,
            skip: 0,
            matching: FaultMatch::default(),
            parameters: FaultParameters::default(),
        }
    }

    /// Acts on this many requests; 0: on all, until reset.
    #[must_use]
    pub fn times(mut self, times: u32) -> Fault {
        self.times = times;
        self
    }

    /// Lets this many matching requests pass before.
    #[must_use]
    pub fn skip(mut self, skip: u32) -> Fault {
        self.skip = skip;
        self
    }

    /// Acts on requests of this HTTP method only.
    #[must_use]
    pub fn method(mut self, method: &str) -> Fault {
        self.matching.method = Some(method.to_owned());
        self
    }

    /// Acts on requests whose path starts with this only.
    #[must_use]
    pub fn path(mut self, path: &str) -> Fault {
        self.matching.path = Some(path.to_owned());
        self
    }

    /// Acts on requests that invoke this method only, such as `add`.
    #[must_use]
    pub fn operation(mut self, operation: &str) -> Fault {
        self.matching.operation = Some(operation.to_owned());
        self
    }

    #[must_use]
    pub fn with(mut self, parameters: FaultParameters) -> Fault {
        self.parameters = parameters;
        self
    }

    /// Reads what the control API takes.
    ///
    /// # Errors
    /// If something is unknown, missing, or means nothing to this kind. The text names what is valid.
    pub fn from_json(fault: Value) -> Result<Fault, String> {
        let Value::Object(mut fault) = fault else {
            return Err("a fault is an object".to_owned());
        };
        match fault.remove("system") {
            Some(system) if system == "ctera" => {}
            Some(system) => return Err(format!("unknown system {system}, expected \"ctera\"")),
            None => return Err("`system` is missing, expected \"ctera\"".to_owned()),
        }
        let kind: FaultKind = field(&mut fault, "kind", None)?;
        let times = field(&mut fault, "times", Some(json!(1)))?;
        let skip = field(&mut fault, "skip", Some(json!(0)))?;
        let matching = field(&mut fault, "match", Some(json!({})))?;
        if let Some(wrong) = fault.keys().find(|key| !kind.parameters().contains(&key.as_str())) {
            let common = ["system", "kind", "times", "skip", "match"];
            let valid: Vec<_> = common.iter().chain(kind.parameters()).copied().collect();
            let kind = json!(kind);
            return Err(format!("unknown field `{wrong}`, {kind} takes {}", valid.join(", ")));
        }
        let parameters = serde_json::from_value::<FaultParameters>(Value::Object(fault))
            .map_err(|error| error.to_string())?;
        if let Some(status) = parameters.status
            && !(200..600).contains(&status)
        {
            return Err(format!("`status`: {status} is no HTTP status of a final reply"));
        }
        Ok(Fault { system: "ctera", kind, times, skip, matching, parameters })
    }

    fn hits(&self, request: &Request) -> bool {
        let FaultMatch { method, path, exact, operation } = &self.matching;
        if method.as_deref().is_some_and(|m| !m.eq_ignore_ascii_case(request.method.as_str())) {
            return false;
        }
        let invoked = request.operation();
        if operation.is_some() && *operation != invoked {
            return false;
        }
        if self.kind.is_of_queries() && invoked.as_deref() != Some("query") {
            return false;
        }
        match path.as_deref() {
            None => operation.is_some() || is_work(request, invoked.as_deref()),
            Some(path) if *exact => request.path == path,
            Some(path) => request.path.starts_with(path),
        }
    }
}

/// Neither of the session itself nor a poll of a task.
fn is_work(request: &Request, operation: Option<&str>) -> bool {
    let is_of_session = matches!(
        request.resource(),
        Resource::Startup
            | Resource::PublicInfo
            | Resource::Page
            | Resource::Login
            | Resource::Logout
            | Resource::CurrentSession
            | Resource::CurrentPortal
            | Resource::Version
            | Resource::RoleSettings(_)
            | Resource::Task(_)
    );
    !is_of_session && operation != Some("getTaskStatus")
}

fn field<T: DeserializeOwned>(
    fault: &mut Map<String, Value>,
    name: &str,
    default: Option<Value>,
) -> Result<T, String> {
    let value = fault.remove(name).or(default);
    let value = value.ok_or_else(|| format!("`{name}` is missing"))?;
    serde_json::from_value(value).map_err(|error| format!("`{name}`: {error}"))
}

/// The faults that wait, in the order in which they were asked for.
#[derive(Default)]
pub(super) struct Faults {
    waiting: Vec<Fault>,
}

impl Faults {
    pub(super) fn push(&mut self, fault: Fault) {
        self.waiting.push(fault);
    }

    pub(super) fn waiting(&self) -> &[Fault] {
        &self.waiting
    }

    pub(super) fn clear(&mut self) {
        self.waiting.clear();
    }

    /// The first fault that hits this request.
    pub(super) fn take(&mut self, request: &Request) -> Option<Fault> {
        for place in 0..self.waiting.len() {
            let Some(fault) = self.waiting.get_mut(place) else { continue };
            if !fault.hits(request) {
                continue;
            }
            if fault.skip > 0 {
                fault.skip -= 1;
                continue;
            }
            let taken = fault.clone();
            if fault.times == 1 {
                self.waiting.remove(place);
            } else {
                // Zero, which means always, stays zero.
                fault.times = fault.times.saturating_sub(1);
            }
            return Some(taken);
        }
        None
    }
}
