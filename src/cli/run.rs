//! One run of `plan`, `apply` or `delete`: resolve, look, decide, and, if it comes to that, do.

use std::collections::BTreeMap;
use std::io;

use anyhow::Result;
use jiff::Timestamp;

use super::args::Source;
use super::input::{self, Input, InputErrors, Problem};
use super::keep::keep_credentials;
use super::output_secrets::OutputSecrets;
use super::record::Recorder;
use super::remedy;
use super::secrets::Secrets;
use super::signal::unless_stopped;
use super::state::State;
use super::target::{OpenSessions, Purpose, Resolver, Target, Targets};
use crate::kinds::update_user::UpdateUserAccount;
use crate::plan::{Action, Plan, Refusal, Rules, Snapshot, Verdict};
use crate::sync::{Outcome, Preview, execute, preview};

/// A run whose input is resolved. [`close`](Self::close) it in the end, whatever happened.
pub struct Run {
    pub warnings: Vec<Problem>,
    pub notices: Vec<String>,
    pub targets: Vec<Target>,
    purpose: Purpose,
    state: State,
    output: OutputSecrets,
    open: OpenSessions,
}

/// What a run does with the recorded state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Memory {
    /// It neither reads nor writes it.
    None,
    Read,
    /// It will write it, so nobody else may meanwhile.
    Written,
}

/// What became of a run's plans.
pub struct Done {
    pub outcomes: Vec<Outcome<UpdateUserAccount>>,
    /// Accounts that are as declared, but whose credentials could not be kept.
    pub unkept: Vec<anyhow::Error>,
}

/// The plan of one session.
pub struct SessionPlan {
    pub plan: Plan<UpdateUserAccount>,
    pub seen: Snapshot<UpdateUserAccount>,
}

impl Run {
    /// Loads and resolves the input. Makes no request.
    pub async fn prepare(source: &Source, purpose: Purpose, memory: Memory) -> Result<Self> {
        let Source { files, secret_env, secrets_out, state } = source;
        let input = input::load(files, io::stdin().lock())?;
        let state = match memory {
            Memory::None => State::empty(),
            Memory::Read => State::read(state)?,
            Memory::Written => State::lock(state)?,
        };
        let output = OutputSecrets::new(secrets_out.clone());
        let writes = matches!(memory, Memory::Written);
        Self::resolve(input, secret_env.as_deref(), purpose, writes, state, output).await
    }

    async fn resolve(
        input: Input,
        secret_env: Option<&str>,
        purpose: Purpose,
        writes: bool,
        state: State,
        output: OutputSecrets,
    ) -> Result<Self> {
        let environment = |name: &str| std::env::var(name).ok();
        let secrets = Secrets::new(&input.secrets, secret_env, &environment);
        let resolver = Resolver {
            secrets: &secrets,
            config_maps: &input.config_maps,
            output: &output,
            state: &state,
            purpose,
            writes,
            now: Timestamp::now(),
        };
        let open = OpenSessions::default();
        let Targets { targets, mut notices } = resolver.resolve(&input, &open).await?;
        notices.extend(state.lost_markers());
        Ok(Self { warnings: input.warnings, notices, targets, purpose, state, output, open })
    }

    /// Looks at every system once and decides. Writes nothing anywhere.
    pub async fn preview(&mut self, max_deletions: Option<u32>) -> Result<Vec<SessionPlan>> {
        let now = Timestamp::now();
        let mut looks = Vec::new();
        let mut lefts = Vec::new();
        for target in &mut self.targets {
            let guard = &target.guard;
            let used = self.state.removals(&target.space, guard.window(), now);
            let used = u32::try_from(used).unwrap_or(u32::MAX);
            let left = max_deletions.unwrap_or_else(|| guard.max_deletions().saturating_sub(used));
            lefts.push(left);
            let rules = Rules { read_only: target.read_only, removals_left: Some(left) };
            let declared = std::mem::take(&mut target.declared);
            let previous = self.state.accounts(&target.space);
            let held = self.state.held(&target.space);
            let target = &*target;
            looks.push(async move {
                let preview = preview(&*target.client, declared, &rules, &held, previous).await;
                preview.map_err(|error| remedy::problem(&target.session, &error))
            });
        }
        let mut plans = Vec::new();
        let mut errors = Vec::new();
        for look in futures::future::join_all(looks).await {
            match look {
                Ok(Preview { plan, seen }) => plans.push(SessionPlan { plan, seen }),
                Err(error) => errors.push(error),
            }
        }
        InputErrors::check(errors)?;
        self.refuse_shared_accounts(&plans)?;
        let targets = self.targets.iter().map(|target| {
            // The option counts for the whole run, a session's guard for its customer.
            if max_deletions.is_some() { "" } else { &*target.space }
        });
        guard_deletions(targets.zip(lefts), &mut plans);
        Ok(plans)
    }

