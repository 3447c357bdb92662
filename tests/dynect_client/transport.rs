//! Ways to the system: TLS, proxies, and neither.

use std::error::Error;
use std::net::SocketAddr;

use roster::remote::{Cause, RemoteError};
use roster::sim::{self, ANY_PORT, ProxyOptions, Running, System};
use roster::systems::dynect::{Client, Config, ConfigError};
use roster::systems::http::{Endpoint, EndpointError, Proxy, ProxyLogin, Tls};
use tokio::net::TcpListener;

use crate::support::{budget, config, endpoint, seed, simulator};

/// A simulator with TLS, behind a proxy that wants this login.
async fn start(login: Option<(&str, &str)>) -> Running {
    let login = login.map(|(user, password)| (user.to_owned(), password.to_owned()));
    let options = sim::Options {
        tls: Some(ANY_PORT),
        proxy: Some(ProxyOptions { address: ANY_PORT, login }),
        seed: seed(),
        ..sim::Options::default()
    };
    sim::start(options).await.unwrap()
}

fn port(url: Option<String>) -> u16 {
    url.unwrap().rsplit_once(':').unwrap().1.parse().unwrap()
}

fn plain(simulator: &Running) -> Endpoint {
    endpoint(simulator.dynect_address().port())
}

fn encrypted(simulator: &Running, tls: Tls) -> Endpoint {
    let port = port(simulator.tls_url());
    Endpoint { host: "localhost".to_owned(), port, tls: Some(tls) }
}

fn trusting(simulator: &Running) -> Tls {
    let ca_bundle = simulator.ca_certificate_pem().unwrap().as_bytes().to_vec();
    Tls { ca_bundle: Some(ca_bundle), insecure_skip_verify: false }
}

fn proxy(simulator: &Running, login: Option<(&str, &str)>) -> Proxy {
    let login = login.map(|(user_name, password)| ProxyLogin {
        user_name: user_name.to_owned(),
        password: password.into(),
    });
    Proxy { host: "127.0.0.1".to_owned(), port: port(simulator.proxy_url()), login }
}

fn client_to(endpoint: Endpoint, proxy: Option<Proxy>) -> Result<Client, ConfigError> {
    Client::new(Config { proxy, ..config(endpoint) }, budget())
}

async fn login(endpoint: Endpoint, proxy: Option<Proxy>) -> Result<(), RemoteError> {
    client_to(endpoint, proxy).unwrap().login().await
}

