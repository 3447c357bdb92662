//! The HTTP side of the simulators: connections in, replies or their absence out.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures::stream;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
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

/// The longest body that is read; requests of these APIs are a few hundred bytes.
const BODY_LIMIT: usize = 1 << 20;
/// The piece that an endless reply repeats when its body is short.
const PIECE: usize = 16 << 10;
/// How long to rest after a connection could not be accepted.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

type Body = UnsyncBoxBody<Bytes, io::Error>;

/// A request that has arrived completely.
pub(super) struct Arrived {
    pub(super) method: Method,
    /// As sent, without the query.
    pub(super) path: String,
    pub(super) query: Option<String>,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// Where the request came from; the proxy, if there is one.
    pub(super) peer: IpAddr,
    /// Whether it came over TLS.
    pub(super) secure: bool,
    /// How many requests came on its connection, with this one.
    pub(super) number: u32,
}

/// What goes back. The length is added to the headers.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
    pub(super) delivery: Delivery,
}

/// How a reply goes back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Delivery {
    Now,
    After(Duration),
    /// Half of the body, then the connection closes.
    Half,
    /// The body again and again, with this pause in between.
    Endless(Duration),
    /// The connection closes without a reply.
    Never,
}

/// Whoever decides what is replied.
pub(super) trait Service: Send + Sync + 'static {
    /// Dropped when the request is answered.
    type InFlight: Send + 'static;

    fn receive(self: &Arc<Self>, arrived: Arrived) -> (Reply, Self::InFlight);
}

/// Makes hyper close the connection without a reply.
#[derive(Debug, Error)]
#[error("the connection is to close without a reply")]
struct NoReply;

/// Serves until told to stop; then all connections close.
pub(super) async fn serve<S: Service>(
    service: Arc<S>,
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
        let service = Arc::clone(&service);
        let tls = tls.clone();
        connections.spawn(async move {
            // Small replies are to leave at once.
            let _ = stream.set_nodelay(true);
            match tls {
                None => connection(service, stream, peer, false).await,
                Some(tls) => {
                    if let Ok(stream) = tls.accept(stream).await {
                        connection(service, stream, peer, true).await;
                    }
                }
            }
        });
    }
}

async fn connection<S: Service>(
    service: Arc<S>,
    stream: impl AsyncRead + AsyncWrite + Unpin,
    peer: SocketAddr,
    secure: bool,
) {
    let served = AtomicU32::new(0);
    let each = service_fn(|incoming| {
        let number = served.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        respond(Arc::clone(&service), incoming, peer.ip(), secure, number)
    });
    // What goes wrong here is the client's to see.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), each).await;
}

async fn respond<S: Service>(
    service: Arc<S>,
    incoming: hyper::Request<Incoming>,
    peer: IpAddr,
    secure: bool,
    number: u32,
) -> Result<Response<Body>, NoReply> {
    let (head, body) = incoming.into_parts();
    // Whoever stops in the middle of a request gets no reply.
    let body = Limited::new(body, BODY_LIMIT).collect().await.map_err(|_| NoReply)?.to_bytes();
    let arrived = Arrived {
        method: head.method,
        path: head.uri.path().to_owned(),
        query: head.uri.query().map(str::to_owned),
        headers: head.headers,
        body,
        peer,
        secure,
        number,
    };
    let (reply, in_flight) = service.receive(arrived);
    if let Delivery::After(late) = reply.delivery {
        tokio::time::sleep(late).await;
    }
    if reply.delivery == Delivery::Never {
        return Err(NoReply);
    }
    Ok(response(reply, in_flight))
}

fn response<G: Send + 'static>(reply: Reply, in_flight: G) -> Response<Body> {
    let Reply { status, headers, body, delivery } = reply;
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
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    *response.headers_mut() = headers;
    if delivery == Delivery::Half {
        response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
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
fn endless<G: Send + 'static>(body: &str, pause: Duration, in_flight: G) -> Body {
    let times = PIECE / body.len().max(1) + 1;
    // A reply without a body would never say anything.
    let piece = if body.is_empty() { " ".repeat(PIECE) } else { body.repeat(times) };
    let stream =
        stream::unfold((Bytes::from(piece), in_flight), move |(piece, in_flight)| async move {
            tokio::time::sleep(pause).await;
            Some((Ok(Frame::data(piece.clone())), (piece, in_flight)))
        });
    StreamBody::new(stream).boxed_unsync()
}
