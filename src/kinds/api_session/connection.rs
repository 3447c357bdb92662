//! One session as the configuration of a client.

use std::net::IpAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;

use super::{ApiSessionSpec, Endpoint, Proxy, System, Tls};
use crate::kinds::common::{BundleKind, CaBundleRef, credential};
use crate::remote::BudgetLimits;
use crate::systems::http::{
    Endpoint as HttpEndpoint, Proxy as HttpProxy, ProxyLogin, Tls as HttpTls,
};
use crate::systems::{CallObserver, ctera, dynect};

/// The requests that `DynECT` allows each customer in a minute, as its vendor documents it.
const DYNECT_REQUESTS_PER_MINUTE: NonZeroU32 = NonZeroU32::new(300).unwrap();

/// The requests that a CTERA Portal gets in a minute. No limit of its own is documented; ten in a second is what a few
/// people at its pages make.
const CTERA_REQUESTS_PER_MINUTE: NonZeroU32 = NonZeroU32::new(600).unwrap();

/// The values that the references of a session point to: those of the Secrets and `ConfigMap`s of its namespace.
///
/// An error says for a person what is missing. It holds no value.
pub trait Values {
    /// The session's namespace, for messages.
    fn namespace(&self) -> &str;

    /// The value of a key of a Secret, as it is.
    fn secret(&self, name: &str, key: &str) -> Result<SecretString, String>;

    /// The value of a key of a `ConfigMap`.
    fn config_map(&self, name: &str, key: &str) -> Result<String, String>;
}

/// What a client is made from, and what it reaches.
#[derive(Debug, Clone)]
pub struct Connection {
    /// The account space, see [`ApiSessionSpec::space`].
    pub space: String,
    /// The user name that the session logs in with.
    pub login: String,
    pub client: ClientConfig,
}

/// The configuration of one system's client.
#[derive(Debug, Clone)]
pub enum ClientConfig {
    Dynect(dynect::Config),
    CteraPortal(ctera::Config),
}

/// What does not come from the session itself.
#[derive(Debug, Clone, Default)]
pub struct ConnectionOptions {
    /// The password of the session's own user is never changed; a read-only session never does so anyway.
    pub keeps_own_password: bool,
    /// How many of the last requests the client remembers; 0: none.
    pub history_limit: usize,
    /// Told of every request.
    pub observer: Option<Arc<dyn CallObserver>>,
}

/// Why there can be no client for a session. Shows no value of a Secret.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{field}: {what}")]
pub struct ConnectionProblem {
    /// The field that is to blame, such as `spec.credentialsSecretRef.passwordKey`.
    pub field: String,
    /// What is wrong, for a person.
    pub what: String,
    /// A value that the field refers to is not there, at least not yet.
    pub missing: bool,
}

/// The most requests that sessions of one account space may make together: the least that one of them declares, else
/// what the system is known to allow.
#[must_use]
pub fn request_limits<'a>(sessions: impl IntoIterator<Item = &'a ApiSessionSpec>) -> BudgetLimits {
    let mut known = DYNECT_REQUESTS_PER_MINUTE;
    let mut declared: Option<NonZeroU32> = None;
    for session in sessions {
        if matches!(session.system(), Ok(System::CteraPortal(_))) {
            known = CTERA_REQUESTS_PER_MINUTE;
        }
        declared = declared.into_iter().chain(session.requests_per_minute()).min();
    }
    BudgetLimits { requests_per_minute: declared.unwrap_or(known) }
}

impl ApiSessionSpec {
    /// The account space: system, endpoint, and customer or tenant. Two sessions may share one; accounts are unique in it.
    /// `None` for a session that can have no client.
    #[must_use]
    pub fn space(&self) -> Option<String> {
        Some(space(self.system().ok()?, &self.endpoint()?))
    }

    /// The most requests per minute, if the session declares it. See [`request_limits`] for what holds.
    #[must_use]
    pub fn requests_per_minute(&self) -> Option<NonZeroU32> {
        self.request_budget.as_ref()?.requests_per_minute.and_then(NonZeroU32::new)
    }

