//! One run of `plan`, `apply` or `delete`: resolve, look, decide, and, if it comes to that, do.

use std::collections::BTreeMap;
use std::io;

use anyhow::{Context, Result, anyhow};
use jiff::Timestamp;

use super::args::Source;
use super::input::{self, Input, Problem};
use super::output_secrets::OutputSecrets;
use super::record::Recorder;
use super::secrets::Secrets;
use super::state::State;
use super::target::{OpenSessions, Purpose, Resolver, Target, Targets};
use crate::kinds::update_user::UpdateUserAccount;
use crate::plan::{Plan, Refusal, Rules, Seen, Snapshot, Verdict};
use crate::remote::RemoteError;
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

/// The plan of one session.
pub struct SessionPlan {
    pub plan: Plan<UpdateUserAccount>,
    pub seen: Snapshot<UpdateUserAccount>,
}

impl Run {
    /// Loads and resolves the input. Makes no request. `writes`: the state will be written, so nobody else may.
    pub async fn prepare(source: &Source, purpose: Purpose, writes: bool) -> Result<Self> {
        let Source { files, secret_env, secrets_out, state } = source;
        let input = input::load(files, io::stdin().lock())?;
        let state = if writes { State::lock(state)? } else { State::read(state)? };
        let output = OutputSecrets::new(secrets_out.clone());
        Self::resolve(input, secret_env.as_deref(), purpose, state, output).await
    }

    async fn resolve(
        input: Input,
        secret_env: Option<&str>,
        purpose: Purpose,
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
            now: Timestamp::now(),
        };
        let open = OpenSessions::default();
        let Targets { targets, notices } = resolver.resolve(&input, &open).await?;
        Ok(Self { warnings: input.warnings, notices, targets, purpose, state, output, open })
    }

    /// Looks at every system once and decides. Writes nothing anywhere.
    pub async fn preview(&mut self, max_deletions: Option<u32>) -> Result<Vec<SessionPlan>> {
        let now = Timestamp::now();
        let mut looks = Vec::new();
        for target in &mut self.targets {
            let guard = &target.guard;
            let used = self.state.removals(&target.space, guard.window(), now);
            let used = u32::try_from(used).unwrap_or(u32::MAX);
            let left = max_deletions.unwrap_or_else(|| guard.max_deletions().saturating_sub(used));
            let rules = Rules { read_only: target.read_only, removals_left: Some(left) };
            let declared = std::mem::take(&mut target.declared);
            let previous = self.state.accounts(&target.space);
            let target = &*target;
            looks.push(async move {
                let preview = preview(&*target.client, declared, &rules, previous).await;
                preview.map_err(|error| at_session(target, error))
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
        all_or_nothing(errors)?;
        self.refuse_shared_accounts(&plans)?;
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
                    errors.push(anyhow!(
                        "{} and {other} claim one account, `{key}`; remove one of the two objects",
                        item.object
                    ));
                }
            }
        }
        all_or_nothing(errors)
    }

    /// Carries the plans out, one session after the other, and reports each object as soon as it is done.
    pub async fn execute(
        &mut self,
        plans: Vec<SessionPlan>,
        report: &mut dyn FnMut(&Outcome<UpdateUserAccount>),
    ) -> Result<Vec<Outcome<UpdateUserAccount>>> {
        let mut outcomes = Vec::new();
        for (target, SessionPlan { plan, seen }) in self.targets.iter().zip(plans) {
            if self.state.count_accounts(&target.space, seen.accounts().len()) {
                self.state.save()?;
            }
            let mut recorder = Recorder {
                state: &mut self.state,
                output: &self.output,
                target,
                purpose: self.purpose,
                report,
            };
            let done = execute(&*target.client, plan, &seen, &mut recorder).await;
            for outcome in &done {
                keep_credentials(&self.output, target, &seen, outcome).await?;
            }
            outcomes.extend(done);
        }
        Ok(outcomes)
    }

    /// Logs every session out.
    pub async fn close(&self) {
        self.open.close_all().await;
    }
}

/// Whether the plans hold a claim that nobody can settle, so that nothing at all should be written.
pub fn has_conflict(plans: &[SessionPlan]) -> bool {
    let mut refusals = plans.iter().flat_map(|session| session.plan.refusals());
    refusals.any(|(_, refusal)| matches!(refusal, Refusal::Conflict { .. }))
}

fn at_session(target: &Target, error: RemoteError) -> anyhow::Error {
    anyhow::Error::new(error).context(target.session.to_string())
}

/// The first error, with the others behind it.
fn all_or_nothing(errors: Vec<anyhow::Error>) -> Result<()> {
    let mut errors = errors.into_iter();
    let Some(first) = errors.next() else { return Ok(()) };
    let others: Vec<String> = errors.map(|error| format!("\nerror: {error:#}")).collect();
    if others.is_empty() { Err(first) } else { Err(anyhow!("{first:#}{}", others.concat())) }
}

/// Writes the output Secret of an account that is as declared; a password that is not known here is read.
async fn keep_credentials(
    output: &OutputSecrets,
    target: &Target,
    seen: &Snapshot<UpdateUserAccount>,
    outcome: &Outcome<UpdateUserAccount>,
) -> Result<()> {
    let Outcome { object, key, problem, reason, .. } = outcome;
    let (Some(keeping), Some(key), None) = (target.keeping.get(object), key, problem) else {
        return Ok(());
    };
    let created = *reason == crate::plan::Reason::Created;
    let mut credentials = keeping.credentials(Some(key));
    if keeping.password.is_none() || (keeping.is_fresh() && !keeping.is_used(created)) {
        let shown = match seen.look(key) {
            Seen::Found(account) => account.password.clone(),
            Seen::Absent | Seen::Unknown => None,
        };
        credentials.generated_at = None;
        credentials.password = Some(match shown {
            Some(shown) => shown,
            None => target.client.update_user_password(key).await.map_err(|error| {
                at_session(target, error).context(format!("{object}: cannot keep its password"))
            })?,
        });
    }
    output
        .write(object, &keeping.output, &credentials)
        .with_context(|| format!("{object}: cannot keep its credentials"))
}
