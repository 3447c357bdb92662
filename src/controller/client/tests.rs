#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use http::{Method, StatusCode};
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;
use kube::api::{DeleteParams, Patch, PatchParams, PostParams, WatchParams};
use serde_json::json;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::time::{Instant, sleep, timeout};
use tower::layer::layer_fn;
use tower::service_fn;
use tower::util::MapRequest;

use super::*;

const LIMIT: Duration = Duration::from_secs(30);

type TestBody = http_body_util::combinators::UnsyncBoxBody<Bytes, BoxError>;

/// What the server does with one request.
#[derive(Debug, Clone, Copy)]
enum Answer {
    Status(u16),
    RetryAfter(u16, &'static str),
    /// The connection breaks after the request was sent.
    Lost,
    /// No reply at all.
    Silence,
    /// The head and the beginning of a body.
    Half,
    /// A watch with one event after this many seconds, and then silence.
    Event(u64),
}

#[derive(Clone, Default)]
struct Server {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    requests: Arc<Mutex<Vec<(Method, Instant)>>>,
}

impl Server {
    /// Answers these in turn, and then with success.
    fn new(answers: impl IntoIterator<Item = Answer>) -> (Self, Api<ConfigMap>) {
        let server = Self::default();
        server.answers.lock().unwrap().extend(answers);
        let this = server.clone();
        let service = service_fn(move |request: Request<Body>| {
            this.requests.lock().unwrap().push((request.method().clone(), Instant::now()));
            let answer = this.answers.lock().unwrap().pop_front().unwrap_or(Answer::Status(200));
            answer.given()
        });
        let client = with_limits(ClientBuilder::new(service, "default"), LIMIT);
        (server, Api::namespaced(client, "default"))
    }

    fn count(&self) -> usize {
        self.requests.lock().unwrap().len()
    }

