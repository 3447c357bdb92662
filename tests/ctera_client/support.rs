//! Clients with waits that are short enough for tests, and users to show them.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use roster::remote::{Budget, BudgetLimits, Cause, RemoteError};
use roster::systems::ctera::{Client, Config, MAX_IN_FLIGHT, NewUser, Pace, Scope};
use roster::systems::http::Endpoint;
use secrecy::SecretString;

use crate::raw::ok;
use crate::stage::{Stage, val};

pub const PASSWORD: &str = "s3cret";

/// The requests of a login into a tenant from outside.
pub const ENTER: [&str; 6] = [
    "POST /login",
    "GET /currentSession",
    "GET /currentPortal",
    "PUT /currentPortal",
    "GET /currentPortal",
    "GET /version",
];

/// Everything happens a few hundred times faster than at a real portal.
pub fn pace() -> Pace {
    Pace {
        deadline: Duration::from_secs(5),
        task_poll: Duration::from_millis(2),
        task_total: Duration::from_secs(5),
        throttle_pause: Duration::from_millis(20),
        repeat_first: Duration::from_millis(2),
        ..Pace::default()
    }
}

/// A budget that no test uses up by accident.
pub fn budget() -> Arc<Budget> {
    let requests_per_minute = NonZeroU32::new(1_000_000).unwrap();
    Arc::new(Budget::new(BudgetLimits { requests_per_minute }))
}

pub fn config(port: u16) -> Config {
    Config {
        endpoint: Endpoint { host: "127.0.0.1".to_owned(), port, tls: None },
        proxy: None,
        scope: Scope::GlobalInto { tenant: "acme".to_owned() },
        user_name: "root".to_owned(),
        password: PASSWORD.into(),
        previous_password: None,
        keeps_own_password: false,
        max_in_flight: MAX_IN_FLIGHT,
        history_limit: 0,
        observer: None,
        pace: pace(),
        clock: Timestamp::now,
    }
}

/// A client with this configuration, changed from the usual one.
pub fn client_with(stage: &Stage, change: impl FnOnce(&mut Config)) -> Client {
    let mut config = config(stage.port);
    change(&mut config);
    Client::new(config, budget()).unwrap()
}

/// A client that entered the tenant `acme`, and a stage that has forgotten how.
pub async fn entered(stage: &Stage) -> Client {
    let client = client_with(stage, |_| {});
    client.login().await.unwrap();
    stage.take();
    client
}

/// `ok`, or the cause.
pub fn word<T>(result: &Result<T, RemoteError>) -> String {
    match result {
        Ok(_) => "ok".to_owned(),
        Err(error) => match error.cause() {
            Cause::Throttled { .. } => "Throttled".to_owned(),
            cause => format!("{cause:?}"),
        },
    }
}

/// Dana, as a portal shows her: with much that nobody here knows.
pub fn dana() -> String {
    whole("4711", "acme", "dana")
}

pub fn whole(uid: &str, tenant: &str, name: &str) -> String {
    format!(
        "<obj class=\"PortalUser\" uuid=\"u-1\"><att id=\"uid\"><val>{uid}</val></att><att id=\"baseObjectRef\"><val>objs/{uid}/{tenant}/PortalUser/{name}</val></att><att id=\"name\"><val>{name}</val></att><att id=\"email\"><val>dana@example.com</val></att><att id=\"firstName\"><val>Dana</val></att><att id=\"lastName\"><val>Ivri</val></att><att id=\"company\"/><att id=\"comment\"><val/></att><att id=\"password\"/><att id=\"role\"><val>EndUser</val></att><att id=\"accountStatus\"><val>active</val></att><att id=\"sla\"><val> 0012345&#10;<![CDATA[<x>]]></val></att><att id=\"userStats\"><obj class=\"Stats\"><att id=\"n\"><val>1.50</val></att></obj></att></obj>"
    )
}

/// The fields that lists and searches ask for.
pub fn row(uid: &str, name: &str) -> String {
    format!(
        "<obj class=\"PortalUser\"><att id=\"uid\">{}</att><att id=\"name\">{}</att><att id=\"email\"><val>dana@example.com</val></att><att id=\"firstName\"><val>Dana</val></att><att id=\"lastName\"><val>Ivri</val></att><att id=\"company\"/><att id=\"comment\"/><att id=\"role\"><val>EndUser</val></att><att id=\"accountStatus\"><val>active</val></att><att id=\"baseObjectRef\"><val>objs/{uid}/acme/PortalUser/{name}</val></att></obj>",
        val(uid),
        val(name)
    )
}

/// What get-multi says about nobody.
pub fn nobody() -> String {
    let fields = [
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
    let fields =
        fields.iter().map(|field| format!("<att id=\"{field}\"/>")).collect::<Vec<_>>().concat();
    ok(&format!("<obj>{fields}</obj>"))
}

pub fn page(rows: &[String], has_more: bool) -> String {
    let rows = if rows.is_empty() {
        "<list/>".to_owned()
    } else {
        format!("<list>{}</list>", rows.concat())
    };
    ok(&format!(
        "<obj><att id=\"objects\">{rows}</att><att id=\"hasMore\"><val>{has_more}</val></att></obj>"
    ))
}

/// Dana, before she is there.
pub fn new_dana(password: &SecretString) -> NewUser<'_> {
    NewUser {
        name: "dana",
        email: "dana@example.com",
        first_name: "Dana",
        last_name: "Ivri",
        password,
        role: "EndUser",
        company: None,
        comment: None,
        require_password_change_on: None,
    }
}
