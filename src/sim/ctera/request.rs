//! A request as it came in, and what its path and body mean.

use bytes::Bytes;
use http::header::{COOKIE, HOST};
use http::{HeaderMap, Method};

use super::failure::Failure;
use super::node::Node;
use super::xml;

pub(super) struct Request {
    pub(super) method: Method,
    /// As sent, without the query.
    pub(super) path: String,
    /// Means nothing to this API.
    pub(super) query: Option<String>,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// Whether it came over TLS.
    pub(super) secure: bool,
}

/// Whose API it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Context {
    Admin,
    ServicesPortal,
}

/// What a path leads to. Names are decoded.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Resource {
    Startup,
    PublicInfo,
    /// A page for people, such as that of the login.
    Page,
    Login,
    Logout,
    CurrentSession,
    CurrentPortal,
    Version,
    RoleSettings(String),
    /// The API itself.
    Root,
    Domains,
    /// The local users, or those of a directory.
    Users(Option<String>),
    User(Target),
    Attribute(Target, String),
    Defaults(String),
    Task(String),
    Unknown,
}

/// How a request names a user.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Target {
    Named { domain: Option<String>, name: String },
    Uid(u64),
}

/// A method and what it is called with.
pub(super) struct Call {
    pub(super) name: String,
    pub(super) param: Node,
}

impl Context {
    /// The first segment of its paths.
    pub(super) fn name(self) -> &'static str {
        match self {
            Context::Admin => "admin",
            Context::ServicesPortal => "ServicesPortal",
        }
    }
}

impl Request {
    pub(super) fn context(&self) -> Option<Context> {
        let first = self.path.split('/').nth(1)?;
        [Context::Admin, Context::ServicesPortal]
            .into_iter()
            .find(|context| context.name() == first)
    }

    pub(super) fn resource(&self) -> Resource {
        let path = self.path.strip_suffix('/').unwrap_or(&self.path);
        // Decoded once, and after it was split: a name may have a slash in it.
        let segments: Vec<String> = path.split('/').skip(1).map(decoded).collect();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        match segments.as_slice() {
            ["admin", "startup"] => Resource::Startup,
            ["admin" | "ServicesPortal", "public", "publicInfo"] => Resource::PublicInfo,
            ["admin" | "ServicesPortal", page] if is_page(page) => Resource::Page,
            ["admin" | "ServicesPortal", "api", below @ ..] => below_the_root(below),
            _ => Resource::Unknown,
        }
    }

    /// The session that the client says it has.
    pub(super) fn session(&self) -> Option<&str> {
        let cookies = self.headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let pairs = cookies.flat_map(|value| value.split(';'));
        pairs
            .filter_map(|pair| pair.trim().split_once('='))
            .find_map(|(name, value)| (name == "JSESSIONID").then(|| value.trim_matches('"')))
    }

    /// The first word of the host name.
    pub(super) fn host(&self) -> Option<&str> {
        self.headers.get(HOST)?.to_str().ok()?.split(['.', ':']).next()
    }

    pub(super) fn value(&self) -> Result<Node, Failure> {
        xml::read(&self.body).map_err(Failure::invalid)
    }

    /// The method that a POST invokes.
    pub(super) fn call(&self) -> Result<Call, Failure> {
        let body = self.value()?;
        let envelope = body.as_object();
        let envelope = envelope.ok_or_else(|| Failure::invalid("the body names no method"))?;
        let name = envelope.text("name").filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| Failure::invalid("the body names no method"))?.to_owned();
        Ok(Call { name, param: envelope.get("param").cloned().unwrap_or_default() })
    }

    /// The name of the method, if it is a POST that invokes one.
    pub(super) fn operation(&self) -> Option<String> {
        let is_form = matches!(self.resource(), Resource::Login | Resource::Logout);
        let invokes = self.method == Method::POST && !is_form;
        invokes.then(|| self.call().ok().map(|call| call.name)).flatten()
    }
}

fn below_the_root(segments: &[&str]) -> Resource {
    let named = |domain: Option<&str>, name: &str| Target::Named {
        domain: domain.map(str::to_owned),
        name: name.to_owned(),
    };
    match *segments {
        [] => Resource::Root,
        ["login"] => Resource::Login,
        ["logout"] => Resource::Logout,
        ["currentSession"] => Resource::CurrentSession,
        ["currentPortal"] => Resource::CurrentPortal,
        ["version"] => Resource::Version,
        ["rolesSettings", key] => Resource::RoleSettings(key.to_owned()),
        ["domains"] => Resource::Domains,
        ["users"] => Resource::Users(None),
        ["users", name] => Resource::User(named(None, name)),
        ["users", name, attribute] => Resource::Attribute(named(None, name), attribute.to_owned()),
        ["domains", domain, "adUsers"] => Resource::Users(Some(domain.to_owned())),
        ["domains", domain, "adUsers", name] => Resource::User(named(Some(domain), name)),
        ["domains", domain, "adUsers", name, attribute] => {
            Resource::Attribute(named(Some(domain), name), attribute.to_owned())
        }
        ["objs", uid] => by_uid(uid).map_or(Resource::Unknown, Resource::User),
        ["objs", uid, attribute] => by_uid(uid)
            .map_or(Resource::Unknown, |target| Resource::Attribute(target, attribute.to_owned())),
        ["defaults", class] => Resource::Defaults(class.to_owned()),
        ["servers", server, "bgTasks", id] => {
            Resource::Task(format!("servers/{server}/bgTasks/{id}"))
        }
        _ => Resource::Unknown,
    }
}

fn is_page(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, kind)| kind == "html")
}

fn by_uid(uid: &str) -> Option<Target> {
    uid.parse().ok().map(Target::Uid)
}

/// Percent-decodes a path segment; what is no escape stays as it is.
fn decoded(segment: &str) -> String {
    percent_encoding::percent_decode_str(segment).decode_utf8_lossy().into_owned()
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
            secure: false,
        };
        request.resource()
    }

    #[test]
    fn both_contexts_have_the_same_resources() {
        for context in ["admin", "ServicesPortal"] {
            let at = |path: &str| resource(&format!("/{context}/api{path}"));
            assert_eq!(at(""), Resource::Root);
            assert_eq!(at("/"), Resource::Root);
            assert_eq!(at("/users"), Resource::Users(None));
            assert_eq!(at("/objs/7"), Resource::User(Target::Uid(7)));
            assert_eq!(at("/objs/x"), Resource::Unknown);
            assert_eq!(at("/servers/a/bgTasks/7"), Resource::Task("servers/a/bgTasks/7".into()));
            assert_eq!(at("/domains/d/adUsers"), Resource::Users(Some("d".into())));
        }
        for unknown in ["/", "/api", "/admin", "/admin/api2", "/other/api/users"] {
            assert_eq!(resource(unknown), Resource::Unknown, "{unknown}");
        }
    }

    #[test]
    fn a_name_in_the_path_is_decoded_once() {
        for (segment, name) in
            [("a%20b", "a b"), ("a%2Fb", "a/b"), ("%2541", "%41"), ("a%zz", "a%zz")]
        {
            let named = Target::Named { domain: None, name: name.to_owned() };
            let path = format!("/admin/api/users/{segment}");
            assert_eq!(resource(&path), Resource::User(named.clone()));
            let path = format!("{path}/lastName");
            assert_eq!(resource(&path), Resource::Attribute(named, "lastName".to_owned()));
        }
    }
}
