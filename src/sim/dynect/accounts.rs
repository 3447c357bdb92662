//! The customers, their users and their update users.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rand::RngExt;
use rand::distr::Alphanumeric;
use thiserror::Error;

use super::ledger::{AccountState, Deletion, Ledger, LedgerAccount};
use crate::sim::seed::CustomerSeed;

/// Length of a password or of the random part of a nickname that the server makes up.
const GENERATED_LENGTH: usize = 12;

pub(super) struct Accounts {
    customers: BTreeMap<String, Customer>,
    deletions: Vec<Deletion>,
    /// Deleted accounts, as they were in the end.
    gone: Vec<LedgerAccount>,
    next: u64,
}

#[derive(Default)]
pub(super) struct Customer {
    pub(super) users: BTreeMap<String, User>,
    pub(super) update_users: BTreeMap<String, UpdateUser>,
    /// Which update user has a nickname.
    nicknames: BTreeMap<String, String>,
}

pub(super) struct User {
    pub(super) password: String,
    pub(super) administrator: bool,
    pub(super) permissions: BTreeSet<String>,
}

pub(super) struct UpdateUser {
    pub(super) password: String,
    record: LedgerAccount,
}

/// Why an account cannot be made or found.
#[derive(Debug, Error, PartialEq)]
pub enum AccountError {
    #[error("there is no customer {0}")]
    UnknownCustomer(String),
    #[error("there is no user {0}")]
    UnknownUser(String),
    #[error("the nickname {0} is taken")]
    NicknameTaken(String),
    #[error("the user name {0} is taken")]
    UserNameTaken(String),
}

/// An update user to be made.
#[derive(Clone)]
pub(super) struct NewUpdateUser {
    pub(super) nickname: String,
    pub(super) user_name: Option<String>,
    pub(super) password: String,
    pub(super) blocked: bool,
}

impl Accounts {
    pub(super) fn new(seed: &BTreeMap<String, CustomerSeed>, now: Timestamp) -> Accounts {
        let mut accounts = Accounts {
            customers: BTreeMap::new(),
            deletions: Vec::new(),
            gone: Vec::new(),
            next: 0,
        };
        for (name, customer) in seed {
            let users = customer.users.iter().map(|user| {
                let permissions = user.permissions.clone();
                let password = user.password.clone();
                let user_name = user.user_name.clone();
                (user_name, User { password, administrator: user.administrator, permissions })
            });
            let users = users.collect();
            accounts.customers.insert(name.clone(), Customer { users, ..Customer::default() });
            // Given names first, so that an assigned one gives way to them.
            let (given, assigned): (Vec<_>, Vec<_>) =
                customer.update_users.iter().partition(|seed| seed.user_name.is_some());
            for seed in given.into_iter().chain(assigned) {
                let new = NewUpdateUser {
                    nickname: seed.nickname.clone(),
                    user_name: seed.user_name.clone(),
                    password: seed.password.clone(),
                    blocked: seed.blocked,
                };
                // A checked seed names nothing twice.
                let _ = accounts.create(name, new, "seed", now);
            }
        }
        accounts
    }

    pub(super) fn customer(&self, name: &str) -> Option<&Customer> {
        self.customers.get(name)
    }

    pub(super) fn user_mut(&mut self, customer: &str, user_name: &str) -> Option<&mut User> {
        self.customers.get_mut(customer)?.users.get_mut(user_name)
    }

    pub(super) fn user(&self, customer: &str, user_name: &str) -> Option<&User> {
        self.customers.get(customer)?.users.get(user_name)
    }

    pub(super) fn update_user(&self, customer: &str, user_name: &str) -> Option<&UpdateUser> {
        self.customers.get(customer)?.update_users.get(user_name)
    }

    pub(super) fn update_user_mut(
        &mut self,
        customer: &str,
        user_name: &str,
    ) -> Option<&mut UpdateUser> {
        self.customers.get_mut(customer)?.update_users.get_mut(user_name)
    }

