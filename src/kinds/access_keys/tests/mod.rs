//! The access keys of an account in memory.

mod crashes;
mod situations;
mod world;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use futures::FutureExt;
use jiff::Timestamp;

use self::world::{Process, World};
use super::{AccessKey, AccessKeyStatus, KeyRotation, KeySecret, KeysReport, Wish, keep_keys};
use crate::remote::Cause;

/// An account whose keys are kept, with the keys of people beside them.
#[derive(Debug)]
struct Stage {
    world: Arc<Mutex<World>>,
    declared: Vec<AccessKey>,
    recorded: Vec<AccessKeyStatus>,
    now: Timestamp,
    request: Option<&'static str>,
    create_only: bool,
    verify: bool,
}

const FOREIGN: [&str; 2] = ["PEOPLE1", "PEOPLE2"];

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

fn key(name: &str, secret: &str) -> AccessKey {
    let output_secret = KeySecret { name: secret.into(), keys: None, template: None };
    AccessKey { name: name.into(), output_secret, rotation: None }
}

fn rotated(name: &str, secret: &str) -> AccessKey {
    let overlap = Some("2h".parse().unwrap());
    let rotation = Some(KeyRotation { interval: "1d".parse().unwrap(), overlap });
    AccessKey { rotation, ..key(name, secret) }
}

impl Stage {
    fn new(declared: Vec<AccessKey>) -> Self {
        let world = World { keys: FOREIGN.map(str::to_owned).into(), ..World::default() };
        Self {
            world: Arc::new(Mutex::new(world)),
            declared,
            recorded: Vec::new(),
            now: at("2026-01-01T00:00:00Z"),
            request: None,
            create_only: false,
            verify: false,
        }
    }

    fn wish(&self) -> Wish<'_> {
        let Self { declared, recorded, now, request, create_only, verify, .. } = self;
        Wish {
            declared,
            recorded,
            request: *request,
            create_only: *create_only,
            verify: *verify,
            now: *now,
        }
    }

    /// One run of a new process; `None` if it stopped on its way. What it says of the status is not stored.
    fn try_run(&self) -> Option<KeysReport<Cause>> {
        self.edit(|world| world.calls.clear());
        let process = Process::new(&self.world);
        keep_keys(self.wish(), &process, &process).now_or_never()
    }

    /// A run that stores the status.
    fn run(&mut self) -> KeysReport<Cause> {
        let report = self.try_run().unwrap();
        self.recorded.clone_from(&report.status);
        report
    }

    fn edit<T>(&self, edit: impl FnOnce(&mut World) -> T) -> T {
        edit(&mut self.world.lock().unwrap())
    }

    fn calls(&self) -> Vec<String> {
        self.edit(|world| world.calls.clone())
    }

    /// What was asked of the remote system in the last run.
    fn remote_calls(&self) -> Vec<String> {
        let mut calls = self.calls();
        calls.retain(|call| *call == "list" || *call == "issue" || call.starts_with("revoke"));
        calls
    }

    fn current(&self, secret: &str) -> Option<String> {
        self.edit(|world| world.held(secret).current.map(|pair| pair.id))
    }

    fn previous(&self, secret: &str) -> Option<String> {
        self.edit(|world| world.held(secret).previous.map(|pair| pair.id))
    }

    /// The keys of the account that neither people made nor a Secret or the status knows.
    fn unknown(&self) -> BTreeSet<String> {
        let recorded = self.recorded.iter().flat_map(AccessKeyStatus::ids);
        let mut known: BTreeSet<String> = recorded.cloned().collect();
        known.extend(FOREIGN.map(str::to_owned));
        let (keys, stored) = self.edit(|world| (world.keys.clone(), world.stored()));
        known.extend(stored);
        keys.difference(&known).cloned().collect()
    }

    /// Everything is as declared, and there is nothing more than that.
    fn assert_kept(&self) {
        let (keys, stored) = self.edit(|world| (world.keys.clone(), world.stored()));
        let people: BTreeSet<String> = FOREIGN.map(str::to_owned).into();
        assert_eq!(keys, stored.union(&people).cloned().collect(), "{self:?}");
        for key in &self.declared {
            let kept = self.edit(|world| world.held(&key.output_secret.name));
            assert!(kept.current.is_some_and(|pair| keys.contains(&pair.id)), "{self:?}");
            assert_eq!(kept.issuing, None, "{self:?}");
        }
        let declared = self.declared.iter().map(|key| key.output_secret.name.clone());
        let secrets = self.edit(|world| world.secrets.keys().cloned().collect::<BTreeSet<_>>());
        assert_eq!(secrets, declared.collect());
        assert!(self.recorded.iter().all(|key| key.retired_access_key_ids.is_empty()));
    }
}
