//! The objects of every kind of account.

use std::any::Any;

use super::Loaded;
use crate::kinds::AccountResource;

/// The objects of every kind of account, those of one kind in the order in which they were read.
#[derive(Debug, Default)]
pub struct Objects {
    /// For each kind `K` that there is any of, a `Vec<Loaded<K>>`.
    lists: Vec<Box<dyn Any>>,
    count: usize,
}

impl Objects {
    /// The objects of one kind.
    pub fn of<K: AccountResource>(&self) -> &[Loaded<K>] {
        let mut lists = self.lists.iter();
        let list = lists.find_map(|list| list.downcast_ref::<Vec<Loaded<K>>>());
        list.map_or(&[], Vec::as_slice)
    }

    /// How many objects there are of all kinds.
    pub fn count(&self) -> usize {
        self.count
    }

    pub(super) fn push<K: AccountResource>(&mut self, loaded: Loaded<K>) {
        self.count += 1;
        let mut lists = self.lists.iter_mut();
        match lists.find_map(|list| list.downcast_mut::<Vec<Loaded<K>>>()) {
            Some(list) => list.push(loaded),
            None => self.lists.push(Box::new(vec![loaded])),
        }
    }
}
