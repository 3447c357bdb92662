//! The service as its listeners see it.

use std::sync::Arc;

use http::header::{CONNECTION, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use http::{HeaderMap, HeaderValue};

use super::answer::Answer;
use super::request::Request;
use super::{InFlight, Simulator};
use crate::sim::http::{Arrived, Reply, Service};

impl Service for Simulator {
    type InFlight = InFlight;

    fn receive(self: &Arc<Self>, arrived: Arrived) -> (Reply, InFlight) {
        let Arrived { method, path, query, headers, body, peer, secure, number } = arrived;
        let request = Request { method, path, query, headers, body, peer, secure };
        let (answer, in_flight) = Simulator::decide(self, &request);
        (reply(answer, self.closes_after(number)), in_flight)
    }
}

fn reply(answer: Answer, closes: bool) -> Reply {
    let Answer { status, content_type, location, retry_after, body, delivery, .. } = answer;
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    if let Some(location) = location.and_then(|to| HeaderValue::try_from(to).ok()) {
        headers.insert(LOCATION, location);
    }
    if let Some(seconds) = retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    if closes {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    Reply { status, headers, body, delivery }
}
