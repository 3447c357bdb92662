//! One `ApiSession` as the configuration of a client.

use std::net::IpAddr;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};

use super::{Resolver, missing};
use crate::cli::input::{Loaded, Problem};
use crate::kinds::api_session::{ApiSession, ApiSessionSpec, Proxy, System, Tls};
use crate::kinds::common::{BundleKind, CaBundleRef};
use crate::plan::ObjectName;
use crate::systems::dynect::{Config, Pace, open_stored_password};
use crate::systems::http;

/// What a client is made from, and the account space that it reaches.
pub(super) struct Connection {
    pub space: String,
    pub config: Config,
}

/// The account space of a session: system, endpoint and customer.
pub(super) fn space(spec: &ApiSessionSpec) -> Option<String> {
    let System::Dynect(dynect) = spec.system().ok()?;
    let endpoint = spec.endpoint()?;
    Some(format!("dynect {}:{} {}", endpoint.host, endpoint.port(), dynect.customer))
}

/// What a person should know about how the session connects.
pub(super) fn notices(session: &ObjectName, spec: &ApiSessionSpec) -> Vec<String> {
    let Some(endpoint) = spec.endpoint() else { return Vec::new() };
    let loopback = match endpoint.host.parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => endpoint.host == "localhost",
    };
    let unverified =
        endpoint.tls.as_ref().is_some_and(|tls| tls.insecure_skip_verify == Some(true));
    let mut notices = Vec::new();
    if !endpoint.uses_tls() && !loopback {
        let host = &endpoint.host;
        notices.push(format!("{session} sends its login and every password to {host} without TLS"));
    } else if endpoint.uses_tls() && unverified {
        notices.push(format!("{session} does not check the certificate of {}", endpoint.host));
    }
    notices
}

impl Resolver<'_> {
    pub(super) fn connection(&self, loaded: &Loaded<ApiSession>) -> Result<Connection, Problem> {
        let (spec, origin) = (&loaded.object.spec, &loaded.origin);
        let System::Dynect(dynect) =
            spec.system().map_err(|error| origin.problem("spec", error.to_string()))?;
        let (Some(endpoint), Some(space)) = (spec.endpoint(), space(spec)) else {
            return Err(origin.problem("spec", "set spec.endpoint"));
        };
        let namespace = loaded.object.metadata.namespace.as_deref().unwrap_or_default();
        let reference = &spec.credentials_secret_ref;
        let get = |field: &str, key: &str| {
            let path = format!("spec.credentialsSecretRef.{field}");
            self.credential(origin, &path, namespace, &reference.name, key)
        };
        let user_name = get("usernameKey", reference.username_key())?;
        let mut password = get("passwordKey", reference.password_key())?;
        let previous = reference.previous_password_key.as_deref();
        // The previous password is there only around a rotation.
        let mut previous = previous.and_then(|key| get("previousPasswordKey", key).ok());
        if let Some(key) = reference.encryption_key_key.as_deref() {
            let key = get("encryptionKeyKey", key)?;
            let open = |stored: &SecretString| {
                open_stored_password(stored, &key).map_err(|error| {
                    let what = format!("the stored password cannot be opened: {error}");
                    origin.problem("spec.credentialsSecretRef.encryptionKeyKey", what)
                })
            };
            password = open(&password)?;
            previous = previous.as_ref().map(open).transpose()?;
        }
        let tls = if endpoint.uses_tls() {
            Some(self.tls(loaded, namespace, endpoint.tls.as_ref())?)
        } else {
            None
        };
        let proxy = spec.proxy.as_ref().map(|proxy| self.proxy(loaded, namespace, proxy));
        let config = Config {
            endpoint: http::Endpoint { host: endpoint.host.clone(), port: endpoint.port(), tls },
            proxy: proxy.transpose()?,
            api_version: dynect.api_version().to_owned(),
            customer: dynect.customer.clone(),
            user_name: user_name.expose_secret().to_owned(),
            password,
            previous_password: previous,
            keeps_own_password: !self.writes || spec.is_read_only(),
            // The history is for a controller that runs on; a command shows what it did.
            history_limit: 0,
            observer: None,
            pace: Pace::default(),
            clock: Timestamp::now,
        };
        Ok(Connection { space, config })
    }

    fn tls(
        &self,
        loaded: &Loaded<ApiSession>,
        namespace: &str,
        tls: Option<&Tls>,
    ) -> Result<http::Tls, Problem> {
        let Some(Tls { enabled: _, ca_bundle_ref, insecure_skip_verify }) = tls else {
            return Ok(http::Tls::default());
        };
        let bundle = ca_bundle_ref.as_ref().map(|reference| {
            let path = "spec.endpoint.tls.caBundleRef";
            self.ca_bundle(namespace, reference)
                .map_err(|what| missing(self.secrets, &loaded.origin, path, what))
        });
        Ok(http::Tls {
            ca_bundle: bundle.transpose()?,
            insecure_skip_verify: insecure_skip_verify.unwrap_or(false),
        })
    }

    fn ca_bundle(&self, namespace: &str, reference: &CaBundleRef) -> Result<Vec<u8>, String> {
        let CaBundleRef { kind: _, name, key } = reference;
        match reference.kind() {
            BundleKind::Secret => {
                let value = self.secrets.get(namespace, name, key)?;
                Ok(value.expose_secret().as_bytes().to_vec())
            }
            BundleKind::ConfigMap => {
                let map = self.config_maps.iter().map(|loaded| &loaded.object);
                let mut map = map.filter(|map| map.namespace == namespace && map.name == *name);
                let map = map.next().ok_or_else(|| {
                    format!("there is no ConfigMap {namespace}/{name} in the input")
                })?;
                let value = map.get(key);
                let value = value
                    .ok_or_else(|| format!("ConfigMap {namespace}/{name} has no key `{key}`"))?;
                Ok(value.as_bytes().to_vec())
            }
        }
    }

    fn proxy(
        &self,
        loaded: &Loaded<ApiSession>,
        namespace: &str,
        proxy: &Proxy,
    ) -> Result<http::Proxy, Problem> {
        let Proxy { host, port, credentials_secret_ref } = proxy;
        let login = credentials_secret_ref.as_ref().map(|reference| {
            let get = |key: &str| {
                let path = "spec.proxy.credentialsSecretRef";
                self.secrets
                    .get(namespace, &reference.name, key)
                    .map_err(|what| missing(self.secrets, &loaded.origin, path, what))
            };
            Ok(http::ProxyLogin {
                user_name: get(reference.username_key())?.expose_secret().to_owned(),
                password: get(reference.password_key())?,
            })
        });
        Ok(http::Proxy { host: host.clone(), port: *port, login: login.transpose()? })
    }
}
