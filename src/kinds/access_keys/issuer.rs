//! What makes and deletes access keys: the remote system, for one account.

use std::future::Future;

use secrecy::SecretString;

use crate::remote::RemoteError;

/// The access keys of one account at its remote system.
///
/// # Contract
///
/// - [`list`](Self::list) names every key of the account, whoever made it. A list that could not be read completely is
///   an error, not a shorter list.
/// - [`issue`](Self::issue) makes one key, or proves that it made none. Whether an error leaves that open is what
///   [`RemoteError::proves_nothing_was_written`] says.
/// - [`revoke`](Self::revoke) of a key that is not there any more is success.
pub trait KeyIssuer: Sync {
    /// The ids of all keys of the account.
    fn list(&self) -> impl Future<Output = Result<Vec<String>, RemoteError>> + Send;

    /// Makes a key. `known`: the ids that the account had a moment ago.
    fn issue(
        &self,
        known: &[String],
    ) -> impl Future<Output = Result<IssuedKey, RemoteError>> + Send;

    /// Deletes a key.
    fn revoke(&self, id: &str) -> impl Future<Output = Result<(), RemoteError>> + Send;
}

/// A key that was made just now. Its secret half is shown this once.
#[derive(Debug, Clone)]
pub struct IssuedKey {
    pub id: String,
    pub secret: SecretString,
}

/// For kinds whose accounts have no access keys.
#[derive(Debug, Clone, Copy)]
pub enum NoKeys {}

impl KeyIssuer for NoKeys {
    async fn list(&self) -> Result<Vec<String>, RemoteError> {
        match *self {}
    }

    async fn issue(&self, _known: &[String]) -> Result<IssuedKey, RemoteError> {
        match *self {}
    }

    async fn revoke(&self, _id: &str) -> Result<(), RemoteError> {
        match *self {}
    }
}
