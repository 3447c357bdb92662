//! The requests, byte by byte, and replies that the simulator never sends.

use std::collections::{BTreeMap, BTreeSet};

use roster::remote::Cause;
use roster::systems::dynect::{Client, LoginState};
use roster::systems::http::{Endpoint, Proxy};
use secrecy::ExposeSecret;

use crate::raw::{LOGGED_IN, Raw, json, raw, reply, success};
use crate::support::{budget, config, endpoint, word};

const RECORD: &str = r#"{"user_name": "acme-edge1", "status": "active", "password": "pw-1"}"#;

async fn logged_in(replies: &[String]) -> (Raw, Client) {
    let server = raw([json(LOGGED_IN)].into_iter().chain(replies.iter().cloned())).await;
    let client = Client::new(config(endpoint(server.port)), budget()).unwrap();
    (server, client)
}

/// The request's first line, its headers by lower-case name, and its body.
fn parts(request: &str) -> (&str, BTreeMap<String, &str>, &str) {
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let (first, headers) = head.split_once("\r\n").unwrap();
    let headers = headers.lines().map(|line| line.split_once(": ").unwrap());
    (first, headers.map(|(name, value)| (name.to_ascii_lowercase(), value)).collect(), body)
}

#[tokio::test]
async fn requests_are_exactly_those_of_the_contract() {
    let report = r#"{"admin_override": "1", "allowed": []}"#;
    let (server, client) = logged_in(&[
        success("{}"),
        success("{}"),
        success(report),
        success(&format!("[{RECORD}]")),
        success(RECORD),
        success(r#"{"password": "pw-1"}"#),
        success(RECORD),
        success(RECORD),
        success(RECORD),
        success(RECORD),
        success("{}"),
        success("{}"),
        success("{}"),
    ])
    .await;
    client.login().await.unwrap();
    client.is_alive().await.unwrap();
    client.keep_alive().await.unwrap();
    client.permissions().await.unwrap();
    client.list_update_users().await.unwrap();
    client.update_user("acme-edge1").await.unwrap();
    let password = client.update_user_password("a b/c").await.unwrap();
    assert_eq!(password.expose_secret(), "pw-1");
    client.create_update_user("edge1", &"pä".into(), &BTreeSet::new()).await.unwrap();
    client.set_password("acme-edge1", &"pw-2".into()).await.unwrap();
    client.block("acme-edge1").await.unwrap();
    client.unblock("acme-edge1").await.unwrap();
    client.delete("acme-edge1").await.unwrap();
    client.change_own_password(&"new".into()).await.unwrap();
    client.logout().await;

    let login = r#"{"customer_name":"acme","user_name":"operator","password":"operator-password"}"#;
    let expected = [
        ("POST /REST/Session/ HTTP/1.1", login),
        ("GET /REST/Session/ HTTP/1.1", "{}"),
        ("PUT /REST/Session/ HTTP/1.1", "{}"),
        ("POST /REST/UserPermissionReport/ HTTP/1.1", r#"{"user_name":"operator"}"#),
        ("GET /REST/UpdateUser/ HTTP/1.1", r#"{"detail":"Y"}"#),
        ("GET /REST/UpdateUser/acme-edge1/ HTTP/1.1", "{}"),
        ("GET /REST/UpdateUserPassword/a%20b%2Fc/ HTTP/1.1", "{}"),
        ("POST /REST/UpdateUser/ HTTP/1.1", r#"{"nickname":"edge1","password":"p\u00e4"}"#),
        ("PUT /REST/UpdateUser/acme-edge1/ HTTP/1.1", r#"{"password":"pw-2"}"#),
        ("PUT /REST/UpdateUser/acme-edge1/ HTTP/1.1", r#"{"block":true}"#),
        ("PUT /REST/UpdateUser/acme-edge1/ HTTP/1.1", r#"{"unblock":true}"#),
        ("DELETE /REST/UpdateUser/acme-edge1/ HTTP/1.1", "{}"),
        ("PUT /REST/Password/ HTTP/1.1", r#"{"password":"new"}"#),
        ("DELETE /REST/Session/ HTTP/1.1", "{}"),
    ];
    let requests = server.requests();
    assert_eq!(requests.len(), expected.len());
    for (request, (line, body)) in requests.iter().zip(expected) {
        let (first, headers, sent) = parts(request);
        assert_eq!((first, sent), (line, body));
        let length = body.len().to_string();
        let host = format!("127.0.0.1:{}", server.port);
        let agent = concat!("roster/", env!("CARGO_PKG_VERSION"));
        let mut wanted = BTreeMap::from([
            ("host", host.as_str()),
            ("content-type", "application/json"),
            ("content-length", &length),
            ("user-agent", agent),
            ("api-version", "current"),
        ]);
        if body != login {
            wanted.insert("auth-token", "t0k/en=");
        }
        let headers: BTreeMap<_, _> =
            headers.iter().map(|(name, at)| (name.as_str(), *at)).collect();
        assert_eq!(headers, wanted, "{line}");
    }
}

#[tokio::test]
async fn looks_at_a_job_carry_the_token_and_no_argument() {
    let (server, client) = logged_in(&[
        reply(
            "307 Temporary Redirect",
            "Location: /REST/Job/4342593698\r\n",
            "/REST/Job/4342593698",
        ),
        success(RECORD),
    ])
    .await;
    client.set_password("acme-edge1", &"pw-2".into()).await.unwrap();
    let requests = server.requests();
    let (first, headers, body) = parts(&requests[2]);
    assert_eq!((first, body), ("GET /REST/Job/4342593698/ HTTP/1.1", "{}"));
    assert_eq!(headers["auth-token"], "t0k/en=");
    assert_eq!(headers["content-type"], "application/json");
}

#[tokio::test]
async fn the_port_of_the_scheme_is_left_out_of_the_host_header_and_not_out_of_connect() {
    // The server plays the proxy, and the system behind it.
    let server = raw(["HTTP/1.1 200 OK\r\n\r\n".to_owned(), json(LOGGED_IN)]).await;
    let here = Endpoint { host: "localhost".to_owned(), port: 80, tls: None };
    let mut config = config(here);
    config.proxy = Some(Proxy { host: "127.0.0.1".to_owned(), port: server.port, login: None });
    Client::new(config, budget()).unwrap().login().await.unwrap();
    let requests = server.requests();
    assert!(requests[0].starts_with("CONNECT localhost:80 HTTP/1.1\r\n"), "{}", requests[0]);
    assert_eq!(parts(&requests[1]).1["host"], "localhost");
}

#[tokio::test]
async fn a_list_without_detail_is_understood() {
    let list = r#"["/REST/UpdateUser/acme-edge1/", "/REST/UpdateUser/a%20b"]"#;
    let (_server, client) = logged_in(&[success(list)]).await;
    let users = client.list_update_users().await.unwrap();
    let names: Vec<_> = users.iter().map(|user| user.user_name.as_str()).collect();
    assert_eq!(names, ["acme-edge1", "a b"]);
    assert!(users.iter().all(|user| user.status.is_none() && user.password.is_none()));
}

#[tokio::test]
async fn a_list_that_is_not_understood_completely_is_an_error() {
    for list in [
        "null",
        "{}",
        r#"[{"user_name": "a"}, {"status": "active"}]"#,
        r#"[{"user_name": ""}]"#,
        r#"["/REST/Zone/example.com/"]"#,
        r#"["/REST/UpdateUser//"]"#,
        r#"["/REST/UpdateUser/a/b/"]"#,
        "[1]",
    ] {
        let (_server, client) = logged_in(&[success(list)]).await;
        assert_eq!(word(&client.list_update_users().await), "Malformed", "{list}");
    }
}

#[tokio::test]
async fn nulls_and_words_that_nobody_knows_are_as_good_as_missing() {
    let list = r#"[
        {"user_name": "a", "status": null, "password": null, "nickname": null, "group_name": null},
        {"user_name": "b", "status": "sleeping", "password": ""},
        {"user_name": "c", "status": "blocked", "nickname": "n"}]"#;
    let (_server, client) = logged_in(&[success(list)]).await;
    let users = client.list_update_users().await.unwrap();
    assert_eq!(
        users.iter().map(|user| user.status).collect::<Vec<_>>(),
        [None, None, Some(LoginState::Blocked)]
    );
    assert!(users.iter().all(|user| user.password.is_none()));
    assert_eq!(users[2].nickname.as_deref(), Some("n"));
}

#[tokio::test]
async fn a_reply_about_another_user_is_not_taken_for_the_one_asked_for() {
    let (_server, client) = logged_in(&[success(RECORD), success("{}")]).await;
    assert_eq!(word(&client.update_user("acme-edge2").await), "Malformed");
    assert_eq!(client.update_user("acme-edge2").await.unwrap().user_name, "acme-edge2");
}

#[tokio::test]
async fn a_creation_whose_reply_does_not_name_the_account_is_resolved_by_looking() {
    let new = r#"[{"user_name": "acme-edge2", "password": "pw-2"}]"#;
    let (_server, client) = logged_in(&[success("{}"), success(new)]).await;
    let user = client.create_update_user("edge2", &"pw-2".into(), &BTreeSet::new()).await.unwrap();
    assert_eq!(user.user_name, "acme-edge2");
}

#[tokio::test]
async fn a_login_without_a_token_is_malformed() {
    for data in ["{}", "null", r#"{"token": ""}"#, r#"{"token": "a\nb"}"#] {
        let server = raw([success(data)]).await;
        let client = Client::new(config(endpoint(server.port)), budget()).unwrap();
        assert_eq!(word(&client.login().await), "Malformed", "{data}");
    }
}

#[tokio::test]
async fn a_login_that_becomes_a_job_is_begun_anew() {
    let job = r#"{"status": "incomplete", "data": null, "job_id": 7}"#;
    let server = raw([json(job), json(LOGGED_IN)]).await;
    let client = Client::new(config(endpoint(server.port)), budget()).unwrap();
    client.login().await.unwrap();
    assert!(server.requests().iter().all(|request| request.starts_with("POST /REST/Session/")));
}

#[tokio::test]
async fn a_reply_in_pieces_of_nonsense_shows_none_of_it() {
    let html = reply("503 Service Unavailable", "", "<html>s3cret backend 10.1.2.3</html>");
    let server = raw([html.clone(), html.clone(), html.clone(), html]).await;
    let client = Client::new(config(endpoint(server.port)), budget()).unwrap();
    let error = client.login().await.unwrap_err();
    assert_eq!(error.cause(), Cause::Unreachable);
    assert!(error.to_string().contains("HTTP status 503"), "{error}");
    assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
}
