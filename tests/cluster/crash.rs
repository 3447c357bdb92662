//! The operator dies at its n-th call, for every n: at each write to the API server and at each request to the remote
//! system, executed or not. Another one takes over, and the end is the one of an undisturbed run: never a second account,
//! never a lost one.
//!
//! Longer than other files: what a deed is, what is so once it is done, and each death in it are understood together.

use std::collections::BTreeMap;

use kube::api::{Patch, PatchParams};
use roster::sim::{AccountState, Fault, FaultKind, FaultParameters};
use serde_json::{Value, json};

use crate::bench::{Bench, SOON};
use crate::controlplane::wait_for;
use crate::crowd::{PASSWORDS, UNLIMITED, names, password_of};
use crate::gate::{End, Gate};

/// Where the operator dies.
#[derive(Clone, Copy, Debug)]
enum Death {
    /// At this write to the API server.
    Write(usize),
    /// At this request to the remote system.
    Call(u32),
}

/// What a person does to an object, and what is so once it is done.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Create,
    Change,
    Rotate,
    Disable,
    Delete,
}

/// Everything that can be seen in the end, but for names and times.
#[derive(Debug, PartialEq)]
struct Outcome {
    /// Of each account that there ever was for the object.
    accounts: Vec<AccountState>,
    /// Whether the account is there and has the password that it is to have.
    password: bool,
    /// Condition, status and reason.
    conditions: Vec<String>,
    finalizers: Vec<String>,
    /// The rest of the status.
    status: Value,
}

impl Deed {
    /// The fields of the object when the deed begins; of the one that is created, when it is done.
    fn fields(self, name: &str) -> Value {
        match self {
            Self::Create => json!({ "loginState": "Blocked" }),
            Self::Change | Self::Disable => json!({ "loginState": "Active" }),
            Self::Delete => json!({ "deletionPolicy": "Delete" }),
            Self::Rotate => json!({
                "password": { "generate": {} },
                "outputSecret": { "name": output_of(name) },
            }),
        }
    }

    async fn prepare(self, bench: &Bench, names: &[String]) {
        let operator = bench.operator().await;
        bench.kubectl(&["wait", "--for=condition=Ready", "apis/acme", "--timeout=60s"]).await;
        if !matches!(self, Self::Create) {
            for name in names {
                bench.create_users(std::slice::from_ref(name), &self.fields(name)).await;
            }
            bench.all_ready(names.len()).await;
        }
        operator.stop().await;
    }

    async fn begin(self, bench: &Bench, name: &str) {
        let names = &[name.to_owned()];
        match self {
            Self::Create => bench.create_users(names, &self.fields(name)).await,
            Self::Change => {
                let value = json!({ "stringData": { name: new_password_of(name) } });
                let parameters = PatchParams::default();
                bench.secrets().patch(PASSWORDS, &parameters, &Patch::Merge(value)).await.unwrap();
                bench.patch_users(names, &json!({ "spec": { "loginState": "Blocked" } })).await;
            }
            Self::Rotate => {
                let request = json!({ "roster.rs/rotate-requested-at": "now" });
                bench.patch_users(names, &json!({ "metadata": { "annotations": request } })).await;
            }
            Self::Disable | Self::Delete => bench.delete_users(names).await,
        }
    }

