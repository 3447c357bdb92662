//! Four pieces of work that stand for all the others, and what a fault does to them.

use roster::remote::RemoteError;
use roster::sim::{Fault, FaultParameters, Running};
use roster::systems::dynect::Client;

use crate::support::{EDGE1, accounts, client, create_edge2, requests, simulator, word};

/// A request that may be repeated at will, a repeatable write, one whose second try finds the work done, and one that
/// may not be repeated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Work {
    List,
    Password,
    Delete,
    Create,
}

pub const ALL: [Work; 4] = [Work::List, Work::Password, Work::Delete, Work::Create];
pub const REPEATABLE: [Work; 3] = [Work::List, Work::Password, Work::Delete];

impl Work {
    fn request(self) -> &'static str {
        match self {
            Self::List => "GET UpdateUser/",
            Self::Password => "PUT UpdateUser/acme-edge1/",
            Self::Delete => "DELETE UpdateUser/acme-edge1/",
            Self::Create => "POST UpdateUser/",
        }
    }

    pub async fn run(self, client: &Client) -> Result<(), RemoteError> {
        match self {
            Self::List => client.list_update_users().await.map(drop),
            Self::Password => client.set_password(EDGE1, &"pw-9".into()).await,
            Self::Delete => client.delete(EDGE1).await,
            Self::Create => create_edge2(client).await.map(drop),
        }
    }
}

/// Runs one piece of work into one fault. `expected` holds the requests one by one, `!` standing for the work's own.
pub async fn check(work: Work, fault: Fault, result: &str, expected: &[&str]) {
    let simulator = simulator().await;
    let client = client(&simulator);
    check_with(&simulator, &client, work, fault, result, expected).await;
}

pub async fn check_with(
    simulator: &Running,
    client: &Client,
    work: Work,
    fault: Fault,
    result: &str,
    expected: &[&str],
) {
    client.login().await.unwrap();
    simulator.clear_journal();
    let case = format!("{work:?} into {fault:?}");
    simulator.fault(fault);
    let became = work.run(client).await;
    let expected: Vec<_> = expected.iter().map(|line| line.replace('!', work.request())).collect();
    assert_eq!(requests(simulator), expected, "{case}");
    assert_eq!(word(&became), result, "{case}");
    if result == "ok" {
        let there = match work {
            Work::List | Work::Password => vec!["acme-edge1"],
            Work::Delete => vec![],
            Work::Create => vec!["acme-edge1", "acme-edge2"],
        };
        assert_eq!(accounts(simulator), there, "{case}");
    }
}

pub fn executed(executed: bool) -> FaultParameters {
    FaultParameters { executed: Some(executed), ..FaultParameters::default() }
}

/// The lock of the rate limit ends at once, so that only the client's own pause counts.
pub fn no_lock() -> FaultParameters {
    FaultParameters { seconds: Some(0), ..FaultParameters::default() }
}
