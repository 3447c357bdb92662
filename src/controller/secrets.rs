//! Secrets and `ConfigMaps` of users, read when they are needed and again only when they changed.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::core::PartialObjectMeta;
use kube::{Api, Client, ResourceExt};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::cache::Cache;
use super::error::Error;
use super::names::Name;
use super::stored::version;
use crate::kinds::common::GENERATED_AT;

/// The text values of one Secret. `Debug` shows none of them.
pub struct SecretValues {
    values: BTreeMap<String, SecretString>,
    /// Keys whose value is no text.
    binary: Vec<String>,
    pub annotations: BTreeMap<String, String>,
    pub version: String,
}

impl fmt::Debug for SecretValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretValues(…)")
    }
}

impl SecretValues {
    fn of(secret: Secret) -> Self {
        let version = secret.resource_version().unwrap_or_default();
        let annotations = secret.metadata.annotations.unwrap_or_default();
        let mut values = BTreeMap::new();
        let mut binary = Vec::new();
        for (key, value) in secret.data.unwrap_or_default() {
            let bytes = Zeroizing::new(value.0);
            match std::str::from_utf8(&bytes) {
                Ok(text) => drop(values.insert(key, SecretString::from(text))),
                Err(_) => binary.push(key),
            }
        }
        Self { values, binary, annotations, version }
    }

    /// The value of a key, or what is wrong with it.
    pub fn get(&self, secret: &str, key: &str) -> Result<SecretString, String> {
        match self.values.get(key) {
            Some(value) => Ok(value.clone()),
            None if self.binary.iter().any(|binary| binary == key) => {
                Err(format!("key `{key}` of Secret `{secret}` is not text"))
            }
            None => Err(format!("Secret `{secret}` has no key `{key}`")),
        }
    }

    /// Every text value, in the order of the keys.
    pub fn all(&self) -> impl Iterator<Item = (&String, &SecretString)> {
        self.values.iter()
    }

    /// The value of a key, if it is there and not empty.
    pub fn text(&self, key: &str) -> Option<SecretString> {
        self.values.get(key).filter(|value| !value.expose_secret().is_empty()).cloned()
    }
}

/// Reads Secrets, and keeps each until its metadata says that it changed.
pub struct Secrets {
    client: Client,
    metadata: Cache<PartialObjectMeta<Secret>>,
    read: Mutex<HashMap<Name, Arc<SecretValues>>>,
}

impl Secrets {
    pub fn new(client: Client, metadata: Cache<PartialObjectMeta<Secret>>) -> Self {
        Self { client, metadata, read: Mutex::default() }
    }

    /// The Secret as it is now; `None` if there is none.
    pub async fn get(&self, name: &Name) -> Result<Option<Arc<SecretValues>>, Error> {
        // One that is not heard of yet may have been made a moment ago, together with who refers to it.
        let known = self.metadata.get(&name.namespace, &name.name);
        let known = known.and_then(|known| known.resource_version());
        let known = known.as_deref().and_then(version);
        if let Some(read) = self.kept(name)
            && known <= version(&read.version)
        {
            return Ok(Some(read));
        }
        let api: Api<Secret> = Api::namespaced(self.client.clone(), &name.namespace);
        let secret = api.get_opt(&name.name).await.map_err(Error::api("read a Secret"))?;
        if secret.is_none() {
            self.forget(name);
        }
        Ok(secret.map(|secret| self.keep(name, secret)))
    }

    /// What was just written, so that nobody reads it again.
    pub(super) fn keep(&self, name: &Name, secret: Secret) -> Arc<SecretValues> {
        let values = Arc::new(SecretValues::of(secret));
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.insert(name.clone(), Arc::clone(&values));
        values
    }

    /// The Secret is gone, or nobody needs it any more.
    pub(super) fn forget(&self, name: &Name) {
        self.read.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
    }

    /// Forgets what is not there any more, after the watch began anew. Returns what was forgotten.
    pub(super) fn forget_gone(&self) -> Vec<Name> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let is_gone = |name: &Name| self.metadata.get(&name.namespace, &name.name).is_none();
        let gone: Vec<Name> = read.keys().filter(|name| is_gone(name)).cloned().collect();
        read.retain(|name, _| !gone.contains(name));
        gone
    }

    /// The version that was read or written last.
    pub(super) fn version(&self, name: &Name) -> Option<String> {
        self.kept(name).map(|values| values.version.clone())
    }

    fn kept(&self, name: &Name) -> Option<Arc<SecretValues>> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// When Roster made the password in the Secret, as its metadata says.
    pub(super) fn generated_at(&self, name: &Name) -> Option<Timestamp> {
        let known = self.metadata.get(&name.namespace, &name.name)?;
        known.annotations().get(GENERATED_AT)?.parse().ok()
    }

    /// The text values of a `ConfigMap` and its version; `None` if there is none.
    pub async fn config_map(&self, name: &Name) -> Result<Option<BTreeMap<String, String>>, Error> {
        let api: Api<ConfigMap> = Api::namespaced(self.client.clone(), &name.namespace);
        let map = api.get_opt(&name.name).await.map_err(Error::api("read a ConfigMap"))?;
        Ok(map.map(|map| map.data.unwrap_or_default()))
    }
}
