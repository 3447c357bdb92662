//! What portal users cost: writes to the API server from its audit log, requests to the portal from its journal.

use std::collections::BTreeMap;

use futures::{StreamExt, stream};
use kube::ResourceExt;
use kube::api::{Patch, PatchParams, PostParams};
use roster::kinds::portal_user::PortalUser;
use serde_json::{Value, json};

use super::Portal;
use crate::bench::{Operator, SOON};
use crate::controlplane::wait_for;
use crate::crowd::{LONG, UNLIMITED, names, password_of, summed};

const MANY: usize = 200;
const SOME: usize = 20;
/// With the seed's four local users of `acme` a list takes five pages.
const PAGE: u32 = 50;
const PAGES: usize = 5;
/// The users of the seed and ours.
const SEEDED: usize = 4;

fn object(name: &str) -> PortalUser {
    serde_json::from_value(json!({
        "apiVersion": "roster.rs/v1alpha1",
        "kind": "PortalUser",
        "metadata": { "name": name },
        "spec": {
            "sessionRef": { "name": "acme" },
            "name": name,
            "email": format!("{name}@example.com"),
            "firstName": "First",
            "lastName": "Last",
            "password": { "secretKeyRef": { "name": crate::crowd::PASSWORDS, "key": name } },
        },
    }))
    .unwrap()
}

async fn each<'n, F: Future<Output = ()>>(names: &'n [String], deed: impl Fn(&'n String) -> F) {
    stream::iter(names).map(deed).buffer_unordered(16).collect::<()>().await;
}

async fn all_ready(portal: &Portal, number: usize) {
    wait_for(LONG, "every user is ready", async || {
        let users = portal.all().await;
        let ready = |user: &&PortalUser| {
            let status = user.status.as_ref().map(|status| &status.account);
            status.is_some_and(|status| {
                status.observed_generation == user.metadata.generation
                    && status.conditions.iter().any(|it| it.type_ == "Ready" && it.status == "True")
            })
        };
        let ready = users.iter().filter(ready).count();
        if ready == number { Ok(()) } else { Err(ready) }
    })
    .await;
}

/// Without the status of the session, which time decides.
fn writes(portal: &Portal, mark: crate::controlplane::audit::Mark) -> BTreeMap<String, usize> {
    let mut sums = summed(&portal.0.writes_since(mark));
    sums.remove("update apisessions/status");
    sums
}

fn sums<const N: usize>(sums: [(&str, usize); N]) -> BTreeMap<String, usize> {
    sums.into_iter().map(|(what, count)| (what.to_owned(), count)).collect()
}

/// The requests by their form, with the names of users left out.
fn calls(portal: &Portal) -> BTreeMap<String, usize> {
    let mut sums = BTreeMap::new();
    for call in portal.calls() {
        let words: Vec<&str> = call
            .split(' ')
            .map(|word| if word.starts_with("/users/") { "/users/NAME" } else { word })
            .collect();
        *sums.entry(words.join(" ")).or_insert(0) += 1;
    }
    sums
}

async fn set_interval(portal: &Portal, interval: &str) {
    let patch = Patch::Merge(json!({ "spec": { "resyncInterval": interval } }));
    portal.0.sessions().patch("acme", &PatchParams::default(), &patch).await.unwrap();
}

#[tokio::test]
async fn every_write_and_every_call_is_accounted_for() {
    let portal = Portal::start().await;
    let all = names(0..MANY);
    portal.0.create_passwords(&all).await;
    let mark = portal.0.plane.audit().mark();
    let operator = portal.0.operator().await;
    portal.0.apply(&portal.session(&format!("  resyncInterval: 1h\n{UNLIMITED}"))).await;
    portal.0.session_condition("acme", "Ready", "True", "LoggedIn").await;
    portal.0.simulator.clear_journal();
    let users = portal.users();
    each(&all, async |name| {
        users.create(&PostParams::default(), &object(name)).await.map(drop).unwrap();
    })
    .await;
    all_ready(&portal, MANY).await;
    wait_for(SOON, "the events are there", async || {
        writes(&portal, mark).get("create events") == Some(&(MANY + 1))
    })
    .await;
    let expected = sums([
        ("create secrets", 1), // the installation's marker key
        ("patch apisessions", 1),
        ("patch portalusers", MANY),
        ("update portalusers/status", MANY),
        ("create events", MANY + 1), // and one of the login
    ]);
    assert_eq!(writes(&portal, mark), expected);
    let mut asked = calls(&portal);
    // A list that is 30 s old is not good enough for an edit.
    let lists = asked.remove("POST /users query").unwrap_or_default();
    assert!((1..=4).contains(&lists), "{lists} lists");
    let expected = sums([
        ("GET /currentPortal", MANY),
        ("POST /users add", MANY),
        ("POST /users/NAME get-multi", MANY),
    ]);
    assert_eq!(asked, expected);
    assert_eq!(portal.ctera().users().iter().filter(|user| user.creator != "seed").count(), MANY);
    assert!(all.iter().all(|name| portal.ctera().login_password_is(
        "acme",
        name,
        &password_of(name)
    )));

    at_rest(&portal).await;
    let operator = restarted(&portal, operator).await;
    changed(&portal, &all[..SOME]).await;
    deleted(&portal, &all[SOME..2 * SOME]).await;
    operator.stop().await;
    assert!(portal.ctera().sessions().is_empty());
}

