//! Faults to order: which requests they hit, and when.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::fault_kind::FaultKind;
use super::request::{Request, Resource};

/// A fault that waits for its request.
///
/// It acts on the next `times` matching requests, after letting `skip` of them pass. A fault whose
/// match names no path leaves `/REST/Session` and `/REST/Job` alone, so that it hits work and
/// neither a login nor the polling of a job; no kind is excepted from this. With a path every kind
/// can act on logins too, but for the kinds that make a job, which wait for a request of a live
/// session that is no poll. While a customer is locked out, faults wait.
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
    /// Start of the path. A slash at its end or at the end of the request's path may be missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The path is the whole path.
    pub exact: bool,
}

/// The particulars of a fault; which kind takes which is said at [`FaultKind`].
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct FaultParameters {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub polls: Option<u32>,
    /// Announce the job by `incomplete` and not by 307.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incomplete: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub millis: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub info: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Whether the request does its work although the reply hides it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub executed: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub empty: Option<bool>,
}

impl Fault {
    /// Acts once, on the next request of any method and path that is no login and no poll.
    #[must_use]
    pub fn new(kind: FaultKind) -> Fault {
        Fault {
            system: "dynect",
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

    /// Acts on requests of this method only.
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
            Some(system) if system == "dynect" => {}
            Some(system) => return Err(format!("unknown system {system}, expected \"dynect\"")),
            None => return Err("`system` is missing, expected \"dynect\"".to_owned()),
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
        Ok(Fault { system: "dynect", kind, times, skip, matching, parameters })
    }
}

fn field<T: serde::de::DeserializeOwned>(
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

    /// The first fault that hits this request. `alive`: it belongs to a live session.
    pub(super) fn take(&mut self, request: &Request, alive: bool) -> Option<Fault> {
        for place in 0..self.waiting.len() {
            let Some(fault) = self.waiting.get_mut(place) else { continue };
            if !fault.hits(request, alive) {
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

impl Fault {
    fn hits(&self, request: &Request, alive: bool) -> bool {
        let FaultMatch { method, path, exact } = &self.matching;
        let resource = request.resource();
        let is_poll = matches!(resource, Resource::Job(_));
        if self.kind.makes_a_job() && (!alive || is_poll || request.is_login()) {
            return false;
        }
        if method.as_deref().is_some_and(|m| !m.eq_ignore_ascii_case(request.method.as_str())) {
            return false;
        }
        match path.as_deref() {
            None => !is_poll && resource != Resource::Session,
            Some(path) if *exact => same(&request.path) == same(path),
            Some(path) => request.path.starts_with(path) || same(&request.path) == same(path),
        }
    }
}

fn same(path: &str) -> &str {
    path.strip_suffix('/').unwrap_or(path)
}
