//! The values that a session refers to, read from the API server.

use std::collections::BTreeMap;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::Turn;
use crate::controller::error::Error;
use crate::controller::names::Name;
use crate::controller::secrets::{SecretValues, Secrets};
use crate::kinds::api_session::{ApiSessionSpec, Values};
use crate::kinds::common::{BundleKind, MarkerKey};
use crate::plan::{Marker, ObjectName};

/// What was found of everything that a session refers to.
pub(super) struct FetchedValues {
    namespace: String,
    secrets: BTreeMap<String, Option<Arc<SecretValues>>>,
    config_maps: BTreeMap<String, Option<BTreeMap<String, String>>>,
}

impl FetchedValues {
    pub async fn fetch(
        secrets: &Secrets,
        namespace: &str,
        spec: &ApiSessionSpec,
    ) -> Result<Self, Error> {
        let mut values = Self {
            namespace: namespace.to_owned(),
            secrets: BTreeMap::new(),
            config_maps: BTreeMap::new(),
        };
        for (kind, name) in spec.references() {
            let object = Name::new(namespace, name);
            match kind {
                BundleKind::Secret => {
                    values.secrets.insert(name.to_owned(), secrets.get(&object).await?);
                }
                BundleKind::ConfigMap => {
                    values.config_maps.insert(name.to_owned(), secrets.config_map(&object).await?);
                }
            }
        }
        Ok(values)
    }

    /// Changes with what is declared and with every value that was found.
    pub fn mark(&self, key: &MarkerKey, session: &ObjectName, declared: &str) -> Marker {
        let mut text = Zeroizing::new(declared.to_owned());
        let mut add = |parts: &[&str]| {
            for part in parts {
                // With its length, so that two lists of parts never make one text.
                text.push_str(&part.len().to_string());
                text.push(' ');
                text.push_str(part);
            }
        };
        for (name, values) in &self.secrets {
            add(&["Secret", name]);
            for (key, value) in values.iter().flat_map(|values| values.all()) {
                add(&[key, value.expose_secret()]);
            }
        }
        for (name, values) in &self.config_maps {
            add(&["ConfigMap", name]);
            for (key, value) in values.iter().flatten() {
                add(&[key, value]);
            }
        }
        key.mark(session, "connection", &text)
    }
}

impl Turn<'_> {
    /// Changes with everything that the client is made from.
    pub(super) fn made_from(&self, values: &FetchedValues, limit: u32) -> Marker {
        let spec = &self.session.spec;
        let ApiSessionSpec {
            dynect,
            ctera_portal,
            zato_sso,
            endpoint,
            proxy,
            credentials_secret_ref,
            auto_login: _,
            mode,
            suspend: _,
            resync_interval: _,
            request_budget: _,
            history,
            allowed_consumers: _,
            defaults: _,
            deletion_guard: _,
        } = spec;
        let declared = format!(
            "{dynect:?} {ctera_portal:?} {zato_sso:?} {endpoint:?} {proxy:?} {credentials_secret_ref:?} {mode:?} {history:?} {limit}"
        );
        let Name { namespace, name } = self.name.clone();
        let object = ObjectName { kind: "ApiSession", namespace, name };
        values.mark(&self.shared.key, &object, &declared)
    }
}

impl Values for FetchedValues {
    fn namespace(&self) -> &str {
        &self.namespace
    }

    fn secret(&self, name: &str, key: &str) -> Result<SecretString, String> {
        match self.secrets.get(name) {
            Some(Some(values)) => values.get(name, key),
            Some(None) | None => Err(format!("there is no Secret `{name}`")),
        }
    }

    fn config_map(&self, name: &str, key: &str) -> Result<String, String> {
        match self.config_maps.get(name) {
            Some(Some(values)) => values
                .get(key)
                .cloned()
                .ok_or_else(|| format!("ConfigMap `{name}` has no key `{key}`")),
            Some(None) | None => Err(format!("there is no ConfigMap `{name}`")),
        }
    }
}
