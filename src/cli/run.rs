//! One run of `plan`, `apply` or `delete`: resolve, look, decide, and, if it comes to that, do.

use std::collections::BTreeMap;
use std::io;

use anyhow::{Context, Result};
use jiff::Timestamp;

use super::args::Source;
use super::input::{self, Input, InputErrors, Problem};
use super::keys::KeyChanges;
use super::output_secrets::OutputSecrets;
use super::planned::{AnyPlan, AnyPlanned, Done, Told, Work};
use super::remedy;
use super::secrets::Secrets;
use super::signal::unless_stopped;
use super::state::State;
use super::target::{Ground, OpenSessions, Purpose, Resolver, Session, Target, Targets};
use crate::kinds::api_session::SystemClient;
use crate::plan::{Reason, Refusal, Rules, Summary};
use crate::systems::ctera::{TaskOutcome, TaskReport};

/// A run whose input is resolved. [`close`](Self::close) it in the end, whatever happened.
pub struct Run {
    pub warnings: Vec<Problem>,
    pub notices: Vec<String>,
    /// What is to be looked at.
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

/// The plans of one session.
pub struct SessionPlan {
    pub session: Session,
    /// One for each kind that was looked at.
    pub plans: Vec<Box<dyn AnyPlanned>>,
    /// How many accounts may still be removed.
    removals_left: u32,
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

    /// Looks at every system once and decides. Writes nothing anywhere. The targets become plans.
    pub async fn preview(&mut self, max_deletions: Option<u32>) -> Result<Vec<SessionPlan>> {
        let now = Timestamp::now();
        let targets = std::mem::take(&mut self.targets);
        let looks = targets.into_iter().map(|target| {
            let Session { space, guard, .. } = &target.session;
            let used = self.state.removals(space, guard.window(), now);
            let used = u32::try_from(used).unwrap_or(u32::MAX);
            let left = max_deletions.unwrap_or_else(|| guard.max_deletions().saturating_sub(used));
            look(target, &self.state, &self.output, self.purpose, left)
        });
        let mut sessions = Vec::new();
        let mut errors = Vec::new();
        for look in futures::future::join_all(looks).await {
            match look {
                Ok(session) => sessions.push(session),
                Err(error) => errors.push(error),
            }
        }
        InputErrors::check(errors)?;
        refuse_shared_accounts(&sessions)?;
        // The option counts for the whole run, a session's guard for its customer.
        guard_deletions(&mut sessions, max_deletions.is_some());
        Ok(sessions)
    }

