//! A small kind of account for the tests of the engine: the system assigns the key, shows `value`, hides `secret`.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::{
    Account, Adoption, Change, Claim, Coverage, Declared, Desired, Drift, Located, Management,
    Marker, Memo, ObjectName, Policy, Refusal, Seen, Snapshot,
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Toy {
    pub name: String,
    pub value: Option<String>,
    pub secret: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ToySeen {
    pub value: String,
    pub secret: String,
    pub disabled: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ToyChange {
    Value(String),
    Secret,
    Enable,
}

impl fmt::Display for ToyChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(to) => write!(f, "value: {to}"),
            Self::Secret => f.write_str("secret: (sensitive, changed)"),
            Self::Enable => f.write_str("enabled"),
        }
    }
}

impl Change for ToyChange {
    fn field(&self) -> &'static str {
        match self {
            Self::Value(_) => "value",
            Self::Secret => "secret",
            Self::Enable => "enabled",
        }
    }
}

impl Toy {
    pub fn markers(&self) -> BTreeMap<&'static str, Marker> {
        let mut markers = BTreeMap::from([("enabled", Marker::new("yes"))]);
        markers.extend(self.value.as_ref().map(|value| ("value", Marker::new(value))));
        markers.extend(self.secret.as_ref().map(|secret| ("secret", Marker::new(secret))));
        markers
    }
}

impl Account for Toy {
    const KIND: &'static str = "Toy";
    type Key = String;
    type Part = ();
    type Observed = ToySeen;
    type Change = ToyChange;

    fn locate(
        &self,
        memo: &Memo<String>,
        seen: &Snapshot<Self>,
        is_held: &dyn Fn(&String) -> bool,
    ) -> Result<Located<String>, Refusal> {
        let key = memo.key.clone().unwrap_or_else(|| self.name.clone());
        if memo.key.is_none() && is_held(&key) {
            return Ok(Located::Absent);
        }
        match seen.look(&key) {
            Seen::Found(_) => Ok(Located::Found(key)),
            Seen::Absent => Ok(Located::Absent),
            Seen::Unknown => Ok(Located::Unknown),
        }
    }

    fn changes(&self, observed: &ToySeen, memo: &Memo<String>) -> Vec<ToyChange> {
        let mut changes = Vec::new();
        if observed.disabled {
            changes.push(ToyChange::Enable);
        }
        if let Some(value) = self.value.as_ref().filter(|value| **value != observed.value) {
            changes.push(ToyChange::Value(value.clone()));
        }
        let applied = memo.applied.get("secret");
        if applied.is_some() && applied != self.markers().get("secret") && self.secret.is_some() {
            changes.push(ToyChange::Secret);
        }
        changes
    }

    fn creation(&self) -> Result<Vec<ToyChange>, Refusal> {
        Ok(self.value.iter().cloned().map(ToyChange::Value).collect())
    }

    fn claim(&self) -> Option<String> {
        Some(format!("name {}", self.name))
    }

    fn alias(_observed: &ToySeen) -> Option<Cow<'_, str>> {
        None
    }

    fn part(&self) {}

    fn signature(&self) -> Option<Marker> {
        Some(Marker::new(&self.name))
    }

    fn evidence(&self, _seen: &Snapshot<Self>) -> Option<Marker> {
        self.signature()
    }

    fn is_unchanged(before: &ToySeen, now: &ToySeen) -> bool {
        before == now
    }

    fn is_disabled(observed: &ToySeen) -> bool {
        observed.disabled
    }
}

pub(crate) const POLICY: Policy = Policy {
    management: Management::Enforce,
    drift: Drift::Correct,
    adoption: Adoption::Never,
    deletion: None,
};

pub(crate) fn object(name: &str) -> ObjectName {
    ObjectName { kind: "Toy", namespace: "default".into(), name: name.into() }
}

/// A toy declared under its own name, remembered as nothing yet.
pub(crate) fn declared(toy: Toy) -> Declared<Toy> {
    Declared {
        object: object(&toy.name),
        markers: toy.markers(),
        desired: Desired::Present(toy),
        policy: POLICY,
        memo: Memo::default(),
        seniority: None,
    }
}

pub(crate) fn toy(name: &str, value: &str) -> Toy {
    Toy { name: name.into(), value: Some(value.into()), secret: None }
}

pub(crate) fn seen(accounts: &[(&str, &str)]) -> Snapshot<Toy> {
    let seen =
        |value: &str| ToySeen { value: value.into(), secret: String::new(), disabled: false };
    let accounts = accounts.iter().map(|(key, value)| ((*key).into(), seen(value))).collect();
    Snapshot::new(accounts, Coverage::Everything, BTreeSet::from([()]))
}

/// The memo of an account that is held, or of a create that was begun.
pub(crate) fn claimed(key: Option<&str>, origin: super::Origin) -> Memo<String> {
    Memo {
        key: key.map(Into::into),
        origin: key.map(|_| origin),
        claim: key.is_none().then_some(Claim { evidence: None }),
        applied: BTreeMap::new(),
    }
}
