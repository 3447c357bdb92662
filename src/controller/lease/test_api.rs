//! As much of an API server as one lease needs, in memory.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use http::{Method, Request, Response, StatusCode};
use http_body_util::BodyExt;
use k8s_openapi::api::coordination::v1::Lease;
use kube::Client;
use kube::client::Body;
use serde_json::{Value, json};
use tokio::time::sleep;
use tower::{BoxError, service_fn};

/// Long enough for requests of two candidates to cross.
const LATENCY: Duration = Duration::from_millis(10);

/// How the API server is reached over one connection.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum Line {
    #[default]
    Up,
    /// Requests get lost.
    Down,
    /// Requests arrive and their replies get lost.
    Deaf,
    /// Every request is refused.
    Forbidden,
}

/// The server. Clones are the same one.
#[derive(Clone, Default)]
pub struct TestApi(Arc<Mutex<Stored>>);

#[derive(Default)]
struct Stored {
    lease: Option<Lease>,
    version: u64,
    requests: Vec<String>,
    meddling: usize,
}

impl TestApi {
    /// A client, and the switch of its line.
    pub fn client(&self) -> (Client, Arc<Mutex<Line>>) {
        let line = Arc::new(Mutex::new(Line::Up));
        let (api, switch) = (self.clone(), Arc::clone(&line));
        let service = service_fn(move |request: Request<Body>| {
            let (api, line) = (api.clone(), Arc::clone(&switch));
            async move { Ok::<_, BoxError>(api.serve(request, &line).await) }
        });
        (Client::new(service, "default"), line)
    }

    pub fn lease(&self) -> Option<Lease> {
        self.stored().lease.clone()
    }

    pub fn holder(&self) -> Option<String> {
        self.lease()?.spec?.holder_identity
    }

    /// Writes the lease as somebody else who may do so.
    pub fn set(&self, lease: Option<Lease>) {
        let mut stored = self.stored();
        stored.version += 1;
        let version = stored.version.to_string();
        stored.lease = lease.map(|mut lease| {
            lease.metadata.resource_version = Some(version);
            lease
        });
    }

    /// After each of the next `times` looks at the lease somebody edits it, so that a write fails that follows.
    pub fn meddle(&self, times: usize) {
        self.stored().meddling = times;
    }

    /// Methods and paths so far.
    pub fn requests(&self) -> Vec<String> {
        self.stored().requests.clone()
    }

    fn stored(&self) -> MutexGuard<'_, Stored> {
        self.0.lock().unwrap()
    }

    async fn serve(&self, request: Request<Body>, line: &Mutex<Line>) -> Response<Body> {
        sleep(LATENCY).await;
        let now = *line.lock().unwrap();
        if now == Line::Down {
            std::future::pending::<()>().await;
        }
        let (head, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        self.stored().requests.push(format!("{} {}", head.method, head.uri.path()));
        let (status, reply) = if now == Line::Forbidden {
            refusal(403, "Forbidden", "leases.coordination.k8s.io \"roster\" is forbidden")
        } else {
            self.answer(&head.method, &body)
        };
        if *line.lock().unwrap() == Line::Deaf {
            std::future::pending::<()>().await;
        }
        let reply = Body::from(serde_json::to_vec(&reply).unwrap());
        Response::builder().status(status).body(reply).unwrap()
    }

    fn answer(&self, method: &Method, body: &[u8]) -> (StatusCode, Value) {
        let stored = self.lease();
        let sent = || serde_json::from_slice::<Lease>(body).unwrap();
        let version = |lease: &Lease| lease.metadata.resource_version.clone();
        match (method.as_str(), stored) {
            ("GET", Some(lease)) => {
                let left = self.stored().meddling.checked_sub(1);
                if let Some(left) = left {
                    self.stored().meddling = left;
                    self.set(Some(lease.clone()));
                }
                (StatusCode::OK, json!(lease))
            }
            ("GET" | "PUT", None) => refusal(404, "NotFound", "there is none"),
            ("POST", None) => {
                self.set(Some(sent()));
                (StatusCode::CREATED, json!(self.lease()))
            }
            ("POST", Some(_)) => refusal(409, "AlreadyExists", "there is one"),
            ("PUT", Some(lease)) if version(&lease) == version(&sent()) => {
                self.set(Some(sent()));
                (StatusCode::OK, json!(self.lease()))
            }
            ("PUT", Some(_)) => refusal(409, "Conflict", "it was modified"),
            (method, _) => panic!("{method} is not for electors"),
        }
    }
}

fn refusal(code: u16, reason: &str, message: &str) -> (StatusCode, Value) {
    let status = json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure",
        "code": code, "reason": reason, "message": message,
    });
    (StatusCode::from_u16(code).unwrap(), status)
}
