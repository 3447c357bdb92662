//! One request, one reply.

use std::error::Error as StdError;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::header::{HeaderValue, USER_AGENT};
use http::{HeaderMap, Method, StatusCode, Uri};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::{self, connect::Connect};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use secrecy::ExposeSecret;
use zeroize::Zeroizing;

use super::{Endpoint, EndpointError, Proxy, ProxyLogin, Tls, TransportError};

type BoxError = Box<dyn StdError + Send + Sync>;

/// How long an idle connection is kept. Servers and gateways end theirs after a minute or more; one that ends while
/// we write on it makes the outcome of that request unknown.
const IDLE: Duration = Duration::from_secs(30);

/// What a reader of the remote system's logs sees.
const AGENT: &str = concat!("roster/", env!("CARGO_PKG_VERSION"));

/// How to reach one system.
#[derive(Debug, Clone)]
pub struct TransportOptions {
    pub endpoint: Endpoint,
    pub proxy: Option<Proxy>,
    /// How long name resolution, TCP and, with TLS, the proxy and the handshake may take together.
    pub connect_timeout: Duration,
}

/// What is sent.
#[derive(Debug)]
pub struct Request {
    pub method: Method,
    /// Begins with `/`; every segment is percent-encoded already.
    pub path: String,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// The time for the connection, the request and the whole reply.
    pub deadline: Duration,
    /// The most bytes of a reply's body that are read.
    pub limit: usize,
}

/// What came back, completely.
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// A pool of connections to one origin.
///
/// Guarantees: environment variables choose no proxy; redirects are not followed; a reply is read up to its limit and
/// its deadline and no further; a proxy sees `CONNECT` and never a request.
#[derive(Debug)]
pub struct Transport {
    endpoint: Endpoint,
    proxy: Option<Proxy>,
    carrier: Carrier,
}

/// The same exchange over three kinds of connection. For plain HTTP through a proxy reqwest would hand the whole
/// request to the proxy, so plain HTTP goes without it.
#[derive(Debug)]
enum Carrier {
    Tls(reqwest::Client),
    Plain(legacy::Client<HttpConnector, Full<Bytes>>),
    Tunnel(legacy::Client<Tunnel<HttpConnector>, Full<Bytes>>),
}

impl Transport {
    /// Prepares the connections; opens none.
    ///
    /// # Errors
    /// What is wrong with the endpoint, the proxy or the CA bundle.
    pub fn new(options: TransportOptions) -> Result<Self, EndpointError> {
        let TransportOptions { endpoint, proxy, connect_timeout } = options;
        endpoint.check()?;
        if let Some(proxy) = &proxy {
            proxy.check()?;
        }
        let carrier = match (&endpoint.tls, &proxy) {
            (Some(tls), proxy) => Carrier::Tls(encrypted(tls, proxy.as_ref(), connect_timeout)?),
            (None, None) => Carrier::Plain(plain(connector(connect_timeout))),
            (None, Some(proxy)) => Carrier::Tunnel(plain(tunnel(proxy, connect_timeout)?)),
        };
        Ok(Self { endpoint, proxy, carrier })
    }

    /// Where this leads.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Sends one request, once, and reads the whole reply. Any status is a reply.
    ///
    /// # Errors
    /// When there is no whole reply within the request's limits.
    pub async fn send(&self, request: Request) -> Result<Reply, TransportError> {
        let within = request.deadline;
        match tokio::time::timeout(within, self.exchange(request)).await {
            Ok(result) => result,
            Err(_) => Err(TransportError::Deadline { to: self.endpoint.to_string(), within }),
        }
    }

    async fn exchange(&self, request: Request) -> Result<Reply, TransportError> {
        let Request { method, path, mut headers, body, deadline: _, limit } = request;
        headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
        // The port always stands in the address: a tunnel would take 443 for a missing one. The Host header is made
        // from it and leaves the scheme's own port out.
        let address = format!("{}://{}{path}", self.endpoint.scheme(), self.endpoint);
        let mut request = http::Request::new(Full::new(body));
        *request.method_mut() = method;
        *request.headers_mut() = headers;
        *request.uri_mut() = address.parse::<Uri>().map_err(|error| self.not_connected(error))?;
        match &self.carrier {
            Carrier::Plain(client) => self.read(client.request(request).await, limit).await,
            Carrier::Tunnel(client) => self.read(client.request(request).await, limit).await,
            Carrier::Tls(client) => {
                let request = request.map(reqwest::Body::wrap);
                let reply = match reqwest::Request::try_from(request) {
                    Ok(request) => client.execute(request).await,
                    Err(error) => Err(error),
                };
                let reply = reply.map_err(reqwest::Error::without_url);
                self.read(reply.map(http::Response::from), limit).await
            }
        }
    }