    fn times(&self) -> Vec<Instant> {
        self.requests.lock().unwrap().iter().map(|(_, time)| *time).collect()
    }
}

impl Answer {
    async fn given(self) -> Result<Response<TestBody>, BoxError> {
        let full = |value: serde_json::Value| {
            Full::from(value.to_string()).map_err(|never| match never {}).boxed_unsync()
        };
        let status = |code: u16| {
            let body = match code {
                200 => json!(map()),
                code => json!({"kind": "Status", "apiVersion": "v1", "status": "Failure",
                    "code": code, "message": "no", "reason": "Test"}),
            };
            let code = StatusCode::from_u16(code).unwrap();
            Response::builder().status(code).body(full(body)).unwrap()
        };
        let open = |first: String, after: u64| {
            let first = stream::once(async move {
                sleep(Duration::from_secs(after)).await;
                Ok::<_, BoxError>(Frame::data(Bytes::from(first)))
            });
            Response::new(BodyExt::boxed_unsync(StreamBody::new(first.chain(stream::pending()))))
        };
        match self {
            Self::Status(code) => Ok(status(code)),
            Self::RetryAfter(code, seconds) => {
                let mut reply = status(code);
                reply.headers_mut().insert("retry-after", HeaderValue::from_static(seconds));
                Ok(reply)
            }
            Self::Lost => Err("connection reset".into()),
            Self::Silence => std::future::pending().await,
            Self::Half => Ok(open("{\"kind\":".to_owned(), 0)),
            Self::Event(after) => {
                let event = json!({"type": "ADDED", "object": map()});
                Ok(open(format!("{event}\n"), after))
            }
        }
    }
}

fn map() -> ConfigMap {
    let mut map = ConfigMap::default();
    map.metadata.name = Some("a".to_owned());
    map.metadata.resource_version = Some("1".to_owned());
    map
}

#[tokio::test(start_paused = true)]
async fn a_request_that_hangs_ends_with_an_error_when_its_time_is_over() {
    for answer in [Answer::Silence, Answer::Half] {
        let (server, api) = Server::new([answer]);
        let begun = Instant::now();
        let error = api.get("a").await.unwrap_err();
        assert_eq!(begun.elapsed(), LIMIT, "{answer:?}");
        let text = format!("{error:?}");
        assert!(text.contains("DeadlineError(30s)"), "{answer:?}: {text}");
        assert_eq!(server.count(), 1);
        api.get("a").await.unwrap();
    }
    let (_, api) = Server::new([Answer::Silence]);
    let begun = Instant::now();
    assert!(api.create(&PostParams::default(), &map()).await.is_err());
    assert_eq!(begun.elapsed(), LIMIT);
}

#[tokio::test(start_paused = true)]
async fn repetitions_count_into_the_time_of_a_request() {
    let (server, api) = Server::new([Answer::RetryAfter(429, "9"); 9]);
    let begun = Instant::now();
    let error = api.get("a").await.unwrap_err();
    assert!(error.to_string().contains("within 30 s"), "{error}");
    assert_eq!((begun.elapsed(), server.count()), (LIMIT, 4));
}

#[tokio::test(start_paused = true)]
async fn a_watch_goes_on_but_has_to_begin_in_time() {
    let (_, api) = Server::new([Answer::Event(3600), Answer::Silence]);
    let begun = Instant::now();
    let mut events = api.watch(&WatchParams::default(), "0").await.unwrap().boxed();
    assert!(events.try_next().await.unwrap().is_some());
    assert_eq!(begun.elapsed(), Duration::from_hours(1));
    assert!(timeout(Duration::from_hours(1), events.try_next()).await.is_err());

    let begun = Instant::now();
    assert!(api.watch(&WatchParams::default(), "0").await.is_err());
    assert_eq!(begun.elapsed(), LIMIT);
}

#[tokio::test(start_paused = true)]
async fn a_read_is_repeated_after_any_passing_failure_and_not_for_ever() {
    let answers = [429, 500, 502, 503, 504].map(Answer::Status);
    for answer in answers.into_iter().chain([Answer::Lost]) {
        let (server, api) = Server::new([answer]);
        api.get("a").await.unwrap();
        assert_eq!(server.count(), 2, "{answer:?}");
        let (server, api) = Server::new([answer; 9]);
        assert!(api.get("a").await.is_err());
        assert_eq!(server.count(), 5, "{answer:?}");
        let pauses: Vec<_> = server.times().windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(pauses[0] >= Duration::from_millis(100), "{pauses:?}");
        assert!(pauses.iter().sum::<Duration>() < Duration::from_secs(5), "{pauses:?}");
    }
    for status in [400, 403, 404, 409, 410, 422] {
        let (server, api) = Server::new([Answer::Status(status)]);
        assert!(api.get("a").await.is_err());
        assert_eq!(server.count(), 1, "{status}");
    }
}

/// One write of each kind.
async fn write(api: &Api<ConfigMap>, verb: &str) -> kube::Result<()> {
    match verb {
        "create" => api.create(&PostParams::default(), &map()).await.map(drop),
        "replace" => api.replace("a", &PostParams::default(), &map()).await.map(drop),
        "patch" => {
            let patch = Patch::Merge(json!({"data": {"a": "b"}}));
            api.patch("a", &PatchParams::default(), &patch).await.map(drop)
        }
        "delete" => api.delete("a", &DeleteParams::default()).await.map(drop),
        verb => panic!("{verb}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_is_repeated_only_if_it_was_certainly_not_executed() {
    for verb in ["create", "replace", "patch", "delete"] {
        let (server, api) = Server::new([Answer::Status(429)]);
        write(&api, verb).await.unwrap();
        assert_eq!(server.count(), 2, "{verb}");
        for answer in [500, 502, 503, 504].map(Answer::Status).into_iter().chain([Answer::Lost]) {
            let (server, api) = Server::new([answer]);
            assert!(write(&api, verb).await.is_err());
            assert_eq!(server.count(), 1, "{verb} {answer:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_servers_own_word_on_the_pause_counts_within_limits() {
    for (asked, expected) in [("3", 3), ("3600", 10)] {
        let (server, api) = Server::new([Answer::RetryAfter(429, asked)]);
        api.get("a").await.unwrap();
        let times = server.times();
        assert_eq!((times[1] - times[0]).as_secs(), expected);
    }
}

/// A configuration for a server at this address.
fn direct(address: SocketAddr) -> Config {
    prepared(Config::new(format!("http://{address}").parse().unwrap()), LIMIT)
}

#[tokio::test(start_paused = true)]
async fn a_write_is_repeated_when_nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let tries = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&tries);
    let count = layer_fn(move |inner| {
        let tries = Arc::clone(&counted);
        MapRequest::new(inner, move |request: Request<Body>| {
            tries.fetch_add(1, Ordering::Relaxed);
            request
        })
    });
    let builder = ClientBuilder::try_from(direct(address)).unwrap().with_layer(&count);
    let api = Api::namespaced(with_limits(builder, LIMIT), "default");
    assert!(write(&api, "create").await.is_err());
    assert_eq!(tries.load(Ordering::Relaxed), 5);
}

#[tokio::test]
async fn every_request_carries_our_name() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config = direct(listener.local_addr().unwrap());
    let client = with_limits(ClientBuilder::try_from(config).unwrap(), LIMIT);
    let api: Api<ConfigMap> = Api::namespaced(client, "default");
    let request = tokio::spawn(async move { api.get("a").await });
    let head = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap().into());
        }
        head
    };
    let head = timeout(Duration::from_secs(20), head).await.unwrap();
    request.abort();
    assert!(head.starts_with("GET /api/v1/namespaces/default/configmaps/a "), "{head}");
    assert!(head.contains(&format!("\r\nuser-agent: {AGENT}\r\n")), "{head}");
}

#[tokio::test(start_paused = true)]
async fn however_many_ask_only_some_requests_are_under_way_and_waiting_costs_no_time() {
    let (server, api) = Server::new(vec![Answer::Silence; AT_ONCE]);
    let asking = (0..3 * AT_ONCE).map(|_| api.get("a"));
    let replies = futures::future::join_all(asking);
    let begun = async {
        sleep(Duration::from_secs(1)).await;
        server.count()
    };
    let (replies, begun) = tokio::join!(replies, begun);
    assert_eq!(begun, AT_ONCE);
    let failed = replies.iter().filter(|reply| reply.is_err()).count();
    assert_eq!(failed, AT_ONCE, "those that waited for their turn were not late");
}
