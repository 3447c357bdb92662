//! A simulator and clients of it, with waits that are short enough for tests.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use roster::remote::{Budget, BudgetLimits, Cause, RemoteError};
use roster::sim::{self, JournalEntry, Running, Seed, System};
use roster::systems::dynect::{Client, Config, Pace, UpdateUser};
use roster::systems::http::Endpoint;
use secrecy::SecretString;

pub const CUSTOMER: &str = "acme";
pub const OPERATOR: &str = "operator";
pub const PASSWORD: &str = "operator-password";
/// The update user that is there from the start, and its password.
pub const EDGE1: &str = "acme-edge1";
pub const EDGE1_PASSWORD: &str = "pw-1";

const SEED: &str = "
customers:
  acme:
    users:
      - {userName: operator, password: operator-password, administrator: true}
      - {userName: guest, password: guest-password, permissions: []}
      - {userName: helpdesk, password: helpdesk-password, permissions: [UpdateUserUpdate]}
    updateUsers:
      - {nickname: edge1, userName: acme-edge1, password: pw-1}
";

/// Everything happens a few hundred times faster than at the real system. The order of the lengths is kept.
pub fn pace() -> Pace {
    Pace {
        connect: Duration::from_secs(5),
        deadline: Duration::from_secs(5),
        job_poll: Duration::from_millis(20),
        job_total: Duration::from_secs(5),
        busy_wait: Duration::from_millis(5),
        busy_tries: 3,
        blocked_steps: [1, 3, 7, 15, 31].map(Duration::from_millis).to_vec(),
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

pub fn config(endpoint: Endpoint) -> Config {
    Config {
        endpoint,
        proxy: None,
        api_version: "current".to_owned(),
        customer: CUSTOMER.to_owned(),
        user_name: OPERATOR.to_owned(),
        password: PASSWORD.into(),
        previous_password: None,
        keeps_own_password: false,
        history_limit: 0,
        observer: None,
        pace: pace(),
        clock: Timestamp::now,
    }
}

/// The address of a listener on loopback.
pub fn endpoint(port: u16) -> Endpoint {
    Endpoint { host: "127.0.0.1".to_owned(), port, tls: None }
}

pub fn seed() -> Seed {
    Seed::from_yaml(SEED).unwrap()
}

pub async fn simulator() -> Running {
    sim::start(sim::Options { seed: seed(), ..sim::Options::default() }).await.unwrap()
}

/// A client with this configuration, changed from the usual one.
pub fn client_with(simulator: &Running, change: impl FnOnce(&mut Config)) -> Client {
    let mut config = config(endpoint(simulator.dynect_address().port()));
    change(&mut config);
    Client::new(config, budget()).unwrap()
}

pub fn client(simulator: &Running) -> Client {
    client_with(simulator, |_| {})
}

/// What became of each request, for example `GET UpdateUser/ success`.
pub fn requests(simulator: &Running) -> Vec<String> {
    dynect(simulator).map(|entry| line(&entry)).collect()
}

pub fn dynect(simulator: &Running) -> impl Iterator<Item = JournalEntry> + use<> {
    simulator.journal().into_iter().filter(|entry| entry.system == System::Dynect)
}

fn line(entry: &JournalEntry) -> String {
    let path = entry.path.strip_prefix("/REST/").unwrap_or(&entry.path);
    // The number of a job is the simulator's business.
    let path = if path.starts_with("Job/") { "Job/N/" } else { path };
    format!("{} {path} {}", entry.method, entry.outcome)
}

/// The update users that exist, in the order of their creation.
pub fn accounts(simulator: &Running) -> Vec<String> {
    let deleted = simulator.ledger().deletions;
    let is_there = |name: &String| deleted.iter().all(|deletion| deletion.user_name != *name);
    let accounts = simulator.ledger().accounts.into_iter().map(|account| account.user_name);
    accounts.filter(is_there).collect()
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

/// Creates `edge2`, having seen what is there from the start.
pub async fn create_edge2(client: &Client) -> Result<UpdateUser, RemoteError> {
    let before = BTreeSet::from([EDGE1.to_owned()]);
    client.create_update_user("edge2", &SecretString::from("pw-2"), &before).await
}