    /// Carries the plans out, one session after the other, and reports each object as soon as it is done.
    ///
    /// # Errors
    /// If the state cannot be written; then nothing was sent.
    pub async fn execute(
        &mut self,
        sessions: Vec<SessionPlan>,
        report: &mut dyn FnMut(&Told<'_>),
    ) -> Result<Done> {
        let mut news = false;
        for SessionPlan { session, plans, .. } in &sessions {
            for planned in plans {
                news |= planned.count_accounts(session, &mut self.state);
                // Whoever cannot record what a write did must not write.
                news |= planned.plan().writes() || !planned.keys().is_empty();
            }
        }
        if news {
            self.state.save()?;
        }
        let mut all = Done::default();
        for SessionPlan { session, plans, .. } in sessions {
            let mut wrote = false;
            for planned in plans {
                let work = Work {
                    session: &session,
                    purpose: self.purpose,
                    state: &mut self.state,
                    output: &self.output,
                    report: &mut *report,
                };
                let Done { problems, unkept, wrote: written } = planned.execute(work).await;
                all.problems += problems;
                all.unkept.extend(unkept);
                wrote |= written;
            }
            all.wrote |= wrote;
            if wrote && session.applies_changes {
                all.unkept.extend(provision(&session, report).await.err());
            }
        }
        Ok(all)
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

impl SessionPlan {
    /// The plan of each kind.
    pub fn plans(&self) -> impl Iterator<Item = &dyn AnyPlan> {
        self.plans.iter().map(|planned| planned.plan())
    }

    /// Whether executing the plans would change anything, if only that an object is forgotten.
    pub fn does_anything(&self) -> bool {
        self.changes_anything() || self.plans().any(AnyPlan::releases)
    }

    /// Whether executing the plans would change anything at the system, or in what is recorded as ours.
    pub fn changes_anything(&self) -> bool {
        self.plans().any(AnyPlan::has_changes) || self.keys().next().is_some()
    }

    /// What is to be done with access keys.
    pub fn keys(&self) -> impl Iterator<Item = &KeyChanges> {
        self.plans.iter().flat_map(|planned| planned.keys())
    }

    /// The counts over all kinds.
    pub fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        for plan in self.plans() {
            summary += plan.summary();
        }
        let alone = self.keys().filter(|keys| keys.alone).count();
        summary.change += alone;
        summary.unchanged = summary.unchanged.saturating_sub(alone);
        summary
    }
}

/// Looks at each kind of one session, all at the same time.
async fn look(
    target: Target,
    state: &State,
    output: &OutputSecrets,
    purpose: Purpose,
    removals_left: u32,
) -> Result<SessionPlan, Problem> {
    let Target { session, mut groups } = target;
    if groups.iter().all(|group| group.is_empty()) {
        // One look tells whether the session works.
        groups.truncate(1);
    } else {
        groups.retain(|group| !group.is_empty());
    }
    let rules = Rules { read_only: session.read_only, removals_left: Some(removals_left) };
    let space = &session.space;
    let ground = Ground { state, space, rules: &rules, output, purpose };
    let looks = groups.into_iter().map(|group| group.look(ground));
    let looked: Result<Vec<_>, _> = futures::future::join_all(looks).await.into_iter().collect();
    let plans = looked.map_err(|error| remedy::problem(&session, &error))?;
    Ok(SessionPlan { session, plans, removals_left })
}

/// Tells a portal to apply what was written, and waits for the end of that.
async fn provision(session: &Session, report: &mut dyn FnMut(&Told<'_>)) -> Result<()> {
    let SystemClient::CteraPortal(client) = &*session.system else { return Ok(()) };
    let applied = client.apply_changes().await.with_context(|| {
        format!("{}: the portal cannot be told to apply what was written", session.name)
    });
    let TaskReport { outcome, message } = applied?;
    let (object, key, problem) = (&session.name, None, None);
    let note = match outcome {
        TaskOutcome::Completed => "the portal has applied what was written".to_owned(),
        TaskOutcome::CompletedWithWarnings => {
            format!("the portal has applied what was written, with warnings: {message}")
        }
        TaskOutcome::StillRunning | TaskOutcome::Unknown => {
            format!("the portal applies what was written; its last word: {message}")
        }
        TaskOutcome::Failed | TaskOutcome::Stopped | TaskOutcome::Disabled => {
            anyhow::bail!("{object}: the portal has not applied what was written: {message}")
        }
    };
    report(&Told { object, key, reason: Reason::Updated, problem, note: Some(&note) });
    Ok(())
}

/// Two sessions may reach one customer; each plan alone cannot see that they mean one account.
fn refuse_shared_accounts(sessions: &[SessionPlan]) -> Result<()> {
    let mut holders = BTreeMap::new();
    let mut errors = Vec::new();
    for session in sessions {
        for (object, key) in session.plans().flat_map(AnyPlan::holders) {
            let account = (&*session.session.space, object.kind, key);
            if let Some(other) = holders.insert(account, object) {
                let what = format!("{object} and {other} claim one account, `{key}`");
                errors.push(Problem::error(what).help("remove one of the two objects"));
            }
        }
    }
    Ok(InputErrors::check(errors)?)
}

/// Whether the plans hold a claim that nobody can settle, so that nothing at all should be written.
pub fn has_conflict(sessions: &[SessionPlan]) -> bool {
    let mut refusals =
        sessions.iter().flat_map(SessionPlan::plans).flat_map(|plan| plan.refusals());
    refusals.any(|refusal| matches!(refusal, Refusal::Conflict { .. }))
}

/// Several sessions and kinds together remove no more than one may: each plan alone does not see what the others remove.
/// `together`: not even those of different account spaces may remove more.
fn guard_deletions(sessions: &mut [SessionPlan], together: bool) {
    let mut removed: BTreeMap<&str, u32> = BTreeMap::new();
    for SessionPlan { session, plans, removals_left } in sessions {
        let removed = removed.entry(if together { "" } else { &session.space }).or_default();
        for planned in plans {
            planned.plan_mut().limit_removals(removed, *removals_left);
        }
    }
}
