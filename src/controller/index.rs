//! Which objects of one kind claim which account, use which session and refer to which Secret.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::metrics::AccountState;
use super::names::Name;
use crate::plan::Claimant;

/// What the index knows of one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub session: Name,
    /// The account that is recorded as this object's.
    pub recorded: Option<String>,
    /// The account that its author named.
    pub declared: Option<String>,
    /// A name that only one account can have.
    pub claim: Option<String>,
    pub claimant: Claimant,
    /// It has our finalizer, so something is owed to its account.
    pub owes: bool,
    pub said: Said,
    /// For the metrics; it also tells whether the object is to go.
    pub state: AccountState,
    /// The Secrets that it reads or writes, in its namespace.
    pub secrets: BTreeSet<String>,
}

/// What the conditions of an object say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Said {
    pub ready: bool,
    pub drifted: bool,
    /// Its removal waits for the session's guard, or for a person.
    pub blocked: bool,
}

/// The objects of one session by what they claim.
#[derive(Debug, Default)]
struct OfSession {
    objects: BTreeSet<Name>,
    by_account: HashMap<String, BTreeSet<Name>>,
    by_claim: HashMap<String, BTreeSet<Name>>,
    /// Kept up to date with every object: sessions ask after each change of one.
    counts: Counts,
}

/// How many objects of a session are in which state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub total: i64,
    pub ready: i64,
    pub drifted: i64,
    pub blocked: i64,
    /// Objects that have an account.
    pub managed: i64,
    /// Each object once.
    pub states: BTreeMap<AccountState, u64>,
}

impl Entry {
    /// Whether the object is to go.
    fn goes(&self) -> bool {
        self.state == AccountState::Deleting
    }
}

impl Counts {
    fn add(&mut self, entry: &Entry) {
        self.change(entry, 1);
        *self.states.entry(entry.state).or_default() += 1;
    }

    fn take_away(&mut self, entry: &Entry) {
        self.change(entry, -1);
        if let Some(count) = self.states.get_mut(&entry.state) {
            *count = count.saturating_sub(1);
        }
    }

    fn change(&mut self, entry: &Entry, by: i64) {
        let counted = |holds: bool| if holds { by } else { 0 };
        self.total += by;
        self.ready += counted(entry.said.ready);
        self.drifted += counted(entry.said.drifted);
        self.blocked += counted(entry.said.blocked);
        self.managed += counted(entry.recorded.is_some());
    }
}

#[derive(Debug, Default)]
pub(super) struct Index {
    entries: HashMap<Name, Entry>,
    sessions: HashMap<Name, OfSession>,
    by_secret: HashMap<Name, BTreeSet<Name>>,
}

impl Index {
    /// Takes the object as it is now. Returns who claims the same and may have to look again: all that share a claim
    /// with what it was or is.
    pub fn put(&mut self, name: Name, entry: Entry) -> BTreeSet<Name> {
        if self.entries.get(&name) == Some(&entry) {
            return BTreeSet::new();
        }
        let mut rivals = self.remove(&name);
        let of_session = self.sessions.entry(entry.session.clone()).or_default();
        of_session.objects.insert(name.clone());
        of_session.counts.add(&entry);
        for account in [&entry.recorded, &entry.declared].into_iter().flatten() {
            of_session.by_account.entry(account.clone()).or_default().insert(name.clone());
        }
        if let Some(claim) = &entry.claim {
            of_session.by_claim.entry(claim.clone()).or_default().insert(name.clone());
        }
        for secret in &entry.secrets {
            let secret = Name::new(&name.namespace, secret);
            self.by_secret.entry(secret).or_default().insert(name.clone());
        }
        rivals.extend(self.rivals(&entry));
        rivals.remove(&name);
        self.entries.insert(name, entry);
        rivals
    }

    /// Forgets the object. Returns who claims the same.
    pub fn remove(&mut self, name: &Name) -> BTreeSet<Name> {
        let Some(entry) = self.entries.remove(name) else { return BTreeSet::new() };
        if let Some(of_session) = self.sessions.get_mut(&entry.session) {
            of_session.objects.remove(name);
            of_session.counts.take_away(&entry);
            for account in [&entry.recorded, &entry.declared].into_iter().flatten() {
                take(&mut of_session.by_account, account, name);
            }
            if let Some(claim) = &entry.claim {
                take(&mut of_session.by_claim, claim, name);
            }
            if of_session.objects.is_empty() {
                self.sessions.remove(&entry.session);
            }
        }
        for secret in &entry.secrets {
            take(&mut self.by_secret, &Name::new(&name.namespace, secret), name);
        }
        let mut rivals = self.rivals(&entry);
        rivals.remove(name);
        rivals
    }

