//! Where access keys are kept: the Secrets of one object.

use std::collections::BTreeSet;
use std::future::Future;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use super::KeySecret;

/// An access key with its secret half.
#[derive(Debug, Clone)]
pub struct KeyPair {
    pub id: String,
    pub secret: SecretString,
}

/// What a Secret holds of one access key.
#[derive(Debug, Clone, Default)]
pub struct KeptKeys {
    /// The pair in use.
    pub current: Option<KeyPair>,
    /// The pair that was replaced and still works.
    pub previous: Option<KeyPair>,
    /// When the pair in use was made.
    pub generated_at: Option<Timestamp>,
    /// A key was about to be made, and it is not known what became of it.
    pub issuing: Option<WriteAhead>,
    /// The request of a person that the pair in use was made for.
    pub rotated_for: Option<String>,
}

/// What is written down before a key is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriteAhead {
    /// When it was written.
    pub at: Timestamp,
    /// The ids that the account had then.
    pub listed: BTreeSet<String>,
}

/// What a Secret is to the object.
#[derive(Debug)]
pub enum Held {
    /// There is none of this name.
    Free,
    /// It was written for the access keys of this object.
    Ours(KeptKeys),
    /// It belongs to somebody else, or holds something else.
    Foreign,
}

/// The Secrets that the access keys of one object are kept in.
///
/// # Contract
///
/// - [`read`](Self::read) finds the pairs under the data keys that they were written to, also when others are asked for
///   by now. After a write that failed, it does not answer from what it knew before.
/// - [`write`](Self::write) replaces what the last `read` or `write` saw, and fails if that is not what is there; it
///   writes nothing if nothing differs. Once it returns, what was written survives a crash.
/// - [`remove`](Self::remove) removes no Secret that is not ours. One that is gone already is success.
pub trait KeyVault: Sync {
    type Error: Send;

    fn read(&self, secret: &KeySecret) -> impl Future<Output = Result<Held, Self::Error>> + Send;

    fn write(
        &self,
        secret: &KeySecret,
        keys: &KeptKeys,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;

    fn remove(&self, secret: &str) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

impl WriteAhead {
    /// Whether the account had this key then. Where it is stored, commas separate the ids.
    #[must_use]
    pub fn lists(&self, id: &str) -> bool {
        self.listed.contains(id) || id.split(',').all(|part| self.listed.contains(part))
    }
}

impl KeyPair {
    fn is_same(&self, other: &Self) -> bool {
        let Self { id, secret } = self;
        let same = secret.expose_secret().as_bytes().ct_eq(other.secret.expose_secret().as_bytes());
        *id == other.id && bool::from(same)
    }
}

impl KeptKeys {
    /// The ids of both pairs.
    pub fn ids(&self) -> impl Iterator<Item = &String> {
        self.current.iter().chain(&self.previous).map(|pair| &pair.id)
    }

    /// Whether both hold the same, so that nothing needs to be written.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let Self { current, previous, generated_at, issuing, rotated_for } = self;
        let same = |one: &Option<KeyPair>, other: &Option<KeyPair>| match (one, other) {
            (Some(one), Some(other)) => one.is_same(other),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        same(current, &other.current)
            && same(previous, &other.previous)
            && *generated_at == other.generated_at
            && *issuing == other.issuing
            && *rotated_for == other.rotated_for
    }
}
