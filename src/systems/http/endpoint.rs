//! Where a system is reached.

use std::fmt;
use std::net::Ipv6Addr;

use secrecy::SecretString;
use thiserror::Error;

/// Where a system listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// A name or an address; no scheme, no port, no path.
    pub host: String,
    pub port: u16,
    /// `None`: plain HTTP.
    pub tls: Option<Tls>,
}

/// How the system's certificate is checked. The operating system's authorities always count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tls {
    /// Further authorities, as PEM.
    pub ca_bundle: Option<Vec<u8>>,
    /// Accept any certificate. Whoever sits between can then read the credentials.
    pub insecure_skip_verify: bool,
}

/// A proxy, asked with `CONNECT` for TLS and for plain HTTP alike.
#[derive(Debug, Clone)]
pub struct Proxy {
    pub host: String,
    pub port: u16,
    pub login: Option<ProxyLogin>,
}

/// A login that goes to the proxy alone.
#[derive(Debug, Clone)]
pub struct ProxyLogin {
    pub user_name: String,
    pub password: SecretString,
}

/// What is wrong with an endpoint or a proxy.
#[derive(Debug, Error)]
pub enum EndpointError {
    #[error("{of} has no host")]
    NoHost { of: &'static str },
    #[error(
        "{of} host `{host}` must be a bare name or address, without scheme, port, login or path"
    )]
    NotAHost { of: &'static str, host: String },
    #[error("{of} port must be between 1 and 65535")]
    NoPort { of: &'static str },
    #[error(
        "the proxy login needs a user name and a password, and the user name may hold no colon"
    )]
    ProxyLogin,
    #[error("the CA bundle holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)")]
    EmptyCaBundle,
    #[error("the CA bundle is not valid PEM")]
    BadCaBundle(#[source] reqwest::Error),
    #[error("TLS cannot be set up")]
    Tls(#[source] reqwest::Error),
}

impl Endpoint {
    /// `https` or `http`.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }

    pub(super) fn check(&self) -> Result<(), EndpointError> {
        check_host("the endpoint", &self.host, self.port)
    }
}

/// `host:port`, as people write it.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", bracketed(&self.host), self.port)
    }
}

impl Proxy {
    pub(super) fn check(&self) -> Result<(), EndpointError> {
        use secrecy::ExposeSecret;

        check_host("the proxy", &self.host, self.port)?;
        match &self.login {
            // Basic authentication ends the user name at the first colon (RFC 7617).
            Some(login)
                if login.user_name.is_empty()
                    || login.user_name.contains(':')
                    || login.password.expose_secret().is_empty() =>
            {
                Err(EndpointError::ProxyLogin)
            }
            _ => Ok(()),
        }
    }
}

/// `host:port`; the login is not shown.
impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", bracketed(&self.host), self.port)
    }
}

fn bracketed(host: &str) -> String {
    match host.parse::<Ipv6Addr>() {
        Ok(address) => format!("[{address}]"),
        Err(_) => host.to_owned(),
    }
}

fn check_host(of: &'static str, host: &str, port: u16) -> Result<(), EndpointError> {
    if host.is_empty() {
        return Err(EndpointError::NoHost { of });
    }
    let is_name = host.is_ascii() && url::Host::parse(host).is_ok();
    if !is_name && host.parse::<Ipv6Addr>().is_err() {
        return Err(EndpointError::NotAHost { of, host: host.to_owned() });
    }
    if port == 0 {
        return Err(EndpointError::NoPort { of });
    }
    Ok(())
}
