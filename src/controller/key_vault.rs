//! The Secrets of access keys in a cluster.

use k8s_openapi::ByteString;
use secrecy::ExposeSecret;

use super::error::Error;
use super::names::Name;
use super::output::{self, Owner, WriteError};
use super::shared::Shared;
use crate::kinds::access_keys::{
    EXACT_ANNOTATIONS, Held, KeptKeys, KeySecret, KeyVault, StoredKeys,
};

/// The Secrets that the access keys of one object are kept in.
pub(super) struct SecretVault<'a> {
    shared: &'a Shared,
    owner: &'a Owner,
}

impl<'a> SecretVault<'a> {
    pub fn new(shared: &'a Shared, owner: &'a Owner) -> Self {
        Self { shared, owner }
    }

    fn name(&self, secret: &str) -> Name {
        Name::new(&self.owner.object.namespace, secret)
    }
}

impl KeyVault for SecretVault<'_> {
    type Error = Error;

    async fn read(&self, secret: &KeySecret) -> Result<Held, Error> {
        let values = self.shared.secrets.get(&self.name(&secret.name)).await?;
        Ok(match values {
            None => Held::Free,
            Some(values) if !self.owner.owns(&values) => Held::Foreign,
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
        let wanted =
            output::secret(self.owner, &secret.name, secret.template.as_ref(), annotations, data);
        let name = &secret.name;
        match output::store(self.shared, self.owner, name, wanted, &EXACT_ANNOTATIONS).await {
            Ok(()) => Ok(()),
            Err(error) => {
                // What was known of it may be what is wrong.
                self.shared.secrets.forget(&self.name(name));
                Err(match error {
                    WriteError::Api(error) => error,
                    foreign @ WriteError::Foreign(_) => Error::Again(foreign.to_string()),
                })
            }
        }
    }

    async fn remove(&self, secret: &str) -> Result<(), Error> {
        output::remove(self.shared, self.owner, secret).await
    }
}
