//! No request to the API server waits for ever.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{Method, Request, Response};
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use kube::client::Body;
use thiserror::Error;
use tokio::time::{Instant, Sleep, sleep_until, timeout_at};
use tower::{BoxError, Layer, Service};

/// A time limit for each request with its whole reply. A watch is to go on: of its reply only the head is limited, and
/// kube gives up a watch that is silent for too long by itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct DeadlineLayer {
    pub limit: Duration,
}

#[derive(Debug, Clone)]
pub(super) struct Deadline<S> {
    inner: S,
    limit: Duration,
}

/// The body of a reply that must be over in time.
pub(super) struct Limited<B> {
    body: B,
    limit: Duration,
    over: Option<Pin<Box<Sleep>>>,
}

#[derive(Debug, Error)]
#[error("no complete reply of the API server within {} s", .0.as_secs_f32())]
pub(super) struct DeadlineError(Duration);

impl<S> Layer<S> for DeadlineLayer {
    type Service = Deadline<S>;

    fn layer(&self, inner: S) -> Deadline<S> {
        Deadline { inner, limit: self.limit }
    }
}

impl<S, B> Service<Request<Body>> for Deadline<S>
where
    S: Service<Request<Body>, Response = Response<B>>,
    S::Future: Send + 'static,
    S::Error: Into<BoxError>,
    B: Send + 'static,
{
    type Response = Response<Limited<B>>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let limit = self.limit;
        let end = Instant::now() + limit;
        let goes_on = is_watch(&request);
        let reply = self.inner.call(request);
        Box::pin(async move {
            let reply = timeout_at(end, reply).await.map_err(|_| DeadlineError(limit))?;
            let over = (!goes_on).then(|| Box::pin(sleep_until(end)));
            Ok(reply.map_err(Into::into)?.map(|body| Limited { body, limit, over }))
        })
    }
}

impl<B> HttpBody for Limited<B>
where
    B: HttpBody<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let is_over = self.over.as_mut().is_some_and(|over| over.as_mut().poll(context).is_ready());
        if is_over {
            return Poll::Ready(Some(Err(DeadlineError(self.limit).into())));
        }
        Poll::Pending
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// As the API server decides it: by the parameter `watch` of a read.
fn is_watch(request: &Request<Body>) -> bool {
    let parameters = request.uri().query().unwrap_or_default().split('&');
    let is_set = |parameter: &str| matches!(parameter, "watch" | "watch=1" | "watch=true");
    request.method() == Method::GET && parameters.into_iter().any(is_set)
}
