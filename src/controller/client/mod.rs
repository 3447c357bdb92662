//! The client of the API server: where it is, who we are, and that nothing hangs.

mod config;
mod deadline;
mod retry;
#[cfg(test)]
mod tests;

use std::time::Duration;

use http::header::USER_AGENT;
use http::{HeaderValue, Request, Response};
use hyper::body::Body as HttpBody;
/// What everything that talks to the API server is given.
pub use kube::Client;
use kube::Config;
use kube::client::{AuthError, Body, ClientBuilder};
use thiserror::Error;
use tower::buffer::BufferLayer;
use tower::limit::ConcurrencyLimitLayer;
use tower::retry::RetryLayer;
use tower::{BoxError, Service};

use config::configuration;
use deadline::DeadlineLayer;
use retry::RetryPolicy;

/// What the audit log of the API server shows, and the owner of the fields that we write.
const AGENT: &str = concat!("roster/", env!("CARGO_PKG_VERSION"));

/// Requests that wait for their reply at the same time. Each is a connection, and 100,000 objects may ask at once.
const AT_ONCE: usize = 32;

/// Requests that may wait for their turn. kube's own client has as many.
const WAITING: usize = 1024;

/// How to reach the API server.
#[derive(Debug, Clone)]
pub struct ConnectOptions {
    /// A context of the kubeconfig. With it the kubeconfig is used, also inside a cluster.
    pub context: Option<String>,
    /// For TCP and TLS.
    pub connect_timeout: Duration,
    /// For one request, its repetitions and its whole reply; of a watch, for the head of the reply.
    pub request_timeout: Duration,
}

impl Default for ConnectOptions {
    fn default() -> Self {
        Self {
            context: None,
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(30),
        }
    }
}

/// Why there is no client.
#[derive(Debug, Error)]
pub enum ConnectError {
    #[error(
        "there is no API server to talk to: this is no Pod with a service account ({in_cluster}), and the kubeconfig cannot be used ({kubeconfig}); set KUBECONFIG, or run in a cluster with automountServiceAccountToken"
    )]
    Nowhere { in_cluster: String, kubeconfig: String },
    #[error(
        "the context {context} of the kubeconfig cannot be used ({kubeconfig}); `kubectl config get-contexts` lists the ones that there are"
    )]
    Context { context: String, kubeconfig: String },
    #[error("the configuration for the API server at {server} cannot be used: {text}")]
    Unusable { server: String, text: String },
}

/// A client of the API server: the service account of this Pod, or else the kubeconfig (`KUBECONFIG`, then
/// `~/.kube/config`). Sends nothing yet.
///
/// Guarantees of the client: a request that is no watch ends within `request_timeout`; a read is repeated after a
/// passing failure; a write only if it was certainly not executed. `HTTPS_PROXY` has no meaning here: it is for the way
/// to the internet.
///
/// # Errors
/// What was tried, why each failed, and what to do.
pub async fn connect(options: ConnectOptions) -> Result<Client, ConnectError> {
    let ConnectOptions { context, connect_timeout, request_timeout } = options;
    let config = prepared(configuration(context).await?, connect_timeout);
    let server = config.cluster_url.to_string();
    let builder = ClientBuilder::try_from(config)
        .map_err(|error| ConnectError::Unusable { server, text: why_unusable(&error) })?;
    Ok(with_limits(builder, request_timeout))
}

fn prepared(config: Config, connect_timeout: Duration) -> Config {
    let mut config = config;
    config.connect_timeout = Some(connect_timeout);
    // Ours does it, and only what is safe.
    config.default_retry = false;
    // kube sends none by itself.
    config.headers.push((USER_AGENT, HeaderValue::from_static(AGENT)));
    config
}

/// What a credential plugin printed may hold a token.
fn why_unusable(error: &kube::Error) -> String {
    match error {
        kube::Error::Auth(AuthError::AuthExecRun { cmd, out }) => {
            format!("the credential plugin `{cmd}` ended with {}; run it by hand", out.status)
        }
        kube::Error::Auth(AuthError::AuthExecParse(_)) => {
            "the credential plugin printed something else than credentials".to_owned()
        }
        error => error.to_string(),
    }
}

/// The limits around whatever sends the requests.
fn with_limits<S, B>(builder: ClientBuilder<S>, request_timeout: Duration) -> Client
where
    S: Service<Request<Body>, Response = Response<B>> + Send + 'static,
    S::Error: Into<BoxError> + Send + Sync + 'static,
    S::Future: Send + 'static,
    B: HttpBody<Data = bytes::Bytes> + Send + Unpin + 'static,
    B::Error: Into<BoxError>,
{
    builder
        // Only what can be cloned can be repeated.
        .with_layer(&BufferLayer::new(WAITING))
        .with_layer(&RetryLayer::new(RetryPolicy::new()))
        .with_layer(&DeadlineLayer { limit: request_timeout })
        // Outside of the deadline: who waits for its turn is not late.
        .with_layer(&ConcurrencyLimitLayer::new(AT_ONCE))
        .build()
}
