//! A plain HTTP client for the portal, which knows no more of its XML than what it looks for.

use reqwest::Client;
use roster::sim::ctera::{Ctera, Fault};
use roster::sim::{ANY_PORT, Options, Running, Seed};
use serde_json::{Map, Value, json};

pub use crate::support::Reply;
use crate::support::{client, read};

pub struct Portal {
    pub running: Running,
    pub client: Client,
}

/// Somebody who is logged in.
pub struct Session<'a> {
    portal: &'a Portal,
    context: &'static str,
    pub cookie: String,
}

impl Portal {
    pub async fn start() -> Portal {
        Portal::start_with(Options::default()).await
    }

    pub async fn seeded(portal: &str) -> Portal {
        let seed = format!("customers: {{any: {{}}}}\nportal:\n{portal}");
        let seed = Seed::from_yaml(&seed).unwrap();
        Portal::start_with(Options { seed, ..Options::default() }).await
    }

    async fn start_with(options: Options) -> Portal {
        let options = Options { ctera_plain: Some(ANY_PORT), control: Some(ANY_PORT), ..options };
        Portal { running: roster::sim::start(options).await.unwrap(), client: client() }
    }

    pub fn ctera(&self) -> Ctera<'_> {
        self.running.ctera()
    }

    pub async fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Reply {
        self.try_ask(method, path, headers, body).await.unwrap()
    }

    pub async fn try_ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> reqwest::Result<Reply> {
        let url = format!("{}{path}", self.ctera().plain_url().unwrap());
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.client.request(method, url).header("Content-Type", "text/plain");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        read(request.body(body.to_owned())).await
    }

    pub async fn try_log_in(&self, context: &str, name: &str, password: &str) -> Reply {
        let form: String = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("j_username", name), ("j_password", password)])
            .finish();
        self.ask("POST", &format!("/{context}/api/login"), &[], &form).await
    }

    pub async fn log_in_as(
        &self,
        context: &'static str,
        name: &str,
        password: &str,
    ) -> Session<'_> {
        let reply = self.try_log_in(context, name, password).await;
        assert_eq!((reply.status, &*reply.text), (200, "<val>Login succeed</val>"));
        Session { portal: self, context, cookie: reply.cookie().unwrap() }
    }

    /// The global administrator of the default seed.
    pub async fn log_in(&self) -> Session<'_> {
        self.log_in_as("admin", "admin", "admin-password").await
    }

    /// The same in tenant `acme`.
    pub async fn log_in_to_acme(&self) -> Session<'_> {
        let session = self.log_in().await;
        session.select("acme").await;
        session
    }

    /// The administrator of `acme`.
    pub async fn log_in_as_tenant(&self) -> Session<'_> {
        self.log_in_as("ServicesPortal", "acme-admin", "acme-admin-password").await
    }

    /// Orders a fault in the words of the control API.
    pub fn fault(&self, kind: &str, more: Value) {
        let mut fault = json!({"system": "ctera", "kind": kind});
        if let (Some(fault), Value::Object(more)) = (fault.as_object_mut(), more) {
            fault.extend(more);
        }
        self.ctera().fault(Fault::from_json(fault).unwrap());
    }

    pub fn folders(&self) -> u64 {
        self.ctera().counters().deleted_folders
    }
}

impl Session<'_> {
    pub async fn send(&self, method: &str, path: &str, body: &str) -> Reply {
        self.try_send(method, path, body).await.unwrap()
    }

    pub async fn try_send(&self, method: &str, path: &str, body: &str) -> reqwest::Result<Reply> {
        let path = format!("/{}/api{path}", self.context);
        let cookie = format!("JSESSIONID={}", self.cookie);
        self.portal.try_ask(method, &path, &[("Cookie", &cookie)], body).await
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send("GET", path, "").await
    }

    pub async fn put(&self, path: &str, body: &str) -> Reply {
        self.send("PUT", path, body).await
    }

    pub async fn call(&self, path: &str, method: &str, param: &str) -> Reply {
        self.send("POST", path, &call(method, param)).await
    }

    pub async fn select(&self, tenant: &str) {
        let reply = self.put("/currentPortal", &format!("<val>{tenant}</val>")).await;
        assert_eq!((reply.status, &*reply.text), (200, ""));
    }

    pub async fn add(&self, name: &str, more: &str) -> Reply {
        self.call("/users", "add", &user(name, more)).await
    }

    /// Names in the order of the list.
    pub async fn names(&self, path: &str, query: &str) -> (Vec<String>, bool) {
        let query =
            format!("<obj><att id=\"include\"><list><val>name</val></list></att>{query}</obj>");
        let reply = self.call(path, "query", &query).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        let names = reply.atts("name");
        (names, reply.att("hasMore").unwrap() == "true")
    }

    /// The uid of a user, or of whatever has one at this path.
    pub async fn uid(&self, path: &str) -> String {
        self.get(path).await.att("uid").unwrap()
    }
}

pub fn call(method: &str, param: &str) -> String {
    format!(
        "<obj><att id=\"type\"><val>db</val></att><att id=\"name\"><val>{method}</val></att>\
         <att id=\"param\">{param}</att></obj>"
    )
}

/// A new user with what the vendor's client sends.
pub fn user(name: &str, more: &str) -> String {
    let att = |id: &str, value: &str| format!("<att id=\"{id}\"><val>{value}</val></att>");
    let known = [
        ("name", name),
        ("email", "new@example.com"),
        ("firstName", "New"),
        ("lastName", "User"),
        ("password", "pw-1"),
        ("role", "EndUser"),
    ];
    let known: String = known
        .into_iter()
        .filter(|(id, _)| !more.contains(&format!("\"{id}\"")))
        .map(|(id, value)| att(id, value))
        .collect();
    format!("<obj class=\"PortalUser\">{known}<att id=\"company\"/>{more}</obj>")
}

pub fn map(value: Value) -> Map<String, Value> {
    serde_json::from_value(value).unwrap()
}

impl Reply {
    /// The texts of all attributes of this name; null is left out.
    pub fn atts(&self, id: &str) -> Vec<String> {
        let start = format!("<att id=\"{id}\"><val>");
        let found = self.text.split(&start).skip(1);
        found.map(|rest| rest.split("</val>").next().unwrap().to_owned()).collect()
    }

    /// The text of the first attribute of this name.
    pub fn att(&self, id: &str) -> Option<String> {
        self.atts(id).into_iter().next()
    }

    pub fn has_null(&self, id: &str) -> bool {
        self.text.contains(&format!("<att id=\"{id}\"/>"))
    }

    /// The session that comes along.
    pub fn cookie(&self) -> Option<String> {
        let cookie = self.header("set-cookie")?.strip_prefix("JSESSIONID=")?;
        Some(cookie.split(';').next()?.to_owned())
    }

    /// Asserts that this is a refusal in the form of the contract, and returns its words.
    #[track_caller]
    pub fn refused(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.att("rc").as_deref(), Some("1"));
        self.att("msg").unwrap()
    }

    /// Asserts that the session is none, in the form that the vendor's client knows.
    #[track_caller]
    pub fn leads_to_login(&self) {
        assert_eq!(self.status, 302, "{}", self.text);
        assert_eq!(self.header("location"), Some("/ServicesPortal/login.html"));
        assert!(self.cookie().is_some());
    }

    /// Asserts success without a body.
    #[track_caller]
    pub fn is_empty(&self) {
        assert_eq!((self.status, &*self.text), (200, ""));
    }
}
