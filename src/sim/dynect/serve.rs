//! The HTTP side: connections in, replies or their absence out.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures::stream;
use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use http::{HeaderValue, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, Limited, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::answer::{Answer, Delivery};
use super::request::Request;
use super::{InFlight, Simulator};

/// The longest body that is read; requests of this API are a few hundred bytes.
const BODY_LIMIT: usize = 1 << 20;
/// The piece that an endless reply repeats when its body is short.
const PIECE: usize = 16 << 10;
/// How long to rest after a connection could not be accepted.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

type Body = UnsyncBoxBody<Bytes, io::Error>;

/// Makes hyper close the connection without a reply.
#[derive(Debug, Error)]
#[error("the connection is to close without a reply")]
struct NoReply;

/// Serves until told to stop; then all connections close.
pub(in crate::sim) async fn serve(
    simulator: Arc<Simulator>,
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    stop: CancellationToken,
) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            Some(_) = connections.join_next() => continue,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, peer)) = accepted else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let simulator = Arc::clone(&simulator);
        let tls = tls.clone();
        connections.spawn(async move {
            // Small replies are to leave at once.
            let _ = stream.set_nodelay(true);
            match tls {
                None => connection(simulator, stream, peer, false).await,
                Some(tls) => {
                    if let Ok(stream) = tls.accept(stream).await {
                        connection(simulator, stream, peer, true).await;
                    }
                }
            }
        });
    }
}

async fn connection(
    simulator: Arc<Simulator>,
    stream: impl AsyncRead + AsyncWrite + Unpin,
    peer: SocketAddr,
    secure: bool,
) {
    let served = AtomicU32::new(0);
    let service = service_fn(|incoming| {
        let number = served.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        respond(Arc::clone(&simulator), incoming, peer.ip(), secure, number)
    });
    // What goes wrong here is the client's to see.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn respond(
    simulator: Arc<Simulator>,
    incoming: hyper::Request<Incoming>,
    peer: IpAddr,
    secure: bool,
    number: u32,
) -> Result<Response<Body>, NoReply> {
    let (head, body) = incoming.into_parts();
    // Whoever stops in the middle of a request gets no reply.
    let body = Limited::new(body, BODY_LIMIT).collect().await.map_err(|_| NoReply)?.to_bytes();
    let request = Request {
        method: head.method,
        path: head.uri.path().to_owned(),
        query: head.uri.query().map(str::to_owned),
        headers: head.headers,
        body,
        peer,
        secure,
    };
    let (answer, in_flight) = Simulator::receive(&simulator, &request);
    let closes = simulator.closes_after(number);
    if let Delivery::After(late) = answer.delivery {
        tokio::time::sleep(late).await;
    }
    if answer.delivery == Delivery::Never {
        return Err(NoReply);
    }
    Ok(response(answer, in_flight, closes))
}

fn response(answer: Answer, in_flight: InFlight, closes: bool) -> Response<Body> {
    let Answer { status, content_type, location, retry_after, body, delivery, .. } = answer;
    let length = body.len();
    let body = match delivery {
        Delivery::Half => half(body),
        Delivery::Endless(pause) => endless(&body, pause, in_flight),
        Delivery::Now | Delivery::After(_) | Delivery::Never => {
            drop(in_flight);
            Full::from(body).map_err(|never: Infallible| match never {}).boxed_unsync()
        }
    };
    let mut response = Response::new(body);
    // All statuses in use are valid ones; 200 stands for none.
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    if delivery == Delivery::Half {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    if let Some(location) = location.and_then(|to| HeaderValue::try_from(to).ok()) {
        headers.insert(LOCATION, location);
    }
    if let Some(seconds) = retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    if closes {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Half of the body, then an error, which makes hyper close the connection.
fn half(body: String) -> Body {
    let mut first = Bytes::from(body);
    first.truncate(first.len() / 2);
    let stream = stream::unfold(Some(first), |left| async move {
        if let Some(first) = left {
            return Some((Ok(Frame::data(first)), None));
        }
        // Lets hyper send what it has before it learns of the error.
        tokio::task::yield_now().await;
        Some((Err(io::Error::other("cut off on purpose")), None))
    });
    StreamBody::new(stream).boxed_unsync()
}

/// The request stays in flight until the client goes away.
fn endless(body: &str, pause: Duration, in_flight: InFlight) -> Body {
    let times = PIECE / body.len().max(1) + 1;
    let piece = Bytes::from(body.repeat(times));
    let stream = stream::unfold((piece, in_flight), move |(piece, in_flight)| async move {
        tokio::time::sleep(pause).await;
        Some((Ok(Frame::data(piece.clone())), (piece, in_flight)))
    });
    StreamBody::new(stream).boxed_unsync()
}
