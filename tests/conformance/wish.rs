//! One object of a scenario, as its author wants it.

use roster::plan::{
    Account, Adoption, Declared, Deletion, Desired, Drift, Management, Memo, ObjectName, Policy,
};

use crate::subject::{KeyOf, Subject};

/// One object as its author wants it.
pub struct Wish<S: Subject> {
    pub object: ObjectName,
    pub spec: S::Spec,
    pub policy: Policy,
    pub removed: bool,
    pub created_at: Option<&'static str>,
}

impl<S: Subject> Clone for Wish<S> {
    fn clone(&self) -> Self {
        let Self { object, spec, policy, removed, created_at } = self;
        Self {
            object: object.clone(),
            spec: spec.clone(),
            policy: *policy,
            removed: *removed,
            created_at: *created_at,
        }
    }
}

impl<S: Subject> Wish<S> {
    /// The object number `number`, with the built-in policies.
    pub fn new(number: usize) -> Self {
        Self {
            object: ObjectName {
                kind: <S::Account as Account>::KIND,
                namespace: "dns".to_owned(),
                name: format!("object-{number}"),
            },
            spec: S::spec(number),
            policy: Policy {
                management: Management::Enforce,
                drift: Drift::Correct,
                adoption: Adoption::Never,
                deletion: None,
            },
            removed: false,
            created_at: None,
        }
    }

    pub fn with(mut self, edit: impl FnOnce(&mut S::Spec)) -> Self {
        edit(&mut self.spec);
        self
    }

    /// Of this account, which exists already.
    pub fn of(mut self, key: &KeyOf<S>) -> Self {
        self.spec = S::identified(&self.spec, key);
        self
    }

    pub fn management(mut self, management: Management) -> Self {
        self.policy.management = management;
        self
    }

    pub fn drift(mut self, drift: Drift) -> Self {
        self.policy.drift = drift;
        self
    }

    pub fn adoption(mut self, adoption: Adoption) -> Self {
        self.policy.adoption = adoption;
        self
    }

    pub fn removed(mut self, deletion: Option<Deletion>) -> Self {
        self.policy.deletion = deletion;
        self.removed = true;
        self
    }

    pub fn declared(&self, memo: Option<&Memo<KeyOf<S>>>) -> Declared<S::Account> {
        let (account, markers) = S::account(&self.spec, &self.object);
        Declared {
            object: self.object.clone(),
            desired: if self.removed {
                Desired::Absent(account)
            } else {
                Desired::Present(account)
            },
            policy: self.policy,
            memo: memo.cloned().unwrap_or_default(),
            markers,
            seniority: self.created_at.map(|time| (time.to_owned(), self.object.name.clone())),
        }
    }
}
