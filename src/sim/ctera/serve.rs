//! The portal as its listeners see it.

use std::sync::Arc;

use http::{HeaderMap, HeaderValue};

use super::answer::Answer;
use super::request::Request;
use super::{InFlight, Simulator};
use crate::sim::http::{Arrived, Reply, Service};

impl Service for Simulator {
    type InFlight = InFlight;

    fn receive(self: &Arc<Self>, arrived: Arrived) -> (Reply, InFlight) {
        let Arrived { method, path, query, headers, body, secure, peer: _, number: _ } = arrived;
        let request = Request { method, path, query, headers, body, secure };
        let (answer, in_flight) = Simulator::decide(self, &request);
        (reply(answer), in_flight)
    }
}

fn reply(answer: Answer) -> Reply {
    let Answer { status, headers: named, body, delivery, .. } = answer;
    let mut headers = HeaderMap::new();
    for (name, value) in named {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.append(name, value);
        }
    }
    Reply { status, headers, body, delivery }
}
