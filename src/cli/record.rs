//! What a run records while it writes: in the state, and in the output Secrets.

use std::future::{Future, ready};

use jiff::Timestamp;

use super::accounts::CliKind;
use super::planned::{Told, Work};
use super::target::{Members, Purpose};
use crate::kinds::common::Source;
use crate::plan::Reason;
use crate::sync::{Journal, Outcome, Problem, Starting};

/// The name of the password among the fields of an account.
pub const PASSWORD: &str = "password";

/// Records before and after every write.
pub struct Recorder<'a, 'w, K: CliKind> {
    pub work: Work<'w>,
    pub members: &'a Members<K>,
}

impl<K: CliKind> Journal<K::Account> for Recorder<'_, '_, K> {
    /// A generated password is in its Secret before it is sent; a create is claimed before it is sent.
    fn begin(
        &mut self,
        starting: Vec<Starting<String>>,
    ) -> impl Future<Output = Vec<Result<(), String>>> + Send {
        let recorded = self.record(&starting).map_err(|error| format!("{error:#}"));
        ready(vec![recorded; starting.len()])
    }

    fn end(&mut self, outcome: &mut Outcome<K::Account>) {
        let Work { session, purpose, state, output: _, report } = &mut self.work;
        let Outcome { object, reason, memo, problem, .. } = &*outcome;
        // A plan to keep what is not ours records nothing of it; a refusal changes no memory.
        let mut news = state.remember(&session.space, object, memo.as_ref());
        let declared = self.members.objects.get(object);
        if let Some((field, value)) = declared.and_then(CliKind::created_with) {
            news |= state.remember_created_with(&session.space, object, field, value);
        }
        let removed = matches!(reason, Reason::Disabled | Reason::Deleted) && problem.is_none();
        if removed && *purpose == Purpose::Remove {
            state.count_removal(&session.space, session.guard.window(), Timestamp::now());
            news = true;
        }
        if news && let Err(error) = state.save() {
            outcome.problem = Some(Problem::Unsaved(format!("{error:#}")));
        }
        report(&Told::from(&*outcome));
    }
}

impl<K: CliKind> Recorder<'_, '_, K> {
    fn record(&mut self, starting: &[Starting<String>]) -> anyhow::Result<()> {
        let Work { session, state, output, .. } = &mut self.work;
        let mut news = false;
        for Starting { object, memo, fields } in starting {
            if let Some(keeping) = self.members.keeping.get(object)
                && keeping.source == Source::Fresh
                && fields.contains(&PASSWORD)
            {
                let declared = self.members.objects.get(object);
                let login_name = memo.key.as_ref().zip(declared);
                let login_name = login_name.map(|(key, declared)| declared.login_name(key));
                let credentials = keeping.credentials(login_name.as_deref());
                output.write(object, &keeping.output, &credentials)?;
            }
            news |= state.remember(&session.space, object, Some(memo));
        }
        if news { state.save() } else { Ok(()) }
    }
}
