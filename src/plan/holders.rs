//! One object owns one account: who holds what, when several objects claim it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::{Account, Claimant, Declared, Desired, Located, ObjectName, Others, Refusal};

/// Who holds what. It knows only what is contested or given up, which is little; all other objects hold what they
/// claim.
pub(super) struct Holders<'o, K> {
    /// The keys that a removed object had and a present one of the plan claims.
    inherited: BTreeSet<K>,
    others: &'o dyn Others<K>,
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
                let rank = |object: &Declared<A>| {
                    // Who has the account goes before who only names it.
                    (object.memo.key.is_none(), object.seniority.clone(), object.object.clone())
                };
                objects.sort_by_cached_key(|object| rank(object));
                Some((claim, objects))
            }
            _ => None,
        })
    }
}

impl<'o, K: Ord + Clone + fmt::Display> Holders<'o, K> {
    /// Settles every claim.
    pub(super) fn of<A: Account<Key = K>>(
        declared: &[Declared<A>],
        located: &[Result<Located<K>, Refusal>],
        others: &'o dyn Others<K>,
    ) -> Self {
        let (mut keys, mut names, mut removed) = (Vec::new(), Vec::new(), Vec::new());
        for (object, located) in declared.iter().zip(located) {
            let key = match located {
                Ok(Located::Found(key) | Located::Other(key)) => Some((key, object)),
                Ok(Located::Absent | Located::Unknown) | Err(_) => None,
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
        let mut holders = Self { inherited, others, refused: BTreeMap::new() };
        holders.yield_to_others(&keys, |key| others.claimant(key), ToString::to_string);
        holders.yield_to_others(&names, |name| others.claimant_of_name(name), Clone::clone);
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

    /// Refuses each claim for which an object outside the plan has a better one.
    fn yield_to_others<A: Account<Key = K>, C>(
        &mut self,
        claims: &Claims<'_, A, C>,
        best: impl Fn(&C) -> Option<Claimant>,
        text: impl Fn(&C) -> String,
    ) {
        for (claim, object) in &claims.0 {
            let Some(best) = best(claim) else { continue };
            let own = Claimant {
                object: object.object.clone(),
                seniority: object.seniority.clone(),
                recorded: object.memo.key.is_some(),
            };
            if best.object != own.object && best.rank() < own.rank() {
                let (claim, with) = (text(claim), best.object.to_string());
                self.refused.insert(own.object, Refusal::Conflict { claim, with });
            }
        }
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

    /// Whether another object, one that is to be present, claims the account of `removed`.
    pub(super) fn is_inherited(&self, key: &K, removed: &ObjectName) -> bool {
        let elsewhere = || self.others.claimant(key).is_some_and(|best| best.object != *removed);
        self.inherited.contains(key) || elsewhere()
    }
}
