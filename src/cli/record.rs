//! What a run records while it writes: in the state, and in the output Secrets.

use std::future::{Future, ready};

use jiff::Timestamp;

use super::output_secrets::OutputSecrets;
use super::state::State;
use super::target::{Purpose, Target};
use crate::kinds::common::Source;
use crate::kinds::update_user::{PASSWORD, UpdateUserAccount};
use crate::plan::Reason;
use crate::sync::{Journal, Outcome, Problem, Starting};

/// Records before and after every write.
pub struct Recorder<'a> {
    pub state: &'a mut State,
    pub output: &'a OutputSecrets,
    pub target: &'a Target,
    pub purpose: Purpose,
    pub report: &'a mut dyn FnMut(&Outcome<UpdateUserAccount>),
}

impl Journal<UpdateUserAccount> for Recorder<'_> {
    /// A generated password is in its Secret before it is sent; a create is claimed before it is sent.
    fn begin(
        &mut self,
        starting: Vec<Starting<String>>,
    ) -> impl Future<Output = Vec<Result<(), String>>> + Send {
        let recorded = self.record(&starting).map_err(|error| format!("{error:#}"));
        ready(vec![recorded; starting.len()])
    }

    fn end(&mut self, outcome: &mut Outcome<UpdateUserAccount>) {
        let Outcome { object, reason, memo, problem, .. } = &*outcome;
        // A plan to keep what is not ours records nothing of it; a refusal changes no memory.
        let mut news = self.state.remember(&self.target.space, object, memo.as_ref());
        if let Some(nickname) = self.target.nicknames.get(object) {
            news |= self.state.remember_nickname(&self.target.space, object, nickname);
        }
        let removed = matches!(reason, Reason::Disabled | Reason::Deleted) && problem.is_none();
        if removed && self.purpose == Purpose::Remove {
            let window = self.target.guard.window();
            self.state.count_removal(&self.target.space, window, Timestamp::now());
            news = true;
        }
        if news && let Err(error) = self.state.save() {
            outcome.problem = Some(Problem::Unsaved(format!("{error:#}")));
        }
        (self.report)(outcome);
    }
}

impl Recorder<'_> {
    fn record(&mut self, starting: &[Starting<String>]) -> anyhow::Result<()> {
        let mut news = false;
        for Starting { object, memo, fields } in starting {
            if let Some(keeping) = self.target.keeping.get(object)
                && keeping.source == Source::Fresh
                && fields.contains(&PASSWORD)
            {
                let credentials = keeping.credentials(memo.key.as_deref());
                self.output.write(object, &keeping.output, &credentials)?;
            }
            news |= self.state.remember(&self.target.space, object, Some(memo));
        }
        if news { self.state.save() } else { Ok(()) }
    }
}