    /// Makes an update user and returns its user name. Empty nickname and password are made up.
    pub(super) fn create(
        &mut self,
        customer: &str,
        new: NewUpdateUser,
        creator: &str,
        now: Timestamp,
    ) -> Result<String, AccountError> {
        let NewUpdateUser { mut nickname, user_name, mut password, blocked } = new;
        let Some(target) = self.customers.get_mut(customer) else {
            return Err(AccountError::UnknownCustomer(customer.to_owned()));
        };
        if nickname.is_empty() {
            nickname = format!("u-{}", generated());
        }
        if password.is_empty() {
            password = generated();
        }
        if target.nicknames.contains_key(&nickname) {
            return Err(AccountError::NicknameTaken(nickname));
        }
        let user_name = match user_name {
            Some(name) if target.update_users.contains_key(&name) => {
                return Err(AccountError::UserNameTaken(name));
            }
            Some(name) => name,
            None => target.assign(customer, &nickname),
        };
        target.nicknames.insert(nickname.clone(), user_name.clone());
        let record = LedgerAccount {
            number: self.next,
            customer: customer.to_owned(),
            user_name: user_name.clone(),
            nickname,
            state: if blocked { AccountState::Blocked } else { AccountState::Active },
            creator: creator.to_owned(),
            created_at: now,
            blocks: 0,
            unblocks: 0,
            password_changes: 0,
        };
        self.next += 1;
        target.update_users.insert(user_name.clone(), UpdateUser { password, record });
        Ok(user_name)
    }

    pub(super) fn delete(
        &mut self,
        customer: &str,
        user_name: &str,
        session: &str,
        now: Timestamp,
    ) -> Result<(), AccountError> {
        let Some(target) = self.customers.get_mut(customer) else {
            return Err(AccountError::UnknownCustomer(customer.to_owned()));
        };
        let Some(UpdateUser { mut record, .. }) = target.update_users.remove(user_name) else {
            return Err(AccountError::UnknownUser(user_name.to_owned()));
        };
        target.nicknames.remove(&record.nickname);
        record.state = AccountState::Deleted;
        self.gone.push(record);
        self.deletions.push(Deletion {
            customer: customer.to_owned(),
            user_name: user_name.to_owned(),
            session: session.to_owned(),
            time: now,
        });
        Ok(())
    }

    pub(super) fn ledger(&self) -> Ledger {
        let living = self.customers.values().flat_map(|customer| customer.update_users.values());
        let mut accounts: Vec<_> =
            living.map(|user| &user.record).chain(&self.gone).cloned().collect();
        accounts.sort_by_key(|account| account.number);
        Ledger { accounts, deletions: self.deletions.clone() }
    }
}

impl Customer {
    /// Differs from the nickname, so that no client can take one for the other.
    fn assign(&self, customer: &str, nickname: &str) -> String {
        let plain = format!("{customer}-{nickname}");
        let numbered = (2..).map(|number: u64| format!("{plain}-{number}"));
        std::iter::once(plain.clone())
            .chain(numbered)
            .find(|name| !self.update_users.contains_key(name))
            .unwrap_or(plain)
    }
}

impl UpdateUser {
    pub(super) fn blocked(&self) -> bool {
        self.record.state == AccountState::Blocked
    }

    pub(super) fn nickname(&self) -> &str {
        &self.record.nickname
    }

    pub(super) fn set_blocked(&mut self, blocked: bool) {
        if blocked {
            self.record.blocks += 1;
            self.record.state = AccountState::Blocked;
        } else {
            self.record.unblocks += 1;
            self.record.state = AccountState::Active;
        }
    }

    pub(super) fn set_password(&mut self, password: String) {
        self.record.password_changes += 1;
        self.password = password;
    }
}

/// Twelve random letters and digits; a nickname may have seventeen characters.
fn generated() -> String {
    rand::rng().sample_iter(Alphanumeric).take(GENERATED_LENGTH).map(char::from).collect()
}
