//! What a run records while it writes: in the state, and in the output Secrets.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::output_secrets::OutputSecrets;
use super::state::State;
use super::target::{Purpose, Target};
use crate::kinds::common::Source;
use crate::kinds::update_user::UpdateUserAccount;
use crate::plan::{Memo, ObjectName, Reason};
use crate::sync::{Journal, Outcome, Problem};

/// Records before and after every write.
pub struct Recorder<'a> {
    pub state: &'a mut State,
    pub output: &'a OutputSecrets,
    pub target: &'a Target,
    pub purpose: Purpose,
    /// The objects whose password is sent.
    pub sent: &'a BTreeSet<ObjectName>,
    pub report: &'a mut dyn FnMut(&Outcome<UpdateUserAccount>),
}

impl Journal<UpdateUserAccount> for Recorder<'_> {
    /// A generated password is in its Secret before it is sent; a create is claimed before it is sent.
    fn begin(&mut self, claims: &[(&ObjectName, Memo<String>)]) -> Result<(), String> {
        let mut news = false;
        for (object, memo) in claims {
            if let Some(keeping) = self.target.keeping.get(*object)
                && keeping.source == Source::Fresh
                && self.sent.contains(*object)
            {
                let credentials = keeping.credentials(memo.key.as_deref());
                self.output
                    .write(object, &keeping.output, &credentials)
                    .map_err(|error| format!("{error:#}"))?;
            }
            news |= self.state.remember(&self.target.space, object, Some(memo));
        }
        if news { self.state.save().map_err(|error| format!("{error:#}")) } else { Ok(()) }
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
