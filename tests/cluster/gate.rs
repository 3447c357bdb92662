//! A way to the API server that can be closed: at one write, as for a process that is killed there, or for watches.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use futures::FutureExt;
use futures::future::BoxFuture;
use http::{Method, Request};
use kube::client::{Body, ClientBuilder};
use kube::{Client, Config};
use tokio_util::sync::CancellationToken;
use tower::{BoxError, Layer, Service};

/// Counts the writes to the API server that are about objects of accounts, and may end at one of them: from then on no
/// request is answered. The writes about sessions are not counted, because time decides when they come.
#[derive(Clone, Default)]
pub struct Gate(Arc<State>);

#[derive(Default)]
struct State {
    ends: Option<End>,
    closed: CancellationToken,
    deaf: AtomicBool,
    writes: Mutex<Vec<String>>,
}

/// Where the way ends.
#[derive(Clone, Copy, Debug)]
pub struct End {
    /// Counted from 1.
    pub write: usize,
    /// Whether the API server gets it; its answer is lost either way.
    pub executed: bool,
}

impl Gate {
    pub fn ending_at(end: End) -> Self {
        Self(Arc::new(State { ends: Some(end), ..State::default() }))
    }

    /// A client whose requests go through here. It sends nothing twice.
    pub fn client(&self, mut config: Config) -> Client {
        config.default_retry = false;
        ClientBuilder::try_from(config).unwrap().with_layer(self).build()
    }

    /// The counted writes, each as its method and path.
    pub fn writes(&self) -> Vec<String> {
        self.0.writes.lock().unwrap().clone()
    }

    /// Whether the write came at which the way ends.
    pub fn is_closed(&self) -> bool {
        self.0.closed.is_cancelled()
    }

    /// From now on, until told otherwise, no watch can begin.
    pub fn set_deaf(&self, deaf: bool) {
        self.0.deaf.store(deaf, Ordering::SeqCst);
    }

    fn is_held_back(&self, request: &Request<Body>) -> bool {
        let query = request.uri().query().unwrap_or_default();
        self.0.deaf.load(Ordering::SeqCst) && query.split('&').any(|part| part == "watch=true")
    }

    fn count(&self, request: &Request<Body>) -> bool {
        let path = request.uri().path();
        if request.method() == Method::GET || path.contains("/apisessions/") {
            return false;
        }
        let mut writes = self.0.writes.lock().unwrap();
        writes.push(format!("{} {path}", request.method()));
        self.0.ends.is_some_and(|end| end.write == writes.len())
    }
}

impl<S> Layer<S> for Gate {
    type Service = Gated<S>;

    fn layer(&self, inner: S) -> Gated<S> {
        Gated { inner, gate: self.clone() }
    }
}

#[derive(Clone)]
pub struct Gated<S> {
    inner: S,
    gate: Gate,
}

impl<S> Service<Request<Body>> for Gated<S>
where
    S: Service<Request<Body>, Error = BoxError>,
    S::Future: Send + 'static,
    S::Response: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<S::Response, S::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let closed = self.gate.0.closed.clone();
        if closed.is_cancelled() {
            return std::future::pending().boxed();
        }
        if self.gate.is_held_back(&request) {
            return std::future::ready(Err("no watch may begin now".into())).boxed();
        }
        let ends = self.gate.count(&request);
        if !ends {
            return self.inner.call(request).boxed();
        }
        let executed = self.gate.0.ends.is_some_and(|end| end.executed);
        let sent = executed.then(|| self.inner.call(request));
        async move {
            if let Some(sent) = sent {
                // Whatever the answer is, nobody hears it.
                drop(sent.await);
            }
            closed.cancel();
            std::future::pending().await
        }
        .boxed()
    }
}