    /// The most requests that may wait for their reply at once, if the session declares it.
    #[must_use]
    pub fn max_in_flight(&self) -> Option<NonZeroUsize> {
        NonZeroUsize::new(self.request_budget.as_ref()?.max_in_flight?.into())
    }

    /// What a person should know about how the session connects, to be read on after its name.
    #[must_use]
    pub fn notices(&self) -> Vec<String> {
        let Some(endpoint) = self.endpoint() else { return Vec::new() };
        let host = &endpoint.host;
        let loopback = match host.parse::<IpAddr>() {
            Ok(address) => address.is_loopback(),
            Err(_) => host == "localhost",
        };
        let unverified =
            endpoint.tls.as_ref().is_some_and(|tls| tls.insecure_skip_verify == Some(true));
        let mut notices = Vec::new();
        if !endpoint.uses_tls() && !loopback {
            notices.push(format!("sends its login and every password to {host} without TLS"));
        } else if endpoint.uses_tls() && unverified {
            notices.push(format!("does not check the certificate of {host}"));
        }
        notices
    }

    /// Every Secret and `ConfigMap` of its namespace that the session refers to, each once, whether or not it is
    /// needed for the connection.
    #[must_use]
    pub fn references(&self) -> Vec<(BundleKind, &str)> {
        let proxy = self.proxy.as_ref().and_then(|proxy| proxy.credentials_secret_ref.as_ref());
        let tls = self.endpoint.as_ref().and_then(|endpoint| endpoint.tls.as_ref());
        let bundle = tls.and_then(|tls| tls.ca_bundle_ref.as_ref());
        let headers = self.zato_sso.as_ref().and_then(|zato| zato.headers_secret_ref.as_ref());
        let all = [
            Some((BundleKind::Secret, &*self.credentials_secret_ref.name)),
            proxy.map(|reference| (BundleKind::Secret, &*reference.name)),
            bundle.map(|reference| (reference.kind(), &*reference.name)),
            headers.map(|reference| (BundleKind::Secret, &*reference.name)),
        ];
        let mut references = Vec::new();
        for reference in all.into_iter().flatten() {
            if !references.contains(&reference) {
                references.push(reference);
            }
        }
        references
    }

    /// What a client for this session is made from. Does no I/O of its own.
    ///
    /// # Errors
    /// The first thing that is wrong or missing.
    pub fn connection(
        &self,
        values: &impl Values,
        options: ConnectionOptions,
    ) -> Result<Connection, ConnectionProblem> {
        let system = self.system().map_err(|error| wrong("spec", error.to_string()))?;
        let Some(endpoint) = self.endpoint() else {
            return Err(wrong("spec", "set spec.endpoint"));
        };
        let Login { user_name, password, previous } = self.login(values)?;
        let tls =
            if endpoint.uses_tls() { Some(tls(endpoint.tls.as_ref(), values)?) } else { None };
        let proxy = self.proxy.as_ref().map(|declared| proxy(declared, values)).transpose()?;
        let ConnectionOptions { keeps_own_password, history_limit, observer } = options;
        let space = space(system, &endpoint);
        let keeps_own_password = keeps_own_password || self.is_read_only();
        let login = user_name.clone();
        let endpoint = HttpEndpoint { host: endpoint.host.clone(), port: endpoint.port(), tls };
        let client = match system {
            System::Dynect(dynect) => ClientConfig::Dynect(dynect::Config {
                endpoint,
                proxy,
                api_version: dynect.api_version().to_owned(),
                customer: dynect.customer.clone(),
                user_name,
                password,
                previous_password: previous,
                keeps_own_password,
                history_limit,
                observer,
                pace: dynect::Pace::default(),
                clock: Timestamp::now,
            }),
            System::CteraPortal(portal) => ClientConfig::CteraPortal(ctera::Config {
                endpoint,
                proxy,
                scope: portal.login_scope(),
                user_name,
                password,
                previous_password: previous,
                keeps_own_password,
                max_in_flight: self.max_in_flight().unwrap_or(ctera::MAX_IN_FLIGHT),
                history_limit,
                observer,
                pace: ctera::Pace::default(),
                clock: Timestamp::now,
            }),
        };
        Ok(Connection { space, login, client })
    }

