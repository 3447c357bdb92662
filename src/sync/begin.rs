//! What is recorded before a call, for objects that were handed in one by one.

use std::collections::BTreeMap;
use std::future::Future;

use super::batcher::Beginning;
use super::execute::Journal;
use super::outcome::{Outcome, Starting};
use crate::plan::{Account, ObjectName};

/// Lets each object record what is about to be sent for it, all at the same time.
pub(super) struct Begin<K>(pub(super) BTreeMap<ObjectName, Beginning<K>>);

impl<A: Account> Journal<A> for Begin<A::Key> {
    fn begin(
        &mut self,
        starting: Vec<Starting<A::Key>>,
    ) -> impl Future<Output = Vec<Result<(), String>>> + Send {
        let recorded = starting.into_iter().map(|starting| {
            let hook = self.0.remove(&starting.object);
            async move {
                match hook {
                    Some(hook) => hook(starting).await,
                    None => Err("nobody asked for it".to_owned()),
                }
            }
        });
        futures::future::join_all(recorded.collect::<Vec<_>>())
    }

    fn end(&mut self, _outcome: &mut Outcome<A>) {}
}
