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
        // The query means nothing to this API, and whoever asks from where does not either.
        let Arrived { method, path, headers, body, secure, .. } = arrived;
        let request = Request { method, path, headers, body, secure };
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
