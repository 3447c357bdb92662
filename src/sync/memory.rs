//! A remote system in memory, for the tests of this layer: it counts what it is asked and fails on request.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard};

use crate::plan::toy::{Toy, ToyChange, ToySeen};
use crate::plan::{Action, Coverage, Declared, Snapshot, Verb};
use crate::remote::{Applied, Cause, Remote, RemoteError};

#[derive(Debug, Default)]
pub(super) struct State {
    pub accounts: BTreeMap<String, ToySeen>,
    pub lists: usize,
    pub permission_reports: usize,
    pub batches: Vec<usize>,
    /// Lists that are answered instead of the accounts, first one first.
    pub lies: Vec<Vec<&'static str>>,
    /// Accounts whose writes fail.
    pub poisoned: BTreeSet<&'static str>,
    pub unreachable: bool,
    /// The lists come page by page and prove no absence.
    pub pages: bool,
    /// How many accounts were asked for by themselves.
    pub singly: usize,
}

#[derive(Debug, Default)]
pub(super) struct Memory(Mutex<State>);

impl Memory {
    pub fn with(accounts: &[(&str, &str)]) -> Self {
        let seen = crate::plan::toy::seen(accounts);
        Self(Mutex::new(State { accounts: seen.accounts().clone(), ..State::default() }))
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

fn error(cause: Cause) -> RemoteError {
    RemoteError::new("memory", "test", cause, "as the test asked")
}

impl Remote<Toy> for Memory {
    const SYSTEM: &'static str = "memory";
    const BATCH: usize = 2;

    async fn observe(&self, parts: &BTreeSet<()>) -> Result<Snapshot<Toy>, RemoteError> {
        let mut state = self.state();
        state.lists += 1;
        if state.unreachable {
            return Err(error(Cause::Unreachable));
        }
        let mut accounts = state.accounts.clone();
        if !state.lies.is_empty() {
            let shown = state.lies.remove(0);
            accounts.retain(|key, _| shown.contains(&key.as_str()));
        }
        let coverage = if state.pages { Coverage::Pages } else { Coverage::Everything };
        Ok(Snapshot::new(accounts, coverage, parts.clone()))
    }

    async fn prove(
        &self,
        objects: &[&Declared<Toy>],
        seen: &mut Snapshot<Toy>,
    ) -> Result<(), RemoteError> {
        let mut state = self.state();
        state.singly += objects.len();
        for object in objects {
            let name = object.desired.account().name.clone();
            match state.accounts.get(&name) {
                Some(account) => seen.add(name, account.clone()),
                None => seen.prove_absent(name),
            }
        }
        Ok(())
    }

    async fn apply(&self, actions: Vec<Action<Toy>>, _seen: &Snapshot<Toy>) -> Vec<Applied<Toy>> {
        let mut state = self.state();
        state.batches.push(actions.len());
        actions.into_iter().map(|action| apply(&mut state, action)).collect()
    }

    async fn forbidden(&self) -> Result<BTreeMap<Verb, String>, RemoteError> {
        self.state().permission_reports += 1;
        Ok(BTreeMap::new())
    }
}

fn apply(state: &mut State, action: Action<Toy>) -> Applied<Toy> {
    let name = match &action {
        Action::Create(toy) => toy.name.clone(),
        Action::Update { key, .. } | Action::Disable(key) | Action::Delete(key) => key.clone(),
    };
    if state.poisoned.contains(&name.as_str()) {
        return Applied { key: None, settled: vec![], result: Err(error(Cause::Rejected)) };
    }
    let mut settled = Vec::new();
    match action {
        Action::Create(toy) => {
            settled.extend(toy.markers().keys().copied());
            let value = toy.value.unwrap_or_default();
            let secret = toy.secret.unwrap_or_default();
            state.accounts.insert(name.clone(), ToySeen { value, secret, disabled: false });
        }
        Action::Update { changes, .. } => {
            for change in changes {
                if let (ToyChange::Value(value), Some(seen)) =
                    (change, state.accounts.get_mut(&name))
                {
                    seen.value = value;
                    settled.push("value");
                }
            }
        }
        Action::Disable(key) => {
            if let Some(seen) = state.accounts.get_mut(&key) {
                seen.disabled = true;
            }
        }
        Action::Delete(key) => {
            state.accounts.remove(&key);
        }
    }
    Applied { key: Some(name), settled, result: Ok(()) }
}
