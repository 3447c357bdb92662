//! The client of a session, as whoever does not know the system holds it.

use roster::kinds::api_session::{ClientConfig, SystemClient};
use roster::sim::Running;

use super::support::{budget, config, endpoint, requests, simulator, word};

/// A session of this user that remembers its last two requests.
fn session(simulator: &Running, user_name: &str) -> SystemClient {
    let mut config = config(endpoint(simulator.dynect_address().port()));
    user_name.clone_into(&mut config.user_name);
    config.password = format!("{user_name}-password").into();
    config.history_limit = 2;
    SystemClient::open(ClientConfig::Dynect(config), budget()).unwrap()
}

#[tokio::test]
async fn a_session_tells_who_is_logged_in_and_what_was_asked() {
    let simulator = simulator().await;
    let client = session(&simulator, "operator");
    assert_eq!((client.authenticated_as(), client.server_version()), (None, None));
    client.login().await.unwrap();
    assert_eq!(client.authenticated_as().as_deref(), Some("operator"));
    assert!(client.server_version().is_some_and(|version| !version.is_empty()));
    client.logout().await;
    assert_eq!(client.authenticated_as(), None);
    assert_eq!(requests(&simulator), ["POST Session/ success", "DELETE Session/ success"]);
    let history: Vec<_> = client.history().into_iter().map(|entry| entry.method).collect();
    assert_eq!(history, ["POST", "DELETE"]);
}

#[tokio::test]
async fn the_permissions_that_matter_are_named() {
    let simulator = simulator().await;
    for (user, permissions) in [
        ("operator", &["UpdateUserAdd", "UpdateUserDelete", "UpdateUserUpdate"][..]),
        ("helpdesk", &["UpdateUserUpdate"]),
        ("guest", &[]),
    ] {
        let session = session(&simulator, user);
        session.login().await.unwrap();
        assert_eq!(session.known_permissions(), None, "nobody asked yet");
        let SystemClient::Dynect(client) = &session else { panic!("for DynECT") };
        client.permissions().await.unwrap();
        assert_eq!(session.known_permissions().unwrap(), permissions, "{user}");
    }
}

#[tokio::test]
async fn a_refused_login_is_told_and_a_wrong_configuration_opens_no_session() {
    let simulator = simulator().await;
    assert_eq!(word(&session(&simulator, "stranger").login().await), "Unauthorized");
    let mut config = config(endpoint(simulator.dynect_address().port()));
    config.customer.clear();
    let error = SystemClient::open(ClientConfig::Dynect(config), budget()).unwrap_err();
    assert_eq!(error.to_string(), "the customer name is empty");
}
