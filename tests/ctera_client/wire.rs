//! The requests, byte by byte.

use std::collections::BTreeMap;

use roster::systems::ctera::{Absence, NewUser, Place, Scope, UserEdit};
use secrecy::{ExposeSecret, SecretString};

use crate::raw::{Request, ok};
use crate::stage::stage;
use crate::support::{client_with, dana, entered, nobody, page, row, whole};

const FIELDS: [&str; 10] = [
    "uid",
    "name",
    "email",
    "firstName",
    "lastName",
    "company",
    "comment",
    "role",
    "accountStatus",
    "baseObjectRef",
];

fn texts(prefix: &str) -> String {
    let texts = FIELDS.map(|field| format!("<val>{prefix}{field}</val>"));
    format!("<list>{}</list>", texts.concat())
}

fn envelope(kind: &str, name: &str, argument: &str) -> String {
    let argument = match argument {
        "" => "<att id=\"param\"/>".to_owned(),
        argument => format!("<att id=\"param\">{argument}</att>"),
    };
    format!(
        "<obj><att id=\"type\"><val>{kind}</val></att><att id=\"name\"><val>{name}</val></att>{argument}</obj>"
    )
}

fn lines(requests: &[Request]) -> Vec<(&str, &str)> {
    requests.iter().map(|request| (&*request.line, &*request.body)).collect()
}

#[tokio::test]
async fn a_login_into_a_tenant_is_that_of_the_contract() {
    let stage = stage([]).await;
    let client = client_with(&stage, |config| {
        config.user_name = "r ö&t".to_owned();
        config.password = "s3cret".into();
    });
    client.login().await.unwrap();
    assert_eq!(client.authenticated_as().as_deref(), Some("root"));
    assert_eq!(client.server_version().as_deref(), Some("8.1.1417.24"));
    client.logout().await;
    let requests = stage.requests();
    let expected = [
        ("POST /admin/api/login", "j_username=r+%C3%B6%26t&j_password=s3cret"),
        ("GET /admin/api/currentSession", ""),
        ("GET /admin/api/currentPortal", ""),
        ("PUT /admin/api/currentPortal", "<val>acme</val>"),
        ("GET /admin/api/currentPortal", ""),
        ("GET /admin/api/version", ""),
        ("POST /admin/api/logout", ""),
    ];
    assert_eq!(lines(&requests), expected);
    for request in &requests {
        let headers: BTreeMap<String, &str> = request
            .head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value))
            .collect();
        let headers: BTreeMap<&str, &str> =
            headers.iter().map(|(name, value)| (&**name, *value)).collect();
        let host = format!("127.0.0.1:{}", stage.port);
        let length = request.body.len().to_string();
        let mut wanted = BTreeMap::from([
            ("host", host.as_str()),
            ("accept", "*/*"),
            ("user-agent", concat!("roster/", env!("CARGO_PKG_VERSION"))),
        ]);
        if !request.line.ends_with("/login") {
            wanted.insert("cookie", "JSESSIONID=c00kie1");
        }
        if !request.line.starts_with("GET") {
            wanted.insert("content-length", &length);
            let form = "application/x-www-form-urlencoded";
            let is_form = request.line.starts_with("POST");
            wanted.insert("content-type", if is_form { form } else { "text/plain" });
        }
        assert_eq!(headers, wanted, "{}", request.line);
    }
}

