//! Every update user there ever was: what a test compares with what a client believes.

use jiff::Timestamp;
use serde::Serialize;

/// Accounts in the order of their creation, and deletions in theirs.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ledger {
    pub accounts: Vec<LedgerAccount>,
    pub deletions: Vec<Deletion>,
}

/// An update user; without its password.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LedgerAccount {
    #[serde(skip)]
    pub(super) number: u64,
    pub customer: String,
    pub user_name: String,
    pub nickname: String,
    pub state: AccountState,
    /// `session-1`, `seed`, or `control` for what was made behind the clients' backs.
    pub creator: String,
    pub created_at: Timestamp,
    /// How often it was blocked, whoever did it and even if it was blocked already.
    pub blocks: u32,
    pub unblocks: u32,
    pub password_changes: u32,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AccountState {
    Active,
    Blocked,
    Deleted,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Deletion {
    pub customer: String,
    pub user_name: String,
    /// Whose doing it was, in the words of [`LedgerAccount::creator`].
    pub session: String,
    pub time: Timestamp,
}
