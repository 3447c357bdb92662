//! The operator dies at its n-th call, for every n: at each write to the API server and at each request to the portal,
//! executed or not. Another one takes over, and the end is the one of an undisturbed run.

use roster::sim::ctera::{Fault, FaultKind, FaultParameters};
use serde_json::{Value, json};

use super::{Portal, complete};
use crate::bench::SOON;
use crate::controlplane::wait_for;
use crate::crowd::UNLIMITED;
use crate::gate::{End, Gate};

#[derive(Clone, Copy, Debug)]
enum Death {
    /// At this write to the API server.
    Write(usize),
    /// At this request to the portal after the login.
    Call(u32),
}

#[derive(Clone, Copy, Debug)]
enum Deed {
    Create,
    /// Fields, password and name at once.
    Change,
    Delete,
}

impl Deed {
    async fn prepare(self, portal: &Portal, name: &str) {
        if let Self::Create = self {
            return;
        }
        let policy = format!("  deletionPolicy: Delete\n  acknowledgeDataLoss: {name}");
        portal.0.apply(&complete(name, &policy)).await;
        portal.ready(name).await;
    }

    async fn begin(self, portal: &Portal, name: &str) {
        match self {
            Self::Create => portal.0.apply(&complete(name, "  comment: new")).await,
            Self::Change => {
                let password = json!({ "password": format!("second-{name}") });
                portal.0.edit_secret(&format!("{name}-password"), password).await;
                let spec = json!({ "name": format!("{name}.new"), "comment": "changed" });
                portal.edit(name, json!({ "spec": spec })).await;
            }
            Self::Delete => portal.delete(name).await,
        }
    }

    /// Waits until it is done, and gives what is so then.
    async fn outcome(self, portal: &Portal, name: &str) -> Value {
        let ctera = portal.ctera();
        match self {
            Self::Create => {
                portal.ready(name).await;
                assert!(ctera.login_password_is("acme", name, &format!("first-{name}")), "{name}");
                portal.attributes(name)["comment"].clone()
            }
            Self::Change => {
                portal.ready(name).await;
                let new = format!("{name}.new");
                wait_for(SOON, "the password is the new one", async || {
                    ctera.login_password_is("acme", &new, &format!("second-{name}"))
                })
                .await;
                assert!(ctera.user("acme", name).is_none());
                portal.attributes(&new)["comment"].clone()
            }
            Self::Delete => {
                portal.gone(name).await;
                assert!(ctera.user("acme", name).is_none());
                Value::Null
            }
        }
    }
}

/// The user names that there ever were for this object, gone ones too.
fn made_for(portal: &Portal, name: &str) -> usize {
    let users = portal.ctera().users();
    users.iter().filter(|user| user.name == name || user.name == format!("{name}.new")).count()
}

async fn disturbed(portal: &Portal, deed: Deed, death: Death, executed: bool) {
    let gate = match death {
        Death::Write(write) => Gate::ending_at(End { write, executed }),
        Death::Call(call) => {
            let parameters = FaultParameters {
                executed: Some(executed),
                millis: Some(50),
                ..FaultParameters::default()
            };
            let stuck = Fault::new(FaultKind::Endless).path("/admin/api").skip(call - 1);
            portal.ctera().fault(stuck.with(parameters));
            Gate::default()
        }
    };
    let way = gate.clone();
    let operator = portal.0.operator_with(move |config| way.client(config)).await;
    wait_for(SOON, &format!("{deed:?} {death:?}"), async || match death {
        Death::Write(_) => gate.is_closed(),
        Death::Call(_) => portal.ctera().faults().is_empty(),
    })
    .await;
    operator.crash();
}

/// Every death of one deed, each with a user of its own. `calls` are those of the deed alone: what a login takes comes
/// before them.
async fn every_death(deed: Deed, writes: usize, calls: &[&str]) {
    let portal = Portal::start().await;
    portal.0.apply(&portal.session(UNLIMITED)).await;
    let operator = portal.0.operator().await;
    portal.0.session_condition("acme", "Ready", "True", "LoggedIn").await;
    deed.prepare(&portal, "undisturbed").await;
    operator.stop().await;
    portal.0.simulator.clear_journal();
    deed.begin(&portal, "undisturbed").await;
    let gate = Gate::default();
    let way = gate.clone();
    let operator = portal.0.operator_with(move |config| way.client(config)).await;
    let expected = deed.outcome(&portal, "undisturbed").await;
    operator.stop().await;
    assert_eq!(gate.writes().len(), writes, "{:?}", gate.writes());
    let all = portal.calls();
    let begin = all.iter().position(|call| call == "POST /users query").unwrap();
    let plain: Vec<String> = all.iter().map(|call| call.replace("undisturbed", "NAME")).collect();
    let end = begin + calls.len();
    assert_eq!(plain[begin..end], *calls);
    assert_eq!(plain[end..], ["POST /logout"]);

    let all: u32 = u32::try_from(end).unwrap();
    let deaths = (1..=writes).map(Death::Write).chain((1..=all).map(Death::Call));
    for (number, death) in deaths.enumerate() {
        for executed in [true, false] {
            let name = format!("user{number}{}", if executed { "x" } else { "o" });
            let operator = portal.0.operator().await;
            deed.prepare(&portal, &name).await;
            operator.stop().await;
            deed.begin(&portal, &name).await;
            disturbed(&portal, deed, death, executed).await;
            let operator = portal.0.operator().await;
            assert_eq!(deed.outcome(&portal, &name).await, expected, "{deed:?} {death:?}");
            operator.stop().await;
            assert_eq!(made_for(&portal, &name), 1, "{deed:?} {death:?} {executed}");
        }
    }
}

#[tokio::test]
async fn a_death_anywhere_in_a_create_is_made_good() {
    let calls = [
        "POST /users query",
        "GET /currentPortal",
        "POST /users add",
        "POST /users/NAME get-multi",
    ];
    every_death(Deed::Create, 3, &calls).await;
}

#[tokio::test]
async fn a_death_anywhere_in_a_change_is_made_good() {
    let calls = ["POST /users query", "GET /users/NAME", "PUT /users/NAME"];
    every_death(Deed::Change, 2, &calls).await;
}

#[tokio::test]
async fn a_death_anywhere_in_a_deletion_is_made_good() {
    let calls = ["POST /users query", "GET /users/NAME", "POST /users/NAME delete"];
    every_death(Deed::Delete, 2, &calls).await;
}