    /// What is so, if it is what was to become; otherwise what is so instead.
    async fn outcome(self, bench: &Bench, name: &str) -> Result<Outcome, String> {
        let object = bench.users().get_opt(name).await.map_err(|error| error.to_string())?;
        let accounts = bench.accounts_of(name);
        let password = self.password(bench, name).await;
        let password = accounts.first().is_some_and(|account| {
            bench.simulator.password_is("acme", &account.user_name, &password)
        });
        let accounts = accounts.iter().map(|account| account.state).collect();
        match (self, object) {
            (Self::Disable | Self::Delete, None) => Ok(Outcome {
                accounts,
                password,
                conditions: Vec::new(),
                finalizers: Vec::new(),
                status: Value::Null,
            }),
            (Self::Create | Self::Change | Self::Rotate, Some(object)) => {
                let asked = object.metadata.annotations.clone().unwrap_or_default();
                let asked = asked.get("roster.rs/rotate-requested-at").cloned();
                let status = object.status.as_ref().map(|status| &status.account);
                let handled = status.and_then(|status| status.last_handled_rotate_at.clone());
                if !crate::crowd::is_ready(&object) || asked != handled {
                    return Err(format!("{:#?}", object.status));
                }
                let conditions = status.into_iter().flat_map(|status| &status.conditions);
                let conditions = conditions
                    .map(|it| format!("{}={} {}", it.type_, it.status, it.reason))
                    .collect();
                let mut status = serde_json::to_value(&object.status).unwrap();
                let fields = status.as_object_mut().unwrap();
                fields.remove("conditions");
                fields["userName"] = fields["userName"].as_str().unwrap().replace(name, "").into();
                for marker in fields["applied"].as_object_mut().unwrap().values_mut() {
                    *marker = Value::Null;
                }
                if let Some(output) = fields.get_mut("outputSecret") {
                    assert_eq!(*output, output_of(name));
                    *output = Value::Null;
                }
                let finalizers = object.metadata.finalizers.unwrap_or_default();
                Ok(Outcome { accounts, password, conditions, finalizers, status })
            }
            (_, object) => Err(format!("{object:#?}")),
        }
    }

    /// The password that the account is to have now.
    async fn password(self, bench: &Bench, name: &str) -> String {
        match self {
            Self::Change => new_password_of(name),
            Self::Rotate => kept_password(bench, name).await,
            Self::Create | Self::Disable | Self::Delete => password_of(name),
        }
    }
}

fn output_of(name: &str) -> String {
    format!("{name}-credentials")
}

fn new_password_of(name: &str) -> String {
    format!("new-{}", password_of(name))
}

async fn kept_password(bench: &Bench, name: &str) -> String {
    let secret = bench.secrets().get(&output_of(name)).await.unwrap();
    String::from_utf8(secret.data.unwrap()["password"].0.clone()).unwrap()
}

/// Does the deed with an operator that begins after it and dies as said; without a death it lives on until all is done.
async fn done(bench: &Bench, deed: Deed, name: &str, death: Option<(Death, bool)>) -> Gate {
    let gate = match death {
        Some((Death::Write(write), executed)) => Gate::ending_at(End { write, executed }),
        Some((Death::Call(call), executed)) => {
            let parameters = FaultParameters {
                executed: Some(executed),
                millis: Some(50),
                ..FaultParameters::default()
            };
            let stuck = Fault::new(FaultKind::Endless).path("/REST").skip(call - 1);
            bench.simulator.fault(stuck.with(parameters));
            Gate::default()
        }
        None => Gate::default(),
    };
    deed.begin(bench, name).await;
    let way = gate.clone();
    let operator = bench.operator_with(move |config| way.client(config)).await;
    match death {
        None => {
            outcome(bench, deed, name).await;
            operator.stop().await;
        }
        Some((Death::Write(_), _)) => {
            wait_for(SOON, &format!("{deed:?} {death:?}"), async || gate.is_closed()).await;
            operator.crash();
        }
        Some((Death::Call(_), _)) => {
            let arrived = async || bench.simulator.faults().is_empty();
            wait_for(SOON, &format!("{deed:?} {death:?}"), arrived).await;
            operator.crash();
        }
    }
    gate
}

async fn outcome(bench: &Bench, deed: Deed, name: &str) -> Outcome {
    wait_for(SOON, &format!("{deed:?} of {name}"), || deed.outcome(bench, name)).await
}

