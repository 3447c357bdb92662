//! A request as it came in, and what its path and body mean.

use std::net::IpAddr;

use bytes::Bytes;
use http::{HeaderMap, Method};
use serde_json::{Map, Value};
use url::form_urlencoded;

use super::envelope::Failure;

pub(super) struct Request {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) query: Option<String>,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// Where the request came from; the proxy, if there is one.
    pub(super) peer: IpAddr,
    /// Whether it came over TLS.
    pub(super) secure: bool,
}

#[derive(Debug, Eq, PartialEq)]
pub(super) enum Resource {
    Session,
    Password,
    UserPermissionReport,
    CheckPermissionReport,
    UpdateUsers,
    UpdateUser(String),
    UpdateUserPassword(String),
    /// None if the number is none.
    Job(Option<u64>),
    Unknown,
}

impl Request {
    pub(super) fn token(&self) -> Option<&str> {
        self.header("auth-token").filter(|token| !token.is_empty())
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// With and without a slash at the end, the name is the same.
    pub(super) fn resource(&self) -> Resource {
        let path = self.path.strip_suffix('/').unwrap_or(&self.path);
        let mut segments = path.split('/').skip(1).map(decoded);
        let mut next = || segments.next();
        let (root, name, key, more) = (next(), next(), next(), next());
        if root.as_deref() != Some("REST") || more.is_some() {
            return Resource::Unknown;
        }
        match (name.as_deref(), key) {
            // One page of the vendor's help spells it in capitals.
            (Some("Session" | "SESSION"), None) => Resource::Session,
            (Some("Password"), None) => Resource::Password,
            (Some("UserPermissionReport"), None) => Resource::UserPermissionReport,
            (Some("CheckPermissionReport"), None) => Resource::CheckPermissionReport,
            (Some("UpdateUser"), None) => Resource::UpdateUsers,
            (Some("UpdateUser"), Some(user_name)) => Resource::UpdateUser(user_name),
            (Some("UpdateUserPassword"), Some(user_name)) => {
                Resource::UpdateUserPassword(user_name)
            }
            (Some("Job"), Some(id)) => Resource::Job(id.parse().ok()),
            _ => Resource::Unknown,
        }
    }

    pub(super) fn is_login(&self) -> bool {
        self.method == Method::POST && self.resource() == Resource::Session
    }

    /// The arguments; none if there is no body.
    pub(super) fn arguments(&self) -> Result<Map<String, Value>, Failure> {
        if self.body.is_empty() {
            return Ok(Map::new());
        }
        match serde_json::from_slice(&self.body) {
            Ok(Value::Object(map)) => Ok(map),
            Ok(Value::Null) => Ok(Map::new()),
            Ok(_) => Err(Failure::new(400, "INVALID_REQUEST", "json: An object is expected")),
            Err(_) => Err(Failure::new(400, "INVALID_REQUEST", "json: The body cannot be parsed")),
        }
    }

    /// Whether `detail=Y` stands in the query or in the body.
    pub(super) fn wants_detail(&self, arguments: &Map<String, Value>) -> bool {
        let in_query = self.query.as_deref().is_some_and(|query| {
            form_urlencoded::parse(query.as_bytes())
                .any(|(key, value)| key == "detail" && value.eq_ignore_ascii_case("y"))
        });
        in_query
            || arguments
                .get("detail")
                .and_then(Value::as_str)
                .is_some_and(|value| value.eq_ignore_ascii_case("y"))
    }
}

/// Percent-decodes a path segment; what is no escape stays as it is.
pub(super) fn decoded(segment: &str) -> String {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let [first, tail @ ..] = rest {
        if let (b'%', [high, low, after @ ..]) = (*first, tail)
            && let (Some(high), Some(low)) =
                (char::from(*high).to_digit(16), char::from(*low).to_digit(16))
            && let Ok(byte) = u8::try_from(high * 16 + low)
        {
            bytes.push(byte);
            rest = after;
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(path: &str) -> Resource {
        let request = Request {
            method: Method::GET,
            path: path.to_owned(),
            query: None,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            peer: IpAddr::from([127, 0, 0, 1]),
            secure: false,
        };
        request.resource()
    }

    #[test]
    fn a_slash_at_the_end_makes_no_difference() {
        assert_eq!(resource("/REST/UpdateUser"), Resource::UpdateUsers);
        assert_eq!(resource("/REST/UpdateUser/"), Resource::UpdateUsers);
        assert_eq!(resource("/REST/Job/7"), Resource::Job(Some(7)));
        assert_eq!(resource("/REST/Job/x/"), Resource::Job(None));
        assert_eq!(resource("/REST/SESSION/"), Resource::Session);
        for unknown in ["/", "/REST/", "/REST/Zone/", "/UpdateUser/", "/REST/UpdateUser/a/b/"] {
            assert_eq!(resource(unknown), Resource::Unknown, "{unknown}");
        }
    }

    #[test]
    fn a_name_in_the_path_is_percent_decoded() {
        for (segment, name) in [
            ("a%20b", "a b"),
            ("a%2Fb", "a/b"),
            ("%C3%A4", "ä"),
            ("a%2", "a%2"),
            ("a+b%zz", "a+b%zz"),
        ] {
            assert_eq!(
                resource(&format!("/REST/UpdateUser/{segment}/")),
                Resource::UpdateUser(name.to_owned())
            );
        }
    }
}
