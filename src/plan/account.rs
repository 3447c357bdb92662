//! What a kind of account must be able to say about itself, and one declared object of it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use super::{Policy, Refusal, Snapshot, Verb};

/// One account of a remote system, as declared, with its secrets resolved.
///
/// An implementation is pure: no method does I/O, and equal input gives an equal answer. A field that the author left
/// out is unmanaged: it never appears among the changes.
pub trait Account: Sized + fmt::Debug {
    /// The word for one account in plans and messages, for example `UpdateUser`.
    const KIND: &'static str;

    /// What the remote system identifies the account by. It is stable for the life of the account.
    type Key: Ord + Clone + fmt::Debug + fmt::Display + Send + Sync;
    /// What is read of the system together: it has one list for each. `()` for a system with one list. The default one is
    /// there in any case.
    type Part: Default + Ord + Clone + fmt::Debug + Send + Sync;
    /// The account as the remote system shows it. `Debug` shows no secret.
    type Observed: Clone + fmt::Debug + Send + Sync;
    /// One managed field that differs.
    type Change: Change + Send + Sync;

    /// Finds this account among those that were seen.
    ///
    /// Identity only: what was recorded when the account was created or adopted comes first, then what the author
    /// wrote. [`Located::Absent`] is a proof, not a guess; when the snapshot cannot prove it, the answer is
    /// [`Located::Unknown`], or a refusal where no further look would help.
    ///
    /// `is_held` tells whether an object is recorded to hold an account. The result of an unfinished create is none of
    /// those, however much it resembles one.
    fn locate(
        &self,
        memo: &Memo<Self::Key>,
        seen: &Snapshot<Self>,
        is_held: &dyn Fn(&Self::Key) -> bool,
    ) -> Result<Located<Self::Key>, Refusal>;

    /// The managed fields that differ, in the order in which they are to be written.
    ///
    /// A field that the remote system does not show is compared by its [`Marker`]: it differs only if a marker was
    /// recorded and the declared one is another.
    fn changes(&self, observed: &Self::Observed, memo: &Memo<Self::Key>) -> Vec<Self::Change>;

    /// The fields of a new account, or why it cannot be created.
    ///
    /// # Errors
    /// A [`Refusal`] that names what is missing or who assigns it.
    fn creation(&self) -> Result<Vec<Self::Change>, Refusal>;

    /// A name that only one account of the system can have, known before the account exists.
    fn claim(&self) -> Option<String>;

    /// Another name that the system shows for the account and authors may know it by. Unique within the system.
    fn alias(observed: &Self::Observed) -> Option<Cow<'_, str>>;

    /// The list that the account is in.
    fn part(&self) -> Self::Part;

    /// What a person calls the account.
    fn title(key: &Self::Key, _observed: Option<&Self::Observed>) -> String {
        key.to_string()
    }

    /// Whether the account may be removed this way, whatever the policies say.
    ///
    /// # Errors
    /// A [`Refusal`] that says what is missing or why it can never be done.
    fn removal(
        &self,
        _verb: Verb,
        _key: &Self::Key,
        _memo: &Memo<Self::Key>,
    ) -> Result<(), Refusal> {
        Ok(())
    }

    /// What the account can be recognised by once it is created, whether or not another one looks the same.
    fn signature(&self) -> Option<Marker>;

    /// What a later run can recognise the account by, should the reply to its creation be lost; `None` when nothing
    /// about it would be unique among the accounts that were seen.
    fn evidence(&self, seen: &Snapshot<Self>) -> Option<Marker>;

    /// Whether the account looks the same in both lists, in everything that is read of it.
    fn is_unchanged(before: &Self::Observed, now: &Self::Observed) -> bool;

    /// Whether the account can no longer be used, so that disabling it again would change nothing.
    fn is_disabled(observed: &Self::Observed) -> bool;
}

/// One field that differs. `Display` is one line for a person and never shows a secret.
pub trait Change: fmt::Debug + fmt::Display {
    /// The field's name in the manifest, for example `loginState`.
    fn field(&self) -> &'static str;
}

/// Where the account is among those that were seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Located<K> {
    Found(K),
    /// Proven: the system has no such account.
    Absent,
    /// Proven: the account that was recorded or begun is not there, and this one has its name.
    Other(K),
    /// The list proves nothing: the account has to be asked for by itself.
    Unknown,
}

/// The name of a declared object. `Display` is `UpdateUser dns/edge1`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectName {
    pub kind: &'static str,
    pub namespace: String,
    pub name: String,
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}/{}", self.kind, self.namespace, self.name)
    }
}

/// A keyed digest of a declared value: it tells whether the value changed, and nothing else about it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Marker(String);

impl Marker {
    /// Takes the digest as text; only its equality with another one matters.
    pub fn new(digest: impl Into<String>) -> Self {
        Self(digest.into())
    }

    /// The digest as text, to be stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Marker(…)")
    }
}

/// How the account came under management. It decides the default of the deletion policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    Created,
    Adopted,
}

/// A create that was begun. It is recorded before the request is sent, so that a crash leaves a trace to look by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// What the new account can be told by, if anything about it is unique.
    pub evidence: Option<Marker>,
}

/// What an earlier run left behind about one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Memo<K> {
    /// The identity that the remote system gave, once known. Recording it is what makes the account ours.
    pub key: Option<K>,
    pub origin: Option<Origin>,
    /// A create was begun and its end was not recorded.
    pub claim: Option<Claim>,
    /// For each field, the marker of the value last applied.
    pub applied: BTreeMap<String, Marker>,
}

impl<K> Default for Memo<K> {
    fn default() -> Self {
        Self { key: None, origin: None, claim: None, applied: BTreeMap::new() }
    }
}

/// What the author wants of the account.
#[derive(Debug)]
pub enum Desired<A> {
    Present(A),
    /// The object is being removed; what becomes of the account is the deletion policy's word.
    Absent(A),
}

impl<A> Desired<A> {
    /// The account itself, whichever way it is wanted.
    pub fn account(&self) -> &A {
        match self {
            Self::Present(account) | Self::Absent(account) => account,
        }
    }
}

/// One object and all that is needed to decide about it.
#[derive(Debug)]
pub struct Declared<A: Account> {
    pub object: ObjectName,
    pub desired: Desired<A>,
    pub policy: Policy,
    pub memo: Memo<A::Key>,
    /// For each managed field, the marker of the declared value.
    pub markers: BTreeMap<&'static str, Marker>,
    /// Orders objects that claim one account: the least one holds it. Without one, nobody does.
    pub seniority: Option<(String, String)>,
}
