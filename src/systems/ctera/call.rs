//! One request, as the wire contract wants it.

use bytes::Bytes;
use http::{HeaderValue, Method};
use secrecy::{ExposeSecret, SecretString};
use url::form_urlencoded::byte_serialize;
use zeroize::Zeroizing;

use super::object::{Object, Value};
use super::{SYSTEM, failure};
use crate::remote::{Cause, RemoteError};
use crate::systems::failures::Asked;
use crate::systems::redact::MASK;

/// Room for a page of 1,000 users with nine fields of ordinary length, several times over.
const LIST_LIMIT: usize = 8 << 20;

/// Room for every other reply, which is about one user or one task.
const REPLY_LIMIT: usize = 1 << 20;

/// What is asked of the portal.
#[derive(Debug, Clone)]
pub(super) struct Call {
    /// Words that continue "cannot".
    pub operation: &'static str,
    pub method: Method,
    /// Below the root of the API; empty for the root itself.
    pub path: String,
    pub body: Body,
    pub shape: Shape,
    /// Executing it twice leaves the same as executing it once.
    pub repeatable: bool,
    /// Its values are from a read that it must follow at once: a wait makes them old, so its caller reads again.
    pub is_fresh: bool,
    /// It wants a name, and status 409 says that the name is taken.
    pub takes_name: bool,
    pub limit: usize,
    /// The permission that the call needs, if one is known.
    pub permission: Option<&'static str>,
}

#[derive(Debug, Clone)]
pub(super) enum Body {
    Nothing,
    Value(Value),
    /// A form, which only logging in and out have.
    Form(Option<(String, SecretString)>),
}

/// What a reply must hold, so that a page of a gateway or of a login is not taken for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Nothing, or something in the portal's notation.
    Anything,
    Text,
    /// Text; a reply without a body is an empty one.
    TextOrNothing,
    List,
    Object,
}

/// The word that the vendor's library puts before the name of a method.
#[derive(Debug, Clone, Copy)]
pub(super) enum MethodType {
    Db,
    UserDefined,
}

impl Call {
    /// A request that reads.
    pub(super) fn get(operation: &'static str, path: impl Into<String>, shape: Shape) -> Self {
        Self {
            operation,
            method: Method::GET,
            path: path.into(),
            body: Body::Nothing,
            shape,
            repeatable: true,
            is_fresh: false,
            takes_name: false,
            limit: REPLY_LIMIT,
            permission: None,
        }
    }

    /// A request that replaces what is at this path.
    pub(super) fn put(operation: &'static str, path: impl Into<String>, value: Value) -> Self {
        let get = Self::get(operation, path, Shape::Anything);
        Self { method: Method::PUT, body: Body::Value(value), ..get }
    }

