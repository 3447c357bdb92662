//! One `ApiSession` with the values of the input.

use secrecy::SecretString;

use super::{Resolver, missing};
use crate::cli::input::{Loaded, Problem};
use crate::kinds::api_session::{ApiSession, Connection, ConnectionOptions, Values};

impl Resolver<'_> {
    pub(super) fn connection(&self, loaded: &Loaded<ApiSession>) -> Result<Connection, Problem> {
        let namespace = loaded.object.metadata.namespace.as_deref().unwrap_or_default();
        let options = ConnectionOptions {
            keeps_own_password: !self.writes,
            // The history is for a controller that runs on; a command shows what it did.
            history_limit: 0,
            observer: None,
        };
        let values = InputValues { resolver: self, namespace };
        loaded.object.spec.connection(&values, options).map_err(|problem| {
            if problem.missing {
                missing(self.secrets, &loaded.origin, &problem.field, problem.what)
            } else {
                loaded.origin.problem(&problem.field, problem.what)
            }
        })
    }
}

/// The values of one namespace, out of documents and the environment.
struct InputValues<'a> {
    resolver: &'a Resolver<'a>,
    namespace: &'a str,
}

impl Values for InputValues<'_> {
    fn namespace(&self) -> &str {
        self.namespace
    }

    fn secret(&self, name: &str, key: &str) -> Result<SecretString, String> {
        self.resolver.secrets.get(self.namespace, name, key)
    }

    fn config_map(&self, name: &str, key: &str) -> Result<String, String> {
        let namespace = self.namespace;
        let mut maps = self.resolver.config_maps.iter().map(|loaded| &loaded.object);
        let map = maps.find(|map| map.namespace == namespace && map.name == name);
        let map =
            map.ok_or_else(|| format!("there is no ConfigMap {namespace}/{name} in the input"))?;
        let value = map.get(key).map(str::to_owned);
        value.ok_or_else(|| format!("ConfigMap {namespace}/{name} has no key `{key}`"))
    }
}
