//! What is remembered of one object.

use std::sync::Arc;

use jiff::Timestamp;

/// What is remembered of an object between reconciles. All of it may be lost at any time.
pub(super) struct Memory<K> {
    /// Of which object of this name.
    pub uid: String,
    /// The object as our own last write left it. The cache may not have heard of it yet.
    pub written: Option<Arc<K>>,
    /// It is known that no create of ours is unfinished, whatever the finalizer says.
    pub nothing_begun: bool,
    /// A create was refused because the account exists, and it was not looked yet whether that is our own.
    pub met_existing: bool,
    /// What the object was decided from when it was last found as declared.
    pub settled: Option<u64>,
    /// The account changed at the remote system since.
    pub remote_changed: bool,
    /// When an access key is due for something.
    pub keys_next: Option<Timestamp>,
}

impl<K> Default for Memory<K> {
    fn default() -> Self {
        Self {
            uid: String::new(),
            written: None,
            nothing_begun: false,
            met_existing: false,
            settled: None,
            remote_changed: false,
            keys_next: None,
        }
    }
}