    /// A request that invokes a method of the object at this path.
    pub(super) fn invoke(
        operation: &'static str,
        path: impl Into<String>,
        (kind, name): (MethodType, &'static str),
        argument: Value,
        shape: Shape,
    ) -> Self {
        let kind = match kind {
            MethodType::Db => "db",
            MethodType::UserDefined => "user-defined",
        };
        let envelope = Object::new(None)
            .with("type", Value::text(kind))
            .with("name", Value::text(name))
            .with("param", argument);
        let get = Self::get(operation, path, shape);
        Self { method: Method::POST, body: Body::Value(Value::Object(envelope)), ..get }
    }

    /// A request with a form.
    pub(super) fn form(
        operation: &'static str,
        path: &str,
        login: Option<(String, SecretString)>,
    ) -> Self {
        let get = Self::get(operation, path, Shape::Anything);
        Self { method: Method::POST, body: Body::Form(login), ..get }
    }

    pub(super) fn not_repeatable(mut self) -> Self {
        self.repeatable = false;
        self
    }

    pub(super) fn fresh(mut self) -> Self {
        self.is_fresh = true;
        self.not_repeatable()
    }

    pub(super) fn takes_name(mut self) -> Self {
        self.takes_name = true;
        self
    }

    pub(super) fn needs(mut self, permission: &'static str) -> Self {
        self.permission = Some(permission);
        self
    }

    pub(super) fn list(mut self) -> Self {
        self.limit = LIST_LIMIT;
        self
    }

    /// What a failure of it is about.
    pub(super) fn asked(&self) -> Asked {
        Asked { system: SYSTEM, operation: self.operation, repeatable: self.repeatable }
    }

    /// Refuses what the portal's notation cannot carry. Whoever asks something else first checks before that.
    pub(super) fn check(&self) -> Result<(), RemoteError> {
        match &self.body {
            Body::Value(value) => check_writable(self.operation, value),
            Body::Nothing | Body::Form(_) => Ok(()),
        }
    }

    /// The body to be sent; its memory is wiped when it was.
    pub(super) fn body(&self) -> Bytes {
        let text = match &self.body {
            Body::Nothing | Body::Form(None) => return Bytes::new(),
            Body::Value(value) => value.written(),
            Body::Form(Some((user_name, password))) => login_form(user_name, password),
        };
        Bytes::from_owner(Wiped(text))
    }

    /// The body to be shown.
    pub(super) fn shown(&self) -> String {
        match &self.body {
            Body::Nothing | Body::Form(None) => String::new(),
            Body::Value(value) => value.shown(),
            Body::Form(Some((user_name, _))) => {
                format!("{}{MASK}", *login_form(user_name, &SecretString::default()))
            }
        }
    }

    pub(super) fn content_type(&self) -> Option<HeaderValue> {
        Some(HeaderValue::from_static(match self.body {
            Body::Nothing => return None,
            Body::Value(_) => "text/plain",
            Body::Form(_) => "application/x-www-form-urlencoded",
        }))
    }

    /// The secrets that it carries.
    pub(super) fn secrets(&self) -> Vec<&SecretString> {
        match &self.body {
            Body::Value(value) => value.secrets(),
            Body::Form(Some((_, password))) => vec![password],
            Body::Nothing | Body::Form(None) => Vec::new(),
        }
    }
}

/// Refuses a value that XML has no place for.
pub(super) fn check_writable(operation: &'static str, value: &Value) -> Result<(), RemoteError> {
    if value.is_writable() {
        return Ok(());
    }
    let text = "a value holds control characters, which the portal's notation cannot carry";
    Err(failure(operation, Cause::Rejected, text))
}

/// Text as bytes, wiped at the end.
struct Wiped(Zeroizing<String>);

impl AsRef<[u8]> for Wiped {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

fn login_form(user_name: &str, password: &SecretString) -> Zeroizing<String> {
    let password = password.expose_secret();
    // Three bytes stand for one; growing would leave copies of the secret behind.
    let room = 32 + 3 * (user_name.len() + password.len());
    let mut form = Zeroizing::new(String::with_capacity(room));
    form.push_str("j_username=");
    form.extend(byte_serialize(user_name.as_bytes()));
    form.push_str("&j_password=");
    form.extend(byte_serialize(password.as_bytes()));
    form
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_stands_in_its_envelope_and_secrets_are_hidden_only_when_shown() {
        let user = Object::new(Some("PortalUser"))
            .with("name", Value::text("dana"))
            .with("password", Value::Secret("s<cret".into()))
            .with("company", Value::Null);
        let call = Call::invoke(
            "add",
            "/users",
            (MethodType::Db, "add"),
            Value::Object(user),
            Shape::Text,
        );
        let expected = |password| {
            format!(
                "<obj><att id=\"type\"><val>db</val></att><att id=\"name\"><val>add</val></att><att id=\"param\"><obj class=\"PortalUser\"><att id=\"name\"><val>dana</val></att><att id=\"password\"><val>{password}</val></att><att id=\"company\"/></obj></att></obj>"
            )
        };
        assert_eq!(call.body(), expected("s&lt;cret"));
        assert_eq!(call.shown(), expected("*****"));
        assert_eq!(call.secrets().len(), 1);
        assert!(!format!("{call:?}").contains("cret"));
    }

    #[test]
    fn a_login_is_a_form() {
        let call = Call::form("log in", "/login", Some(("ä b".to_owned(), "p&w=%".into())));
        assert_eq!(call.body(), "j_username=%C3%A4+b&j_password=p%26w%3D%25");
        assert_eq!(call.shown(), "j_username=%C3%A4+b&j_password=*****");
        assert_eq!(Call::form("log out", "/logout", None).body(), "");
    }
}
