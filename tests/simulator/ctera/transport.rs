//! The portal over TLS.

use roster::sim::{ANY_PORT, Options};

use crate::support::{client_builder, read};

#[tokio::test]
async fn over_tls_the_cookie_is_secure_and_the_authority_can_be_trusted() {
    let options = Options { ctera: Some(ANY_PORT), ..Options::default() };
    let running = roster::sim::start(options).await.unwrap();
    let authority = running.ca_certificate_pem().unwrap().as_bytes();
    let authority = reqwest::Certificate::from_pem(authority).unwrap();
    let client = client_builder().tls_certs_only([authority]).build().unwrap();
    let url = format!("{}/admin/api/login", running.ctera().url().unwrap());
    let reply =
        read(client.post(&url).body("j_username=admin&j_password=admin-password")).await.unwrap();
    assert!(reply.header("set-cookie").unwrap().ends_with("; Path=/admin; HttpOnly; Secure"));
    let stranger = client_builder().build().unwrap();
    read(stranger.get(&url)).await.unwrap_err();
    assert_eq!(running.ctera().plain_url(), None);
    assert_eq!(running.tls_url(), None);
}

#[tokio::test]
async fn both_listeners_serve_the_same_portal() {
    let options =
        Options { ctera: Some(ANY_PORT), ctera_plain: Some(ANY_PORT), ..Options::default() };
    let running = roster::sim::start(options).await.unwrap();
    let client = client_builder().tls_danger_accept_invalid_certs(true).build().unwrap();
    for url in [running.ctera().url().unwrap(), running.ctera().plain_url().unwrap()] {
        let login = client.post(format!("{url}/admin/api/login"));
        let reply = read(login.body("j_username=admin&j_password=admin-password")).await.unwrap();
        assert_eq!(reply.header("content-length"), Some("24"));
    }
    assert_eq!(running.ctera().sessions().len(), 2);
}