#[tokio::test]
async fn reading_is_that_of_the_contract() {
    let domain = Place::Directory { domain: "corp.example".to_owned() };
    let stage = stage([
        page(&[row("1", "a"), row("2", "b")], false),
        page(&[], false),
        ok("<list><val>corp.example</val></list>"),
        ok(&row("4711", "d ä@x")),
        page(&[row("4711", "dana")], false),
        page(&[row("a-1", "dana")], false),
        ok("<list/>"),
    ])
    .await;
    let client = entered(&stage).await;
    let listed = client.list_users(&Place::Local).await.unwrap();
    assert_eq!((listed.users.len(), listed.pages), (2, 1));
    assert!(client.list_users(&domain).await.unwrap().users.is_empty());
    assert_eq!(client.domains().await.unwrap(), ["corp.example"]);
    let user = client.find_user(&domain, "d ä@x").await.unwrap().unwrap();
    assert_eq!((&*user.uid, &user.place), ("4711", &domain));
    assert_eq!(user.company, None);
    client.find_user_by_uid(&Place::Local, "4711").await.unwrap().unwrap();
    client.find_user_by_uid(&domain, "a-1").await.unwrap().unwrap();
    assert!(client.list_keys("4711").await.unwrap().is_empty());

    let query = |count, filter: &str| {
        let query = format!(
            "<obj><att id=\"startFrom\"><val>0</val></att><att id=\"countLimit\"><val>{count}</val></att><att id=\"include\">{}</att>{filter}</obj>",
            texts("")
        );
        envelope("db", "query", &query)
    };
    let filter = |class, uid| {
        query(
            2,
            &format!(
                "<att id=\"filters\"><list><obj class=\"{class}\"><att id=\"field\"><val>uid</val></att><att id=\"restriction\"><val>eq</val></att><att id=\"value\"><val>{uid}</val></att></obj></list></att><att id=\"orFilter\"><val>false</val></att>"
            ),
        )
    };
    let expected = [
        ("POST /admin/api/users", query(1000, "")),
        ("POST /admin/api/domains/corp.example/adUsers", query(1000, "")),
        // That nobody is there is believed in the right tenant only.
        ("GET /admin/api/currentPortal", String::new()),
        ("GET /admin/api/domains", String::new()),
        (
            "POST /admin/api/domains/corp.example/adUsers/d%20%C3%A4%40x",
            envelope("db", "get-multi", &texts("/")),
        ),
        ("POST /admin/api/users", filter("IntFilter", "4711")),
        ("POST /admin/api/domains/corp.example/adUsers", filter("StringFilter", "a-1")),
        ("POST /admin/api", envelope("user-defined", "getApiKeys", "<val>4711</val>")),
    ];
    let expected: Vec<_> = expected.iter().map(|(line, body)| (*line, &**body)).collect();
    assert_eq!(lines(&stage.requests()), expected);
}

#[tokio::test]
async fn writing_is_that_of_the_contract() {
    let changed = whole("4711", "acme", "dana").replace("dana@example.com", "d@x");
    let created = "<obj class=\"CreateApiKeyResponse\"><att id=\"accessKey\"><val>K3Y</val></att><att id=\"secretKey\"><val>s&amp;k</val></att></obj>";
    let key = "<list><obj class=\"ApiKey\"><att id=\"uid\"><val>880</val></att><att id=\"accessKey\"><val>K3Y</val></att><att id=\"activated\"><val>true</val></att></obj></list>";
    let stage = stage([
        nobody(),
        ok("<val>objs/4711/acme/PortalUser/dana</val>"),
        ok(&row("4711", "dana")),
        ok(&dana()),
        ok(&changed),
        ok(&dana()),
        ok(""),
        ok(created),
        ok(key),
        ok(""),
    ])
    .await;
    let client = entered(&stage).await;
    let password = SecretString::from("p<w&\"ä");
    let new = NewUser {
        name: "dana",
        email: "dana@example.com",
        first_name: "Dana",
        last_name: "O'Ivri <x>",
        password: &password,
        role: "EndUser",
        company: None,
        comment: Some(""),
        require_password_change_on: Some("2031-05-01"),
    };
    client.add_user(&new, Absence::Unproven).await.unwrap();
    let edit = UserEdit { email: Some("d@x"), role: Some("EndUser"), ..UserEdit::default() };
    let user = client.edit_user("4711", "dana", &edit).await.unwrap();
    assert_eq!(user.email.as_deref(), Some("d@x"));
    client.delete_user(&Place::Local, "4711", "dana").await.unwrap();
    let key = client.create_key("4711", &[]).await.unwrap();
    assert_eq!((&*key.access_key, key.secret_key.expose_secret()), ("K3Y", "s&k"));
    client.delete_key("4711", "K3Y").await.unwrap();

    let add = "<obj class=\"PortalUser\"><att id=\"name\"><val>dana</val></att><att id=\"email\"><val>dana@example.com</val></att><att id=\"firstName\"><val>Dana</val></att><att id=\"lastName\"><val>O'Ivri &lt;x&gt;</val></att><att id=\"password\"><val>p&lt;w&amp;\"ä</val></att><att id=\"role\"><val>EndUser</val></att><att id=\"company\"/><att id=\"comment\"><val/></att><att id=\"requirePasswordChangeOn\"><val>2031-05-01</val></att></obj>";
    let keys = |name, uid: &str| envelope("user-defined", name, &format!("<val>{uid}</val>"));
    let expected = [
        ("POST /admin/api/users/dana", envelope("db", "get-multi", &texts("/"))),
        ("GET /admin/api/currentPortal", String::new()),
        ("POST /admin/api/users", envelope("db", "add", add)),
        ("POST /admin/api/users/dana", envelope("db", "get-multi", &texts("/"))),
        ("GET /admin/api/users/dana", String::new()),
        ("PUT /admin/api/users/dana", changed),
        ("GET /admin/api/users/dana", String::new()),
        ("POST /admin/api/users/dana", envelope("user-defined", "delete", "<val>true</val>")),
        ("GET /admin/api/currentPortal", String::new()),
        ("POST /admin/api", keys("createApiKey", "4711")),
        ("POST /admin/api", keys("getApiKeys", "4711")),
        ("GET /admin/api/currentPortal", String::new()),
        ("POST /admin/api", keys("deleteApiKey", "880")),
    ];
    let expected: Vec<_> = expected.iter().map(|(line, body)| (*line, &**body)).collect();
    let requests = stage.requests();
    assert_eq!(lines(&requests), expected);
    for request in requests.iter().filter(|request| !request.line.starts_with("GET")) {
        assert_eq!(request.header("content-type"), Some("text/plain"), "{}", request.line);
        assert_eq!(request.header("content-length"), Some(&*request.body.len().to_string()));
        assert_eq!(request.header("transfer-encoding"), None);
    }
}

