//! One object owns one account: who holds what, when several objects claim it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::{Account, Declared, Desired, Located, ObjectName, Refusal};

/// Who holds what. It knows only what is contested or given up, which is little; all other objects hold what they
/// claim.
pub(super) struct Holders<K> {
    /// The keys that a removed object had and a present one claims.
    inherited: BTreeSet<K>,
    refused: BTreeMap<ObjectName, Refusal>,
}

/// Keys or names and the objects that claim them, in the order of the claims.
struct Claims<'a, A: Account, C>(Vec<(C, &'a Declared<A>)>);

impl<'a, A: Account, C: Ord> Claims<'a, A, C> {
    fn sorted(mut claims: Vec<(C, &'a Declared<A>)>) -> Self {
        claims.sort_by(|(a, _), (b, _)| a.cmp(b));
        Self(claims)
    }

    fn has(&self, claim: &C) -> bool {
        self.0.binary_search_by(|(other, _)| other.cmp(claim)).is_ok()
    }

    /// Each claim of two or more objects, the oldest object first.
    fn contested(&self) -> impl Iterator<Item = (&C, Vec<&'a Declared<A>>)> {
        let groups = self.0.chunk_by(|(a, _), (b, _)| a == b);
        groups.filter_map(|group| match group {
            [(claim, _), _, ..] => {
                let mut objects: Vec<_> = group.iter().map(|(_, object)| *object).collect();
                objects.sort_by(|a, b| (&a.seniority, &a.object).cmp(&(&b.seniority, &b.object)));
                Some((claim, objects))
            }
            _ => None,
        })
    }
}

impl<K: Ord + Clone + fmt::Display> Holders<K> {
    /// Settles every claim.
    pub(super) fn of<A: Account<Key = K>>(
        declared: &[Declared<A>],
        located: &[Result<Located<K>, Refusal>],
    ) -> Self {
        let (mut keys, mut names, mut removed) = (Vec::new(), Vec::new(), Vec::new());
        for (object, located) in declared.iter().zip(located) {
            let key = match located {
                Ok(Located::Found(key)) => Some((key, object)),
                Ok(Located::Absent) | Err(_) => None,
            };
            match &object.desired {
                Desired::Present(account) => {
                    keys.extend(key);
                    names.extend(account.claim().map(|name| (name, object)));
                }
                Desired::Absent(_) => removed.extend(key),
            }
        }
        let (keys, names) = (Claims::sorted(keys), Claims::sorted(names));
        // What a present object holds is released by the removed ones, whoever they are; they have nothing to contest.
        let (inherited, removed): (Vec<_>, Vec<_>) =
            removed.into_iter().partition(|(key, _)| keys.has(key));
        let inherited = inherited.into_iter().map(|(key, _)| key.clone()).collect();
        let mut holders = Self { inherited, refused: BTreeMap::new() };
        for (key, objects) in keys.contested() {
            holders.contest(&key.to_string(), &objects);
        }
        for (name, objects) in names.contested() {
            holders.contest(name, &objects);
        }
        for (key, objects) in Claims::sorted(removed).contested() {
            holders.contest(&key.to_string(), &objects);
        }
        holders
    }

    /// Gives a claim to the oldest object and refuses it to the others.
    fn contest<A: Account>(&mut self, claim: &str, objects: &[&Declared<A>]) {
        let [holder, others @ ..] = objects else { return };
        let mut refuse = |object: &Declared<A>, with: &Declared<A>| {
            let (claim, with) = (claim.to_owned(), with.object.to_string());
            self.refused.insert(object.object.clone(), Refusal::Conflict { claim, with });
        };
        for other in others {
            refuse(other, holder);
        }
        // Without a date nobody can say who came first, so the first one does not hold the account either.
        if let (None, Some(other)) = (&holder.seniority, others.first()) {
            refuse(holder, other);
        }
    }

    /// Why this object does not hold what it claims. Answers once.
    pub(super) fn conflict(&mut self, object: &ObjectName) -> Option<Refusal> {
        self.refused.remove(object)
    }

    /// Whether an object that is to be present claims the account of a removed one.
    pub(super) fn is_inherited(&self, key: &K) -> bool {
        self.inherited.contains(key)
    }
}