    fn login(&self, values: &impl Values) -> Result<Login, ConnectionProblem> {
        let reference = &self.credentials_secret_ref;
        let get = |field: &str, key: &str| {
            let field = format!("spec.credentialsSecretRef.{field}");
            let value =
                values.secret(&reference.name, key).map_err(|what| missing(&field, what))?;
            credential(value, values.namespace(), &reference.name, key)
                .map_err(|error| wrong(&field, error.to_string()))
        };
        let user_name = get("usernameKey", reference.username_key())?;
        let mut password = get("passwordKey", reference.password_key())?;
        let previous = reference.previous_password_key.as_deref();
        // The previous password is there only around a rotation.
        let mut previous = previous.and_then(|key| get("previousPasswordKey", key).ok());
        if let Some(key) = reference.encryption_key_key.as_deref() {
            let key = get("encryptionKeyKey", key)?;
            let open = |stored: &SecretString| {
                dynect::open_stored_password(stored, &key).map_err(|error| {
                    let what = format!("the stored password cannot be opened: {error}");
                    wrong("spec.credentialsSecretRef.encryptionKeyKey", what)
                })
            };
            password = open(&password)?;
            previous = previous.as_ref().map(open).transpose()?;
        }
        Ok(Login { user_name: user_name.expose_secret().to_owned(), password, previous })
    }
}

/// What a session logs in with.
struct Login {
    user_name: String,
    password: SecretString,
    previous: Option<SecretString>,
}

fn space(system: System<'_>, endpoint: &Endpoint) -> String {
    let place = format!("{}:{}", endpoint.host, endpoint.port());
    match system {
        System::Dynect(dynect) => format!("dynect {place} {}", dynect.customer),
        System::CteraPortal(portal) => match portal.login_scope().tenant() {
            Some(tenant) => format!("ctera-portal {place} {tenant}"),
            None => format!("ctera-portal {place}"),
        },
    }
}

fn wrong(field: &str, what: impl Into<String>) -> ConnectionProblem {
    ConnectionProblem { field: field.to_owned(), what: what.into(), missing: false }
}

fn missing(field: &str, what: String) -> ConnectionProblem {
    ConnectionProblem { missing: true, ..wrong(field, what) }
}

fn tls(declared: Option<&Tls>, values: &impl Values) -> Result<HttpTls, ConnectionProblem> {
    let Some(Tls { enabled: _, ca_bundle_ref, insecure_skip_verify }) = declared else {
        return Ok(HttpTls::default());
    };
    let bundle = ca_bundle_ref.as_ref().map(|reference| {
        let CaBundleRef { kind: _, name, key } = reference;
        let value = match reference.kind() {
            BundleKind::Secret => {
                values.secret(name, key).map(|value| value.expose_secret().as_bytes().to_vec())
            }
            BundleKind::ConfigMap => values.config_map(name, key).map(String::into_bytes),
        };
        value.map_err(|what| missing("spec.endpoint.tls.caBundleRef", what))
    });
    Ok(HttpTls {
        ca_bundle: bundle.transpose()?,
        insecure_skip_verify: insecure_skip_verify.unwrap_or(false),
    })
}

fn proxy(declared: &Proxy, values: &impl Values) -> Result<HttpProxy, ConnectionProblem> {
    let Proxy { host, port, credentials_secret_ref } = declared;
    let login = credentials_secret_ref.as_ref().map(|reference| {
        let get = |key: &str| {
            values
                .secret(&reference.name, key)
                .map_err(|what| missing("spec.proxy.credentialsSecretRef", what))
        };
        Ok(ProxyLogin {
            user_name: get(reference.username_key())?.expose_secret().to_owned(),
            password: get(reference.password_key())?,
        })
    });
    Ok(HttpProxy { host: host.clone(), port: *port, login: login.transpose()? })
}

#[cfg(test)]
mod tests;