/// A pass costs as many requests as the list has pages, and no write at all.
async fn at_rest(portal: &Portal) {
    assert_eq!((SEEDED + MANY).div_ceil(PAGE as usize), PAGES);
    portal.ctera().switch(|switches| switches.page_limit = Some(PAGE));
    set_interval(portal, "1s").await;
    let queries = || portal.count("POST /users query");
    let passes = queries() + PAGES;
    wait_for(SOON, "a pass", async || queries() >= passes).await;
    portal.0.simulator.clear_journal();
    let mark = portal.0.plane.audit().mark();
    wait_for(SOON, "three passes", async || queries() > 3 * PAGES).await;
    assert_eq!(writes(portal, mark), sums([]));
    let asked = calls(portal);
    assert_eq!(asked.keys().collect::<Vec<_>>(), ["POST /users query"], "nothing else was asked");
    set_interval(portal, "1h").await;
}

/// A new process logs in, reads the list once, and finds that all is as it was.
async fn restarted(portal: &Portal, operator: Operator) -> Operator {
    let versions = async || {
        let users = portal.all().await;
        users.iter().map(|user| (user.name_any(), user.resource_version())).collect::<Vec<_>>()
    };
    let before = versions().await;
    operator.stop().await;
    portal.0.simulator.clear_journal();
    let mark = portal.0.plane.audit().mark();
    let operator = portal.0.operator().await;
    wait_for(LONG, "every object was looked at", async || {
        let text = operator.metrics.encode();
        let done = text.lines().filter(|line| {
            line.starts_with("roster_reconciles_total") && line.contains("kind=\"PortalUser\"")
        });
        let done: usize =
            done.map(|line| line.rsplit(' ').next().unwrap().parse::<usize>().unwrap()).sum();
        let listed = portal.count("POST /users query");
        if done >= MANY && listed >= PAGES { Ok(()) } else { Err((done, listed)) }
    })
    .await;
    assert_eq!(writes(portal, mark), sums([]));
    let mut asked = calls(portal);
    assert_eq!(asked.remove("POST /users query"), Some(PAGES), "one list");
    assert_eq!(asked.remove("POST /login"), Some(1));
    assert!(
        asked.keys().all(|call| call.starts_with("GET /") || call == "PUT /currentPortal"),
        "{asked:?}"
    );
    assert!(asked.values().all(|&times| times <= 2), "only what belongs to the login: {asked:?}");
    assert_eq!(versions().await, before);
    operator
}

/// One GET, one PUT and one write of the status for each.
async fn changed(portal: &Portal, names: &[String]) {
    portal.ctera().switch(|switches| switches.page_limit = None);
    portal.0.simulator.clear_journal();
    let mark = portal.0.plane.audit().mark();
    let edit = json!({ "spec": { "comment": "changed", "lastName": "Another" } });
    each(names, async |name| drop(portal.edit(name, edit.clone()).await)).await;
    all_ready(portal, MANY).await;
    wait_for(SOON, "the events are there", async || {
        writes(portal, mark).get("create events") == Some(&names.len())
    })
    .await;
    let expected =
        sums([("update portalusers/status", names.len()), ("create events", names.len())]);
    assert_eq!(writes(portal, mark), expected);
    let mut asked = calls(portal);
    let lists = asked.remove("POST /users query").unwrap_or_default();
    assert!(lists <= PAGES + 1, "{lists}");
    let expected = sums([("GET /users/NAME", names.len()), ("PUT /users/NAME", names.len())]);
    assert_eq!(asked, expected);
}

/// One GET, one PUT and one write for each: they are disabled.
async fn deleted(portal: &Portal, names: &[String]) {
    portal.0.simulator.clear_journal();
    let mark = portal.0.plane.audit().mark();
    each(names, async |name| portal.delete(name).await).await;
    wait_for(LONG, "the objects are gone", async || {
        let left: Vec<Value> = portal
            .all()
            .await
            .iter()
            .filter(|user| names.contains(&user.name_any()))
            .map(|user| json!(user.status))
            .collect();
        if left.is_empty() { Ok(()) } else { Err(left.len()) }
    })
    .await;
    wait_for(SOON, "the events are there", async || {
        writes(portal, mark).get("create events") == Some(&names.len())
    })
    .await;
    let expected = sums([("patch portalusers", names.len()), ("create events", names.len())]);
    assert_eq!(writes(portal, mark), expected);
    let mut asked = calls(portal);
    asked.remove("POST /users query");
    let expected = sums([("GET /users/NAME", names.len()), ("PUT /users/NAME", names.len())]);
    assert_eq!(asked, expected);
    for name in names {
        assert_eq!(portal.ctera().user("acme", name).unwrap().role.as_deref(), Some("Disabled"));
    }
}