#[tokio::test]
async fn what_cannot_be_in_an_address_or_in_xml_is_refused_before_anything_is_sent() {
    let stage = stage([]).await;
    let client = client_with(&stage, |_| {});
    let password = SecretString::from("pw");
    let is_rejected = |result: Result<(), roster::remote::RemoteError>| {
        assert_eq!(result.unwrap_err().cause(), roster::remote::Cause::Rejected);
    };
    for name in ["", ".", "..", "a/b", "a\\b", "a%b", "a#b", "a?b", "a\nb", "a\u{0}"] {
        let edit = UserEdit { name: Some(name), ..UserEdit::default() };
        let new = NewUser { name, ..crate::support::new_dana(&password) };
        let domain = Place::Directory { domain: name.to_owned() };
        is_rejected(client.find_user(&Place::Local, name).await.map(drop));
        is_rejected(client.list_users(&domain).await.map(drop));
        is_rejected(client.find_user_by_uid(&domain, "1").await.map(drop));
        is_rejected(client.add_user(&new, Absence::Proven).await.map(drop));
        is_rejected(client.edit_user("1", name, &UserEdit::default()).await.map(drop));
        is_rejected(client.edit_user("1", "dana", &edit).await.map(drop));
        is_rejected(client.delete_user(&Place::Local, "1", name).await);
    }
    let empty = SecretString::default();
    let new = NewUser { password: &empty, ..crate::support::new_dana(&password) };
    is_rejected(client.add_user(&new, Absence::Proven).await.map(drop));
    let edit = UserEdit { password: Some(&empty), ..UserEdit::default() };
    is_rejected(client.edit_user("1", "dana", &edit).await.map(drop));
    let control = SecretString::from("p\u{1}w");
    for new in [
        NewUser { email: "a\u{1b}b", ..crate::support::new_dana(&password) },
        NewUser { password: &control, ..crate::support::new_dana(&password) },
    ] {
        is_rejected(client.add_user(&new, Absence::Proven).await.map(drop));
    }
    for edit in [
        UserEdit { company: Some("a\u{1b}b"), ..UserEdit::default() },
        UserEdit { password: Some(&control), ..UserEdit::default() },
    ] {
        is_rejected(client.edit_user("1", "dana", &edit).await.map(drop));
    }
    is_rejected(client.find_user_by_uid(&Place::Local, "\u{1}").await.map(drop));
    is_rejected(client.list_keys("\u{1}").await.map(drop));
    assert!(stage.take().is_empty());
}

#[tokio::test]
async fn the_context_of_a_tenant_has_the_same_paths() {
    let stage = stage([page(&[], false)]).await;
    stage.state().contexts = vec!["/ServicesPortal/api"];
    "acme".clone_into(&mut stage.state().begins);
    let tenant = "acme".to_owned();
    let client = client_with(&stage, |config| config.scope = Scope::Tenant { tenant });
    client.list_users(&Place::Local).await.unwrap();
    let requests = stage.requests();
    assert!(requests.iter().all(|request| request.line.contains(" /ServicesPortal/api/")));
    assert_eq!(requests.len(), 5);
}