/// The error and everything below it.
fn chain(error: &RemoteError) -> String {
    let errors = std::iter::successors(Some(error as &dyn Error), |error| (*error).source());
    errors.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// A port on which nobody listens.
async fn closed_port() -> u16 {
    TcpListener::bind(ANY_PORT).await.unwrap().local_addr().unwrap().port()
}

#[tokio::test]
async fn a_certificate_counts_when_its_authority_is_in_the_bundle() {
    let simulator = start(None).await;
    login(encrypted(&simulator, trusting(&simulator)), None).await.unwrap();
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_is_refused_before_anything_is_sent() {
    let simulator = start(None).await;
    let error = login(encrypted(&simulator, Tls::default()), None).await.unwrap_err();
    assert_eq!(error.cause(), Cause::Unreachable);
    assert!(chain(&error).contains("no connection to localhost:"), "{}", chain(&error));
    assert!(chain(&error).contains("UnknownIssuer"), "{}", chain(&error));
    assert!(simulator.journal().is_empty());
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused_unless_any_is_accepted() {
    let tls = Some(SocketAddr::from(([127, 0, 0, 2], 0)));
    let options = sim::Options { tls, seed: seed(), ..sim::Options::default() };
    let simulator = sim::start(options).await.unwrap();
    let there = |tls| Endpoint { host: "127.0.0.2".to_owned(), ..encrypted(&simulator, tls) };
    let error = login(there(trusting(&simulator)), None).await.unwrap_err();
    assert_eq!(error.cause(), Cause::Unreachable);
    assert!(chain(&error).contains("certificate"), "{}", chain(&error));
    let anything = Tls { insecure_skip_verify: true, ..Tls::default() };
    login(there(anything), None).await.unwrap();
}

#[tokio::test]
async fn a_bundle_that_is_none_is_refused_at_once() {
    let simulator = start(None).await;
    for bundle in ["", "-----BEGIN", "no certificate"] {
        let tls = Tls { ca_bundle: Some(bundle.into()), ..Tls::default() };
        let error = client_to(encrypted(&simulator, tls), None).unwrap_err();
        assert!(matches!(error, ConfigError::Endpoint(EndpointError::EmptyCaBundle)), "{bundle}");
    }
    let broken = "-----BEGIN CERTIFICATE-----\n%%%\n-----END CERTIFICATE-----\n";
    let tls = Tls { ca_bundle: Some(broken.into()), ..Tls::default() };
    let error = client_to(encrypted(&simulator, tls), None).unwrap_err();
    assert_eq!(error.to_string(), "the CA bundle is not valid PEM");
}

#[tokio::test]
async fn a_proxy_leads_to_the_system_over_tls_and_over_plain_http() {
    for credentials in [None, Some(("squid", "p:w ä"))] {
        let simulator = start(credentials).await;
        let proxy = || Some(proxy(&simulator, credentials));
        let secure = encrypted(&simulator, trusting(&simulator));
        for endpoint in [plain(&simulator), secure] {
            simulator.clear_journal();
            let target = endpoint.to_string();
            login(endpoint, proxy()).await.unwrap();
            let journal = simulator.journal();
            let seen: Vec<_> = journal.iter().map(|entry| (entry.system, &*entry.method)).collect();
            assert_eq!(seen, [(System::Proxy, "CONNECT"), (System::Dynect, "POST")]);
            assert_eq!(journal[0].path, target);
        }
    }
}

#[tokio::test]
async fn a_proxy_that_refuses_the_login_is_named_and_the_credentials_of_the_system_are_not_blamed()
{
    let simulator = start(Some(("squid", "right"))).await;
    for credentials in [None, Some(("squid", "wrong"))] {
        for endpoint in [plain(&simulator), encrypted(&simulator, trusting(&simulator))] {
            let error = login(endpoint, Some(proxy(&simulator, credentials))).await.unwrap_err();
            assert_eq!(error.cause(), Cause::Unreachable);
            let port = port(simulator.proxy_url());
            let text = format!("cannot log in: the proxy 127.0.0.1:{port} asks for another login");
            assert!(error.to_string().ends_with(&text), "{error}");
        }
    }
}

#[tokio::test]
async fn a_proxy_that_cannot_reach_the_system_or_be_reached_is_named() {
    let simulator = start(None).await;
    let closed = closed_port().await;
    let dead_proxy = Proxy { port: closed, ..proxy(&simulator, None) };
    for tls in [None, Some(trusting(&simulator))] {
        let nowhere = Endpoint { tls: tls.clone(), ..endpoint(closed) };
        let error = login(nowhere, Some(proxy(&simulator, None))).await.unwrap_err();
        let expected = format!("does not lead to 127.0.0.1:{closed}");
        assert!(error.to_string().contains(&expected), "{}", chain(&error));

        let there = Endpoint { tls, ..plain(&simulator) };
        let error = login(there, Some(dead_proxy.clone())).await.unwrap_err();
        let expected = format!("the proxy 127.0.0.1:{closed} does not lead to");
        assert!(error.to_string().contains(&expected), "{}", chain(&error));
        assert_eq!(error.cause(), Cause::Unreachable);
    }
}

#[tokio::test]
async fn a_certificate_that_is_refused_through_a_proxy_is_not_the_proxys_fault() {
    let simulator = start(None).await;
    let unknown = encrypted(&simulator, Tls::default());
    let error = login(unknown, Some(proxy(&simulator, None))).await.unwrap_err();
    assert!(error.to_string().contains("no connection to localhost:"), "{}", chain(&error));
}

#[tokio::test]
async fn a_system_that_is_not_there_is_unreachable() {
    let closed = closed_port().await;
    let error = login(endpoint(closed), None).await.unwrap_err();
    assert_eq!(error.cause(), Cause::Unreachable);
    assert!(chain(&error).contains("refused"), "{}", chain(&error));
    let unknown = Endpoint { host: "no-such-host.invalid".to_owned(), ..endpoint(closed) };
    let error = login(unknown, None).await.unwrap_err();
    assert!(error.to_string().contains("no connection to no-such-host.invalid:"), "{error}");
}

#[tokio::test]
async fn configurations_that_cannot_work_are_refused_with_the_reason() {
    type Change = fn(&mut Config);
    let proxied = |host: &str, port, login: Option<(&str, &str)>| Proxy {
        host: host.to_owned(),
        port,
        login: login.map(|(user_name, password)| ProxyLogin {
            user_name: user_name.to_owned(),
            password: password.into(),
        }),
    };
    let simulator = simulator().await;
    let text = |change: &dyn Fn(&mut Config)| {
        let mut config = config(plain(&simulator));
        change(&mut config);
        Client::new(config, budget()).unwrap_err().to_string()
    };
    let cases: [(Change, &str); 9] = [
        (|config| config.endpoint.host = String::new(), "the endpoint has no host"),
        (|config| config.endpoint.port = 0, "the endpoint port must be between 1 and 65535"),
        (|config| config.customer = String::new(), "the customer name is empty"),
        (|config| config.user_name = String::new(), "the user name is empty"),
        (|config| config.password = "".into(), "the password is empty"),
        (|config| config.previous_password = Some("".into()), "the previous password is empty"),
        (|config| config.api_version = String::new(), "the API version ``"),
        (|config| config.api_version = "3.7\r\nX: y".to_owned(), r"the API version `3.7\r\nX: y`"),
        (|config| config.api_version = "a b".to_owned(), "the API version `a b`"),
    ];
    for (change, expected) in cases {
        assert!(text(&change).starts_with(expected), "{}", text(&change));
    }
    for host in ["https://api.dynect.net", "api.dynect.net:443", "host/path", "me@host", "a b", "ä"]
    {
        let expected = format!("the endpoint host `{host}` must be a bare name");
        let found = text(&|config: &mut Config| config.endpoint.host = host.to_owned());
        assert!(found.starts_with(&expected), "{found}");
    }
    let cases = [
        (proxied("", 3128, None), "the proxy has no host"),
        (proxied("proxy", 0, None), "the proxy port must be"),
        (proxied("http://proxy", 3128, None), "the proxy host `http://proxy` must be a bare name"),
        (proxied("proxy", 3128, Some(("", "pw"))), "the proxy login needs a user name and"),
        (proxied("proxy", 3128, Some(("me", ""))), "the proxy login needs a user name and"),
        (proxied("proxy", 3128, Some(("m:e", "pw"))), "the proxy login needs a user name and"),
    ];
    for (proxy, expected) in cases {
        let found = text(&|config: &mut Config| config.proxy = Some(proxy.clone()));
        assert!(found.starts_with(expected), "{found}");
    }
}

#[tokio::test]
async fn an_ipv6_address_is_a_host() {
    let closed = closed_port().await;
    let there = Endpoint { host: "::1".to_owned(), ..endpoint(closed) };
    let error = login(there, None).await.unwrap_err();
    assert!(error.to_string().contains(&format!("no connection to [::1]:{closed}")), "{error}");
}
