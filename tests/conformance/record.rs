//! What survives the end of a process, and the end itself.

use std::collections::BTreeMap;
use std::future::{Future, ready};
use std::panic::resume_unwind;

use roster::plan::{Account, Memo, ObjectName};
use roster::sync::{Journal, Outcome, Starting};

/// What survives the end of a process: the memos, as the command line's file and a cluster's status hold them.
pub struct Record<K> {
    pub memos: BTreeMap<ObjectName, Memo<K>>,
    /// The number of accounts in the last list that was believed.
    pub accounts: Option<usize>,
    /// The process dies at the record after so many others; whether that one is still kept.
    pub dies: Option<(usize, bool)>,
    pub records: usize,
}

/// What becomes of a process that is killed.
pub struct Killed;

impl<K> Record<K> {
    /// Counts a record; whether it is kept. Kills the process when its time has come.
    fn count(&mut self, keep: impl FnOnce(&mut Self)) {
        let number = self.records;
        self.records += 1;
        match self.dies {
            Some((at, kept)) if at == number => {
                if kept {
                    keep(self);
                }
                // Without the panic hook, which would print a trace.
                resume_unwind(Box::new(Killed));
            }
            _ => keep(self),
        }
    }
}

impl<A: Account> Journal<A> for Record<A::Key> {
    fn begin(
        &mut self,
        starting: Vec<Starting<A::Key>>,
    ) -> impl Future<Output = Vec<Result<(), String>>> + Send {
        let recorded = vec![Ok(()); starting.len()];
        self.count(|record| {
            for Starting { object, memo, .. } in starting {
                record.memos.insert(object, memo);
            }
        });
        ready(recorded)
    }

    fn end(&mut self, outcome: &mut Outcome<A>) {
        let (object, memo) = (outcome.object.clone(), outcome.memo.clone());
        self.count(|record| match memo {
            Some(memo) => drop(record.memos.insert(object, memo)),
            None => drop(record.memos.remove(&object)),
        });
    }
}
