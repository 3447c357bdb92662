//! Which requests to the API server are sent again.

use std::error::Error as StdError;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use http::header::RETRY_AFTER;
use http::{Method, Request, Response, StatusCode};
use hyper_util::client::legacy;
use kube::client::Body;
use tokio::time::{Sleep, sleep};
use tower::BoxError;
use tower::retry::Policy;

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// How often a request is sent again after the first time.
const REPEATS: usize = 4;
/// The longest pause that the API server's own word is good for. A caller who wants to wait longer does so itself.
const LONGEST_PAUSE_ASKED: Duration = Duration::from_secs(10);

/// Sends again what certainly does no harm.
///
/// kube's own policy repeats every verb on 503 and 504. These do not prove that nothing happened: a create that was
/// executed would then be answered with "already exists", and a replacement with a conflict that we caused ourselves,
/// and neither tells who did it. So a read is repeated after any passing failure, and a write only if it was not
/// executed: the server was not reached at all, or answered 429, which it does before it looks at a request. What is
/// left fails, and the next reconcile begins with looking.
#[derive(Debug)]
pub(super) struct RetryPolicy {
    pauses: ExponentialBackoff,
}

impl RetryPolicy {
    pub(super) fn new() -> Self {
        let pauses = ExponentialBuilder::default()
            .with_jitter()
            .with_min_delay(FIRST_PAUSE)
            .with_max_delay(LONGEST_PAUSE)
            .with_max_times(REPEATS)
            .build();
        Self { pauses }
    }
}

/// Each request begins with a clone.
impl Clone for RetryPolicy {
    fn clone(&self) -> Self {
        Self::new()
    }
}

impl<B> Policy<Request<Body>, Response<B>, BoxError> for RetryPolicy {
    type Future = Sleep;

    fn retry(
        &mut self,
        request: &mut Request<Body>,
        result: &mut Result<Response<B>, BoxError>,
    ) -> Option<Sleep> {
        let reads = request.method() == Method::GET;
        let again = match result {
            Ok(reply) => match reply.status() {
                StatusCode::TOO_MANY_REQUESTS => true,
                status => reads && status.is_server_error(),
            },
            Err(error) => reads || was_not_reached(&**error),
        };
        if !again {
            return None;
        }
        let pause = self.pauses.next()?;
        let asked = result.as_ref().ok().and_then(asked_pause).unwrap_or_default();
        Some(sleep(pause.max(asked.min(LONGEST_PAUSE_ASKED))))
    }

    fn clone_request(&mut self, request: &Request<Body>) -> Option<Request<Body>> {
        let mut clone = Request::new(request.body().try_clone()?);
        clone.method_mut().clone_from(request.method());
        clone.uri_mut().clone_from(request.uri());
        *clone.version_mut() = request.version();
        clone.headers_mut().clone_from(request.headers());
        clone.extensions_mut().clone_from(request.extensions());
        Some(clone)
    }
}

/// Whether there was no connection on which the request could have been sent.
fn was_not_reached(error: &(dyn StdError + 'static)) -> bool {
    let mut error = Some(error);
    while let Some(this) = error {
        if let Some(client) = this.downcast_ref::<legacy::Error>() {
            return client.is_connect();
        }
        error = this.source();
    }
    false
}

/// In seconds; the API server sends no dates.
fn asked_pause<B>(reply: &Response<B>) -> Option<Duration> {
    let seconds = reply.headers().get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}
