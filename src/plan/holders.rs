//! One object owns one account: who holds what, when several objects claim it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Account, Declared, Desired, Located, ObjectName, Refusal};

/// Which objects claim which key or name.
type Claims<'a, A> = BTreeMap<String, Vec<&'a Declared<A>>>;

/// Who holds what.
pub(super) struct Holders {
    /// Every key or name that an object which is to be present claims.
    held: BTreeSet<String>,
    refused: BTreeMap<ObjectName, Refusal>,
}

impl Holders {
    /// Settles every claim.
    pub(super) fn of<A: Account>(
        declared: &[Declared<A>],
        located: &[Result<Located<A::Key>, Refusal>],
    ) -> Self {
        let mut present = Claims::new();
        let mut removed = Claims::new();
        for (object, located) in declared.iter().zip(located) {
            let (claims, claim) = match &object.desired {
                Desired::Present(account) => (&mut present, account.claim()),
                Desired::Absent(_) => (&mut removed, None),
            };
            let key = match located {
                Ok(Located::Found(key)) => Some(key.to_string()),
                Ok(Located::Absent) | Err(_) => None,
            };
            for held in key.into_iter().chain(claim) {
                claims.entry(held).or_default().push(object);
            }
        }
        let mut holders = Self { held: BTreeSet::new(), refused: BTreeMap::new() };
        holders.held.extend(present.keys().cloned());
        holders.contest(present);
        // What a present object holds is released by the removed ones, whoever they are; they have nothing to contest.
        removed.retain(|key, _| !holders.holds(key));
        holders.contest(removed);
        holders
    }

    /// Gives each claim to the oldest object and refuses it to the others.
    fn contest<A: Account>(&mut self, claims: Claims<'_, A>) {
        for (claim, mut objects) in claims {
            objects.sort_by(|a, b| (&a.seniority, &a.object).cmp(&(&b.seniority, &b.object)));
            let [holder, others @ ..] = &objects[..] else { continue };
            for other in others {
                let with = holder.object.to_string();
                let refusal = Refusal::Conflict { claim: claim.clone(), with };
                self.refused.insert(other.object.clone(), refusal);
            }
            // Without a date nobody can say who came first, so the first one does not hold the account either.
            if let (None, Some(other)) = (&holder.seniority, others.first()) {
                let with = other.object.to_string();
                self.refused.insert(holder.object.clone(), Refusal::Conflict { claim, with });
            }
        }
    }

    /// Why this object does not hold what it claims. Answers once.
    pub(super) fn conflict(&mut self, object: &ObjectName) -> Option<Refusal> {
        self.refused.remove(object)
    }

    /// Whether an object that is to be present claims this key.
    pub(super) fn holds(&self, key: &str) -> bool {
        self.held.contains(key)
    }
}
