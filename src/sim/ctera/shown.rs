//! Bodies of requests in the form in which they may be shown.

use serde_json::{Value, json};
use url::form_urlencoded;

use super::node::Node;
use super::request::{Request, Resource};
use super::xml;

/// What stands in the place of a secret.
const REDACTED: &str = "*****";

/// The body as JSON, null if there is none, without any password and secret.
pub(super) fn body(request: &Request) -> Value {
    if request.body.is_empty() {
        return Value::Null;
    }
    let unreadable = || json!(format!("({} bytes that are no XML)", request.body.len()));
    match request.resource() {
        Resource::Login | Resource::Logout => {
            let form = form_urlencoded::parse(&request.body);
            Value::Object(
                form.map(|(key, value)| (key.into_owned(), json!(value))).map(masked).collect(),
            )
        }
        Resource::Attribute(_, name) if is_secret(&name) => json!(REDACTED),
        _ => match xml::read(&request.body) {
            Ok(node @ (Node::Object(_) | Node::List(_))) => mask(node.to_json()),
            // Where a bare text belongs, it is the name of a tenant or the value of an attribute.
            Ok(node) if bare_text_is_known(request) => node.to_json(),
            _ => unreadable(),
        },
    }
}

fn bare_text_is_known(request: &Request) -> bool {
    matches!(request.resource(), Resource::CurrentPortal | Resource::Attribute(..))
}

fn mask(value: Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(map.into_iter().map(masked).collect()),
        Value::Array(list) => Value::Array(list.into_iter().map(mask).collect()),
        other => other,
    }
}

fn masked((key, value): (String, Value)) -> (String, Value) {
    let value = match value {
        Value::Null => Value::Null,
        _ if is_secret(&key) => json!(REDACTED),
        value => mask(value),
    };
    (key, value)
}

/// Not `requirePasswordChangeOn`, which is a date.
fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with("password") || name.contains("secret")
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, Method};

    use super::*;

    fn shown(path: &str, body_sent: &str) -> String {
        let request = Request {
            method: Method::POST,
            path: format!("/admin/api{path}"),
            query: None,
            headers: HeaderMap::new(),
            body: Bytes::copy_from_slice(body_sent.as_bytes()),
            secure: false,
        };
        body(&request).to_string()
    }

    #[test]
    fn no_password_and_no_secret_is_shown() {
        let user = "<obj class=\"PortalUser\"><att id=\"name\"><val>dana</val></att>\
                    <att id=\"password\"><val>hidden</val></att><att id=\"company\"/>\
                    <att id=\"requirePasswordChangeOn\"><val>2031-05-01</val></att></obj>";
        let name = "\"$class\":\"PortalUser\",\"company\":null,\"name\":\"dana\"";
        let rest = "\"password\":\"*****\",\"requirePasswordChangeOn\":\"2031-05-01\"";
        assert_eq!(shown("/users/dana", user), format!("{{{name},{rest}}}"));
        assert_eq!(shown("/users/dana/password", "<val>hidden</val>"), "\"*****\"");
        assert_eq!(shown("/users/dana/lastName", "<val>x</val>"), "\"x\"");
        assert_eq!(
            shown("/login", "j_username=a&j_password=hidden"),
            "{\"j_password\":\"*****\",\"j_username\":\"a\"}"
        );
        assert_eq!(shown("/currentPortal", "<val>acme</val>"), "\"acme\"");
        assert_eq!(shown("/currentPortal", ""), "null");
        for strange in ["hidden", "<val>hidden</val>", "<val>hidden"] {
            assert!(shown("/users", strange).contains("bytes that are no XML"), "{strange}");
        }
    }
}