    /// Two sessions may reach one customer; each plan alone cannot see that they mean one account.
    fn refuse_shared_accounts(&self, plans: &[SessionPlan]) -> Result<()> {
        let mut holders = BTreeMap::new();
        let mut errors = Vec::new();
        for (target, session) in self.targets.iter().zip(plans) {
            for item in &session.plan.items {
                let holds = matches!(item.verdict, Verdict::Keep | Verdict::Act { .. });
                let Some(key) = item.key.as_ref().filter(|_| holds) else { continue };
                if let Some(other) = holders.insert((&target.space, key), &item.object) {
                    let what = format!("{} and {other} claim one account, `{key}`", item.object);
                    errors.push(Problem::error(what).help("remove one of the two objects"));
                }
            }
        }
        Ok(InputErrors::check(errors)?)
    }

    /// Carries the plans out, one session after the other, and reports each object as soon as it is done.
    ///
    /// # Errors
    /// If the state cannot be written; then nothing was sent.
    pub async fn execute(
        &mut self,
        plans: Vec<SessionPlan>,
        report: &mut dyn FnMut(&Outcome<UpdateUserAccount>),
    ) -> Result<Done> {
        let mut news = false;
        for (target, SessionPlan { plan, seen }) in self.targets.iter().zip(&plans) {
            news |= self.state.count_accounts(&target.space, seen.accounts().len());
            // Whoever cannot record what a write did must not write.
            news |= plan.writes();
        }
        if news {
            self.state.save()?;
        }
        let mut outcomes = Vec::new();
        let mut unkept = Vec::new();
        for (target, SessionPlan { plan, seen }) in self.targets.iter().zip(plans) {
            let mut recorder = Recorder {
                state: &mut self.state,
                output: &self.output,
                target,
                purpose: self.purpose,
                report,
            };
            let done = execute(&*target.client, plan, &seen, &mut recorder).await;
            for outcome in &done {
                let kept = keep_credentials(&self.output, target, &seen, outcome).await;
                unkept.extend(kept.err());
            }
            outcomes.extend(done);
        }
        Ok(Done { outcomes, unkept })
    }

    /// Logs every session out. Who asks to stop once more is not kept waiting: sessions end by themselves.
    pub async fn close(&self) {
        let close = async {
            self.open.close_all().await;
            Ok(())
        };
        let _ = unless_stopped(close, "interrupted").await;
    }
}

/// Whether the plans hold a claim that nobody can settle, so that nothing at all should be written.
pub fn has_conflict(plans: &[SessionPlan]) -> bool {
    let mut refusals = plans.iter().flat_map(|session| session.plan.refusals());
    refusals.any(|(_, refusal)| matches!(refusal, Refusal::Conflict { .. }))
}

/// Several sessions together remove no more than one may: each plan alone does not see what the others remove.
fn guard_deletions<'a>(guards: impl Iterator<Item = (&'a str, u32)>, plans: &mut [SessionPlan]) {
    let mut removed: BTreeMap<&str, u32> = BTreeMap::new();
    for ((space, left), session) in guards.zip(plans) {
        let removed = removed.entry(space).or_default();
        for item in &mut session.plan.items {
            let Verdict::Act { action: Action::Disable(_) | Action::Delete(_), .. } = item.verdict
            else {
                continue;
            };
            if *removed < left {
                *removed += 1;
            } else {
                item.verdict = Verdict::Refuse(Refusal::DeletionGuard);
            }
        }
    }
}