    fn rivals(&self, entry: &Entry) -> BTreeSet<Name> {
        // Objects of other sessions on the same account space look again when their session is next looked at.
        let Some(of_session) = self.sessions.get(&entry.session) else { return BTreeSet::new() };
        let accounts = [&entry.recorded, &entry.declared].into_iter().flatten();
        let by_account = accounts.filter_map(|account| of_session.by_account.get(account));
        let by_claim = entry.claim.iter().filter_map(|claim| of_session.by_claim.get(claim));
        by_account.chain(by_claim).flatten().cloned().collect()
    }

    /// Forgets the objects of the watched namespace, or of all, that are not among these.
    pub fn retain(&mut self, namespace: Option<&str>, known: &BTreeSet<Name>) {
        let watched = |name: &&Name| namespace.is_none_or(|watched| watched == name.namespace);
        let gone: Vec<Name> = self
            .entries
            .keys()
            .filter(watched)
            .filter(|name| !known.contains(*name))
            .cloned()
            .collect();
        for name in gone {
            self.remove(&name);
        }
    }

    /// Every object that uses the session.
    pub fn of_session(&self, session: &Name) -> impl Iterator<Item = (&Name, &Entry)> {
        let objects = self.sessions.get(session).into_iter().flat_map(|of| &of.objects);
        objects.filter_map(|name| self.entries.get_key_value(name))
    }

    /// The objects of these sessions that hold or name the account.
    pub fn of_account<'a>(
        &'a self,
        sessions: impl IntoIterator<Item = &'a Name>,
        account: &str,
    ) -> impl Iterator<Item = (&'a Name, &'a Entry)> {
        let of = sessions.into_iter().filter_map(|session| self.sessions.get(session));
        let names = of.filter_map(move |of| of.by_account.get(account)).flatten();
        names.filter_map(|name| self.entries.get_key_value(name))
    }

    /// The best claim to the account, among objects that are to be present.
    pub fn claimant<'a>(
        &'a self,
        sessions: impl IntoIterator<Item = &'a Name>,
        account: &str,
    ) -> Option<Claimant> {
        let present = self.of_account(sessions, account).filter(|(_, entry)| !entry.goes());
        let claims = present.map(|(_, entry)| Claimant {
            recorded: entry.recorded.as_deref() == Some(account),
            ..entry.claimant.clone()
        });
        claims.min_by(Claimant::compare)
    }

    /// The best claim to the name, among objects that are to be present.
    pub fn claimant_of_name<'a>(
        &'a self,
        sessions: impl IntoIterator<Item = &'a Name>,
        claim: &str,
    ) -> Option<Claimant> {
        let of = sessions.into_iter().filter_map(|session| self.sessions.get(session));
        let names = of.filter_map(|of| of.by_claim.get(claim)).flatten();
        let entries = names.filter_map(|name| self.entries.get(name));
        let present = entries.filter(|entry| !entry.goes());
        present.map(|entry| entry.claimant.clone()).min_by(Claimant::compare)
    }

    /// The objects that read or write the Secret.
    pub fn of_secret(&self, secret: &Name) -> impl Iterator<Item = &Name> {
        self.by_secret.get(secret).into_iter().flatten()
    }

    /// How many objects of the session are in which state.
    pub fn counts(&self, session: &Name) -> Counts {
        self.sessions.get(session).map(|of| of.counts.clone()).unwrap_or_default()
    }
}

fn take<Q: std::hash::Hash + Eq>(map: &mut HashMap<Q, BTreeSet<Name>>, key: &Q, name: &Name) {
    if let Some(names) = map.get_mut(key) {
        names.remove(name);
        if names.is_empty() {
            map.remove(key);
        }
    }
}

/// The sessions of each account space: they reach the same accounts.
#[derive(Debug, Default)]
pub(super) struct Spaces(BTreeMap<String, BTreeSet<Name>>);

impl Spaces {
    /// The session reaches this account space, and no other any more.
    pub fn put(&mut self, session: &Name, space: &str) {
        self.remove(session);
        self.0.entry(space.to_owned()).or_default().insert(session.clone());
    }

    pub fn remove(&mut self, session: &Name) {
        self.0.retain(|_, sessions| {
            sessions.remove(session);
            !sessions.is_empty()
        });
    }

    pub fn sessions(&self, space: &str) -> impl Iterator<Item = &Name> {
        self.0.get(space).into_iter().flatten()
    }
}

#[cfg(test)]
mod tests;
