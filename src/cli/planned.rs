//! The plan of one session for one kind, and what becomes of it, whichever kind it is.

use futures::FutureExt;
use futures::future::LocalBoxFuture;
use serde_json::Value as Json;

use super::accounts::CliKind;
use super::keep::keep_credentials;
use super::keys::{KeyChanges, keep_access_keys};
use super::output_secrets::OutputSecrets;
use super::record::Recorder;
use super::render;
use super::state::State;
use super::target::{Members, Purpose, Session};
use crate::plan::{Account, Action, Line, ObjectName, Plan, Reason, Refusal, Summary, Verdict};
use crate::sync::{Outcome, Preview, Problem, execute};

/// What was decided about the objects of one kind that use one session.
pub struct Planned<K: CliKind> {
    pub members: Members<K>,
    pub preview: Preview<K::Account>,
    /// What is to be done with access keys, for each object that needs something.
    pub keys: Vec<KeyChanges>,
}

/// What carrying a plan out needs besides the plan.
pub struct Work<'a> {
    pub session: &'a Session,
    pub purpose: Purpose,
    pub state: &'a mut State,
    pub output: &'a OutputSecrets,
    /// Told of each object as soon as it is done.
    pub report: &'a mut dyn FnMut(&Told<'_>),
}

/// What became of one object, for a person.
pub struct Told<'a> {
    pub object: &'a ObjectName,
    pub key: Option<&'a str>,
    pub reason: Reason,
    pub problem: Option<&'a Problem>,
    /// What was done, where the reason does not say it.
    pub note: Option<&'a str>,
}

/// What became of a run's plans.
#[derive(Default)]
pub struct Done {
    /// How many objects are not as they should be.
    pub problems: usize,
    /// Accounts that are as declared, but whose credentials could not be kept.
    pub unkept: Vec<anyhow::Error>,
    /// Something was written to the system.
    pub wrote: bool,
}

/// [`Planned`], whichever kind it is about.
pub trait AnyPlanned {
    fn plan(&self) -> &dyn AnyPlan;

    fn plan_mut(&mut self) -> &mut dyn AnyPlan;

    /// What is to be done with access keys.
    fn keys(&self) -> &[KeyChanges];

    /// Remembers how many accounts there are. Returns whether that is news.
    fn count_accounts(&self, session: &Session, state: &mut State) -> bool;

    /// Carries the plan out.
    fn execute(self: Box<Self>, work: Work<'_>) -> LocalBoxFuture<'_, Done>;
}

/// A plan, whichever kind it is about.
pub trait AnyPlan {
    /// The printed plan.
    fn lines(&self) -> Box<dyn Iterator<Item = Line> + '_>;

    /// Each item as JSON.
    fn to_json(&self) -> Vec<Json>;

    fn summary(&self) -> Summary;

    /// Whether executing the plan would change anything: at the system, or in what is recorded as ours.
    fn has_changes(&self) -> bool;

    /// Whether executing the plan would send a write to the system.
    fn writes(&self) -> bool;

    /// Whether objects are forgotten while their accounts stay.
    fn releases(&self) -> bool;

    fn refusals(&self) -> Box<dyn Iterator<Item = &Refusal> + '_>;

    /// The accounts that are to stay or to become as declared, each with its object.
    fn holders(&self) -> Box<dyn Iterator<Item = (&ObjectName, &str)> + '_>;

    /// Refuses the removals that are too much. `removed` counts them, those of other plans included.
    fn limit_removals(&mut self, removed: &mut u32, most: u32);
}

impl<K: CliKind> AnyPlanned for Planned<K> {
    fn plan(&self) -> &dyn AnyPlan {
        &self.preview.plan
    }

    fn plan_mut(&mut self) -> &mut dyn AnyPlan {
        &mut self.preview.plan
    }

    fn keys(&self) -> &[KeyChanges] {
        &self.keys
    }

    fn count_accounts(&self, session: &Session, state: &mut State) -> bool {
        let accounts = self.preview.seen.accounts().len();
        state.count_accounts(&session.space, K::Account::KIND, accounts)
    }

    fn execute(self: Box<Self>, work: Work<'_>) -> LocalBoxFuture<'_, Done> {
        let Self { members, preview: Preview { plan, seen }, keys: _ } = *self;
        async move {
            let output = work.output;
            let mut recorder = Recorder { work, members: &members };
            let outcomes = execute(&*members.client, plan, &seen, &mut recorder).await;
            let mut done = Done::default();
            for outcome in &outcomes {
                let kept = keep_credentials(output, &members, &seen, outcome).await;
                done.unkept.extend(kept.err());
                let kept = keep_access_keys(&mut recorder.work, &members, outcome).await;
                done.unkept.extend(kept.err());
                done.wrote |= !outcome.written.is_empty()
                    || matches!(outcome.reason, Reason::Disabled | Reason::Deleted);
                done.problems += usize::from(outcome.problem.is_some());
            }
            done
        }
        .boxed_local()
    }
}

impl<A: Account<Key = String>> AnyPlan for Plan<A> {
    fn lines(&self) -> Box<dyn Iterator<Item = Line> + '_> {
        Box::new(self.lines())
    }

    fn to_json(&self) -> Vec<Json> {
        self.items.iter().map(render::item).collect()
    }

    fn summary(&self) -> Summary {
        self.summary()
    }

    fn has_changes(&self) -> bool {
        self.has_changes()
    }

    fn writes(&self) -> bool {
        self.writes()
    }

    fn releases(&self) -> bool {
        self.items.iter().any(|item| matches!(item.verdict, Verdict::Release))
    }

    fn refusals(&self) -> Box<dyn Iterator<Item = &Refusal> + '_> {
        Box::new(self.refusals().map(|(_, refusal)| refusal))
    }

    fn holders(&self) -> Box<dyn Iterator<Item = (&ObjectName, &str)> + '_> {
        Box::new(self.items.iter().filter_map(|item| {
            let holds = matches!(item.verdict, Verdict::Keep | Verdict::Act { .. });
            let key = item.key.as_ref().filter(|_| holds)?;
            Some((&item.object, key.as_str()))
        }))
    }

    fn limit_removals(&mut self, removed: &mut u32, most: u32) {
        for item in &mut self.items {
            let Verdict::Act { action: Action::Disable(_) | Action::Delete(_), .. } = item.verdict
            else {
                continue;
            };
            if *removed < most {
                *removed += 1;
            } else {
                item.verdict = Verdict::Refuse(Refusal::DeletionGuard);
            }
        }
    }
}

impl<'a, A: Account<Key = String>> From<&'a Outcome<A>> for Told<'a> {
    fn from(outcome: &'a Outcome<A>) -> Self {
        let Outcome { object, key, reason, problem, .. } = outcome;
        let (key, problem) = (key.as_deref(), problem.as_ref());
        Self { object, key, reason: *reason, problem, note: None }
    }
}