/// Every death of one deed, each with an object of its own.
async fn every_death(deed: Deed, calls: &[&str], writes: &[&str]) {
    let bench = Bench::start().await;
    bench.apply(&bench.session(UNLIMITED)).await;
    let deaths: Vec<(Death, bool)> = (1..=writes.len())
        .map(Death::Write)
        .chain((1..=u32::try_from(calls.len()).unwrap()).map(Death::Call))
        .flat_map(|death| [(death, true), (death, false)])
        .collect();
    let all = names(0..deaths.len() + 1);
    bench.create_passwords(&all).await;
    deed.prepare(&bench, &all).await;
    let (undisturbed, others) = all.split_first().unwrap();

    bench.simulator.clear_journal();
    let gate = done(&bench, deed, undisturbed, None).await;
    let plain = |text: &str| text.replace(undisturbed, "NAME").replace(&bench.namespace.name, "NS");
    let seen: Vec<_> = gate.writes().iter().map(|write| plain(write)).collect();
    assert_eq!(seen, writes, "the writes to the API server");
    let journal = bench.simulator.journal();
    let seen: Vec<_> =
        journal.iter().map(|call| plain(&format!("{} {}", call.method, call.path))).collect();
    assert_eq!(seen[..calls.len()], *calls, "the calls");
    assert_eq!(seen[calls.len()..], ["DELETE /REST/Session/"], "and the end");
    let expected = outcome(&bench, deed, undisturbed).await;
    assert_eq!(expected.accounts.len(), 1);
    assert!(expected.password || expected.accounts == [AccountState::Deleted]);

    for (name, death) in others.iter().zip(deaths) {
        let before = passwords(&bench, deed, name).await;
        done(&bench, deed, name, Some(death)).await;
        let made = passwords(&bench, deed, name).await;
        let operator = bench.operator().await;
        assert_eq!(outcome(&bench, deed, name).await, expected, "{deed:?} {death:?}");
        if made != before {
            assert_eq!(passwords(&bench, deed, name).await, made, "made twice: {death:?}");
        }
        operator.stop().await;
        assert!(bench.simulator.faults().is_empty());
    }
    assert_eq!(bench.accounts().len(), all.len(), "one account for each object");
    let mut times = BTreeMap::new();
    for account in bench.accounts() {
        *times.entry(account.nickname).or_insert(0) += 1;
    }
    assert!(times.values().all(|&times| times == 1), "{times:?}");
}

/// The generated password that is kept, if the deed makes one.
async fn passwords(bench: &Bench, deed: Deed, name: &str) -> Option<String> {
    match deed {
        Deed::Rotate => Some(kept_password(bench, name).await),
        Deed::Create | Deed::Change | Deed::Disable | Deed::Delete => None,
    }
}

const USERS: &str = "/apis/roster.rs/v1alpha1/namespaces/NS/updateusers/NAME";

#[tokio::test]
async fn a_death_anywhere_in_a_create_is_made_good() {
    let calls = [
        "POST /REST/Session/",
        "GET /REST/UpdateUser/",
        "POST /REST/UserPermissionReport/",
        "POST /REST/UpdateUser/",
        "PUT /REST/UpdateUser/acme-NAME/",
    ];
    let writes = [
        &format!("PATCH {USERS}"),
        &format!("PUT {USERS}/status"),
        "POST /apis/events.k8s.io/v1/namespaces/NS/events",
    ];
    every_death(Deed::Create, &calls, &writes).await;
}

#[tokio::test]
async fn a_death_anywhere_in_a_change_is_made_good() {
    let calls = [
        "POST /REST/Session/",
        "GET /REST/UpdateUser/",
        "POST /REST/UserPermissionReport/",
        "PUT /REST/UpdateUser/acme-NAME/",
        "PUT /REST/UpdateUser/acme-NAME/",
    ];
    let writes =
        [&format!("PUT {USERS}/status"), "POST /apis/events.k8s.io/v1/namespaces/NS/events"];
    every_death(Deed::Change, &calls, &writes).await;
}

#[tokio::test]
async fn a_death_anywhere_in_a_rotation_is_made_good() {
    let calls = [
        "POST /REST/Session/",
        "GET /REST/UpdateUser/",
        "POST /REST/UserPermissionReport/",
        "PUT /REST/UpdateUser/acme-NAME/",
    ];
    let writes = [
        "PUT /api/v1/namespaces/NS/secrets/NAME-credentials",
        &format!("PUT {USERS}/status"),
        "POST /apis/events.k8s.io/v1/namespaces/NS/events",
    ];
    every_death(Deed::Rotate, &calls, &writes).await;
}

#[tokio::test]
async fn a_death_anywhere_in_a_removal_is_made_good() {
    let calls = [
        "POST /REST/Session/",
        "GET /REST/UpdateUser/",
        "POST /REST/UserPermissionReport/",
        "PUT /REST/UpdateUser/acme-NAME/",
    ];
    let writes = [&format!("PATCH {USERS}"), "POST /apis/events.k8s.io/v1/namespaces/NS/events"];
    every_death(Deed::Disable, &calls, &writes).await;
    let calls = [&calls[..3], &["DELETE /REST/UpdateUser/acme-NAME/"]].concat();
    every_death(Deed::Delete, &calls, &writes).await;
}
