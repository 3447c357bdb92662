//! A plain HTTP client for the simulator, and what tests ask of it.

use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Client, Method, RequestBuilder};
use roster::sim::{ANY_PORT, Fault, JournalEntry, Options, Running, Seed};
use serde_json::{Value, json};

/// How long to wait for something that is to happen at once.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Bench {
    pub running: Running,
    pub client: Client,
}

#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

pub fn client() -> Client {
    rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
    client_builder().build().unwrap()
}

pub fn client_builder() -> reqwest::ClientBuilder {
    rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
    Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none())
}

/// Waits until the condition holds.
pub async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let waiting = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE, waiting).await.is_ok(), "never: {what}");
}

impl Bench {
    pub async fn start() -> Bench {
        Bench::start_with(Options { control: Some(ANY_PORT), ..Options::default() }).await
    }

    pub async fn seeded(seed: &str) -> Bench {
        let seed = Seed::from_yaml(seed).unwrap();
        Bench::start_with(Options { seed, ..Options::default() }).await
    }

    pub async fn start_with(options: Options) -> Bench {
        Bench { running: roster::sim::start(options).await.unwrap(), client: client() }
    }

    pub fn request(&self, method: &str, path: &str, token: Option<&str>) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let url = format!("{}{path}", self.running.dynect_url());
        let request = self.client.request(method, url).header("Content-Type", "application/json");
        match token {
            Some(token) => request.header("Auth-Token", token),
            None => request,
        }
    }

    pub async fn try_send(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Value,
    ) -> reqwest::Result<Reply> {
        let request = self.request(method, path, token);
        let request = if body.is_null() { request } else { request.body(body.to_string()) };
        read(request).await
    }

    pub async fn send(&self, method: &str, path: &str, token: &str, body: Value) -> Reply {
        self.try_send(method, path, Some(token), body).await.unwrap()
    }

    pub async fn get(&self, path: &str, token: &str) -> Reply {
        self.send("GET", path, token, Value::Null).await
    }

    pub async fn log_in_as(&self, customer: &str, user_name: &str, password: &str) -> Reply {
        let body = json!({
            "customer_name": customer, "user_name": user_name, "password": password,
        });
        self.try_send("POST", "/REST/Session/", None, body).await.unwrap()
    }

    /// A token of the default seed's `acme`.
    pub async fn log_in(&self) -> String {
        self.log_in_as("acme", "operator", "operator-password").await.token()
    }

    /// A token of the default seed's `globex`.
    pub async fn log_in_elsewhere(&self) -> String {
        self.log_in_as("globex", "operator2", "operator2-password").await.token()
    }

    pub async fn create(&self, token: &str, nickname: &str) -> Reply {
        let body = json!({"nickname": nickname, "password": "pw-1"});
        self.send("POST", "/REST/UpdateUser/", token, body).await
    }

    pub fn last(&self) -> JournalEntry {
        self.running.journal().pop().unwrap()
    }

    /// Orders a fault in the words of the control API.
    pub fn fault(&self, kind: &str, more: Value) {
        let mut fault = json!({"system": "dynect", "kind": kind});
        if let (Some(fault), Value::Object(more)) = (fault.as_object_mut(), more) {
            fault.extend(more);
        }
        self.running.fault(Fault::from_json(fault).unwrap());
    }

    pub fn nicknames(&self) -> Vec<String> {
        self.running.ledger().accounts.into_iter().map(|account| account.nickname).collect()
    }
}

pub async fn read(request: RequestBuilder) -> reqwest::Result<Reply> {
    let response = request.send().await?;
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    Ok(Reply { status, headers, text: response.text().await? })
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub fn data(&self) -> Value {
        let envelope = self.json();
        assert_eq!(envelope["status"], "success", "{envelope}");
        assert_eq!(self.status, 200);
        envelope["data"].clone()
    }

    pub fn token(&self) -> String {
        self.data()["token"].as_str().unwrap().to_owned()
    }

    pub fn info(&self) -> String {
        self.json()["msgs"][0]["INFO"].as_str().unwrap().to_owned()
    }

    /// Asserts that this is a failure in the form of the contract.
    #[track_caller]
    pub fn fails(&self, status: u16, code: &str) -> &Reply {
        let envelope = self.json();
        assert_eq!(envelope["status"], "failure", "{envelope}");
        assert_eq!(envelope["msgs"][0]["ERR_CD"], code, "{envelope}");
        assert_eq!(envelope["msgs"][0]["LVL"], "ERROR", "{envelope}");
        assert_eq!(self.status, status, "{envelope}");
        assert_eq!(self.header("content-type"), Some("application/json"));
        self
    }

    #[track_caller]
    pub fn is_dead_session(&self, info: &str) {
        self.fails(400, "INVALID_DATA");
        let envelope = self.json();
        assert_eq!(envelope["msgs"][0]["INFO"], info);
        let second = json!({
            "INFO": "login: There was a problem with your credentials",
            "SOURCE": "BLL", "ERR_CD": null, "LVL": "INFO",
        });
        assert_eq!(envelope["msgs"][1], second);
    }
}
