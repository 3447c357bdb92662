//! Faults to order: what those of all systems have in common.

use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

/// What goes wrong in one system, and what else is said of its faults.
pub trait Kind: Copy + Debug + PartialEq + Serialize + DeserializeOwned {
    /// The name of the system.
    const SYSTEM: &'static str;
    /// Which requests a fault hits.
    type Match: Clone + Debug + Default + PartialEq + Serialize + DeserializeOwned;
    /// The particulars of a fault.
    type Parameters: Clone + Debug + Default + PartialEq + Serialize + DeserializeOwned;

    /// The names of the parameters that mean something to this kind.
    fn parameters(self) -> &'static [&'static str];
}

/// A fault that waits for its request.
///
/// It acts on the next `times` matching requests, after letting `skip` of them pass.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Fault<K: Kind> {
    pub system: &'static str,
    pub kind: K,
    /// How many requests are hit; 0: all, until reset.
    pub times: u32,
    /// How many matching requests pass before.
    pub skip: u32,
    #[serde(rename = "match")]
    pub matching: K::Match,
    #[serde(flatten)]
    pub parameters: K::Parameters,
}

impl<K: Kind> Fault<K> {
    /// Acts once, on the next request that does work.
    #[must_use]
    pub fn new(kind: K) -> Fault<K> {
        Fault {
            system: K::SYSTEM,
            kind,
            times: 1,
            skip: 0,
            matching: K::Match::default(),
            parameters: K::Parameters::default(),
        }
    }

    /// Acts on this many requests; 0: on all, until reset.
    #[must_use]
    pub fn times(mut self, times: u32) -> Fault<K> {
        self.times = times;
        self
    }

    /// Lets this many matching requests pass before.
    #[must_use]
    pub fn skip(mut self, skip: u32) -> Fault<K> {
        self.skip = skip;
        self
    }

    #[must_use]
    pub fn with(mut self, parameters: K::Parameters) -> Fault<K> {
        self.parameters = parameters;
        self
    }

    /// Reads what the control API takes.
    ///
    /// # Errors
    /// If something is unknown, missing, or means nothing to this kind. The text names what is valid.
    pub fn from_json(fault: Value) -> Result<Fault<K>, String> {
        let Value::Object(mut fault) = fault else {
            return Err("a fault is an object".to_owned());
        };
        match fault.remove("system") {
            Some(system) if system == K::SYSTEM => {}
            Some(system) => {
                return Err(format!("unknown system {system}, expected {:?}", K::SYSTEM));
            }
            None => return Err(format!("`system` is missing, expected {:?}", K::SYSTEM)),
        }
        let kind: K = field(&mut fault, "kind", None)?;
        let times = field(&mut fault, "times", Some(json!(1)))?;
        let skip = field(&mut fault, "skip", Some(json!(0)))?;
        let matching = field(&mut fault, "match", Some(json!({})))?;
        if let Some(wrong) = fault.keys().find(|key| !kind.parameters().contains(&key.as_str())) {
            let common = ["system", "kind", "times", "skip", "match"];
            let valid: Vec<_> = common.iter().chain(kind.parameters()).copied().collect();
            let kind = json!(kind);
            return Err(format!("unknown field `{wrong}`, {kind} takes {}", valid.join(", ")));
        }
        let status = fault.get("status").and_then(Value::as_u64);
        let parameters =
            serde_json::from_value(Value::Object(fault)).map_err(|error| error.to_string())?;
        if let Some(status) = status
            && !(200..600).contains(&status)
        {
            return Err(format!("`status`: {status} is no HTTP status of a final reply"));
        }
        Ok(Fault { system: K::SYSTEM, kind, times, skip, matching, parameters })
    }
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
pub(super) struct Faults<K: Kind> {
    waiting: Vec<Fault<K>>,
}

impl<K: Kind> Default for Faults<K> {
    fn default() -> Self {
        Faults { waiting: Vec::new() }
    }
}

impl<K: Kind> Faults<K> {
    pub(super) fn push(&mut self, fault: Fault<K>) {
        self.waiting.push(fault);
    }

    pub(super) fn waiting(&self) -> &[Fault<K>] {
        &self.waiting
    }

    pub(super) fn clear(&mut self) {
        self.waiting.clear();
    }

    /// The first fault that `hits` the request.
    pub(super) fn take(&mut self, hits: impl Fn(&Fault<K>) -> bool) -> Option<Fault<K>> {
        for place in 0..self.waiting.len() {
            let Some(fault) = self.waiting.get_mut(place) else { continue };
            if !hits(fault) {
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