    async fn read<B, E>(
        &self,
        reply: Result<http::Response<B>, E>,
        limit: usize,
    ) -> Result<Reply, TransportError>
    where
        B: BodyExt<Data = Bytes>,
        B::Error: Into<BoxError>,
        E: NotSent,
    {
        let to = || self.endpoint.to_string();
        let reply = match reply {
            Ok(reply) => reply,
            Err(error) if error.nothing_was_sent() => return Err(self.not_connected(error)),
            Err(error) => return Err(TransportError::Lost { to: to(), source: error.into() }),
        };
        let (head, body) = reply.into_parts();
        match Limited::new(body, limit).collect().await {
            Ok(body) => {
                Ok(Reply { status: head.status, headers: head.headers, body: body.to_bytes() })
            }
            Err(error) if error.is::<LengthLimitError>() => {
                Err(TransportError::TooLarge { to: to(), limit })
            }
            Err(source) => Err(TransportError::Lost { to: to(), source }),
        }
    }

    /// Tells the proxy's failures from the system's own.
    fn not_connected(&self, error: impl Into<BoxError>) -> TransportError {
        let source = error.into();
        let to = self.endpoint.to_string();
        let Some(proxy) = &self.proxy else {
            return TransportError::NotConnected { to, source };
        };
        let proxy = proxy.to_string();
        match tunnel_failure(source.as_ref()) {
            // The type of this error is private to its crate, so its text has to do.
            Some(text) if text.contains("proxy authorization required") => {
                TransportError::ProxyLogin { proxy }
            }
            Some(_) => TransportError::Proxy { proxy, to, source },
            None => TransportError::NotConnected { to, source },
        }
    }
}

/// Whether a client's error rose before anything of the request was sent.
trait NotSent: Into<BoxError> {
    fn nothing_was_sent(&self) -> bool;
}

impl NotSent for legacy::Error {
    fn nothing_was_sent(&self) -> bool {
        self.is_connect()
    }
}

impl NotSent for reqwest::Error {
    fn nothing_was_sent(&self) -> bool {
        self.is_connect() || self.is_builder()
    }
}

fn tunnel_failure(error: &(dyn StdError + 'static)) -> Option<String> {
    std::iter::successors(Some(error), |error| (*error).source())
        .map(ToString::to_string)
        .find(|text| text.starts_with("tunnel error"))
}

fn connector(connect_timeout: Duration) -> HttpConnector {
    let mut connector = HttpConnector::new();
    connector.set_connect_timeout(Some(connect_timeout));
    connector.set_nodelay(true);
    connector
}

fn tunnel(
    proxy: &Proxy,
    connect_timeout: Duration,
) -> Result<Tunnel<HttpConnector>, EndpointError> {
    let not_a_host = |_| EndpointError::NotAHost { of: "the proxy", host: proxy.host.clone() };
    let address = format!("http://{proxy}").parse::<Uri>().map_err(not_a_host)?;
    let tunnel = Tunnel::new(address, connector(connect_timeout));
    Ok(match &proxy.login {
        Some(login) => tunnel.with_auth(basic(login)?),
        None => tunnel,
    })
}

fn basic(login: &ProxyLogin) -> Result<HeaderValue, EndpointError> {
    let pair = Zeroizing::new(format!("{}:{}", login.user_name, login.password.expose_secret()));
    let text = Zeroizing::new(format!("Basic {}", BASE64_STANDARD.encode(pair.as_bytes())));
    let mut value = HeaderValue::from_str(&text).map_err(|_| EndpointError::ProxyLogin)?;
    value.set_sensitive(true);
    Ok(value)
}

fn plain<C>(connector: C) -> legacy::Client<C, Full<Bytes>>
where
    C: Connect + Clone,
{
    legacy::Client::builder(TokioExecutor::new())
        .pool_idle_timeout(IDLE)
        .pool_timer(TokioTimer::new())
        .build(connector)
}

fn encrypted(
    tls: &Tls,
    proxy: Option<&Proxy>,
    connect_timeout: Duration,
) -> Result<reqwest::Client, EndpointError> {
    // reqwest takes the process's provider and would panic without one. If there is one already, it stays.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let mut builder = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .http1_only()
        .pool_idle_timeout(IDLE)
        .connect_timeout(connect_timeout)
        .tls_danger_accept_invalid_certs(tls.insecure_skip_verify);
    if let Some(bundle) = &tls.ca_bundle {
        let certificates =
            reqwest::Certificate::from_pem_bundle(bundle).map_err(EndpointError::BadCaBundle)?;
        if certificates.is_empty() {
            return Err(EndpointError::EmptyCaBundle);
        }
        builder = builder.tls_certs_merge(certificates);
    }
    if let Some(proxy) = proxy {
        let mut route = reqwest::Proxy::https(format!("http://{proxy}"))
            .map_err(|_| EndpointError::NotAHost { of: "the proxy", host: proxy.host.clone() })?;
        if let Some(login) = &proxy.login {
            route = route.custom_http_auth(basic(login)?);
        }
        builder = builder.proxy(route);
    }
    builder.build().map_err(EndpointError::Tls)
}
