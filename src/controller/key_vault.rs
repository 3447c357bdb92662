//! The Secrets of access keys in a cluster.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use k8s_openapi::ByteString;
use secrecy::ExposeSecret;

use super::error::Error;
use super::names::Name;
use super::output::{self, Content, Owner};
use super::shared::Shared;
use crate::kinds::access_keys::{
    EXACT_ANNOTATIONS, Held, KeptKeys, KeySecret, KeyVault, StoredKeys,
};

/// The Secrets that the access keys of one object are kept in, for the time of one reconcile.
pub(super) struct SecretVault<'a> {
    shared: &'a Shared,
    owner: &'a Owner,
    /// The version of each Secret that was looked at; `None`: there was none. By the time of a write the cache may know a
    /// newer one, whose pair nobody looked at and which a write must not replace.
    seen: Mutex<BTreeMap<String, Option<String>>>,
}

impl<'a> SecretVault<'a> {
    pub fn new(shared: &'a Shared, owner: &'a Owner) -> Self {
        Self { shared, owner, seen: Mutex::default() }
    }

    fn name(&self, secret: &str) -> Name {
        Name::new(&self.owner.object.namespace, secret)
    }

    fn see(&self, secret: &str, version: Option<String>) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.insert(secret.to_owned(), version);
    }

    fn seen(&self, secret: &str) -> Option<String> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.get(secret).cloned().flatten()
    }
}

impl KeyVault for SecretVault<'_> {
    type Error = Error;

    async fn read(&self, secret: &KeySecret) -> Result<Held, Error> {
        let values = self.shared.secrets.get(&self.name(&secret.name)).await?;
        self.see(&secret.name, values.as_ref().map(|values| values.version.clone()));
        Ok(match values {
            None => Held::Free,
            Some(values) if !self.owner.owns(&values, Content::AccessKeys) => Held::Foreign,
            Some(values) => {
                Held::Ours(StoredKeys::keys(&values.annotations, |key| values.text(key)))
            }
        })
    }

    async fn write(&self, secret: &KeySecret, keys: &KeptKeys) -> Result<(), Error> {
        let StoredKeys { data, annotations } = StoredKeys::of(secret, keys);
        let data = data
            .into_iter()
            .map(|(key, value)| (key, ByteString(value.expose_secret().as_bytes().to_vec())))
            .collect();
        let KeySecret { name, keys: _, template } = secret;
        let (content, template) = (Content::AccessKeys, template.as_ref());
        let wanted = output::secret(self.owner, content, name, template, annotations, data);
        let (exact, version) = (&EXACT_ANNOTATIONS, self.seen(name));
        match output::store(self.shared, self.owner, name, wanted, exact, version).await {
            Ok(version) => {
                self.see(name, Some(version));
                Ok(())
            }
            Err(error) => {
                // What was known of it may be what is wrong.
                self.shared.secrets.forget(&self.name(name));
                Err(error)
            }
        }
    }

    async fn remove(&self, secret: &str) -> Result<(), Error> {
        output::remove(self.shared, self.owner, Content::AccessKeys, secret).await
    }
}
