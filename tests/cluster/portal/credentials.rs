//! S3 credentials: in a Secret before anything else, rotated with an overlap, and never those of others.

use roster::kinds::portal_user::PortalUser;
use roster::sim::ctera::{Fault, FaultKind, FaultParameters};
use serde_json::json;

use super::{Portal, complete, portal_user};
use crate::bench::SOON;
use crate::controlplane::wait_for;
use crate::gate::{End, Gate};

const BACKUP: &str =
    "  s3Credentials:\n    - name: backup\n      outputSecret: {name: backup-keys}";

/// The access keys that a user of `acme` has, with who made each.
fn keys(portal: &Portal, name: &str) -> Vec<(String, String)> {
    let user = portal.ctera().user("acme", name).unwrap();
    let keys = user.keys.into_iter().filter(|key| !key.deleted);
    keys.map(|key| (key.access_key, key.creator)).collect()
}

fn ids(portal: &Portal, name: &str) -> Vec<String> {
    keys(portal, name).into_iter().map(|(id, _)| id).collect()
}

async fn current(portal: &Portal, secret: &str) -> (String, String) {
    let id = portal.0.secret_value(secret, "access-key-id").await;
    let value = portal.0.secret_value(secret, "secret-access-key").await;
    (id, value)
}

/// Waits until the status names this many keys and the portal has as many of ours.
async fn settled(portal: &Portal, name: &str, ready: impl Fn(&PortalUser) -> bool) -> PortalUser {
    wait_for(SOON, &format!("the keys of {name}"), async || {
        let user = portal.users().get(name).await.unwrap();
        if ready(&user) { Ok(user) } else { Err(format!("{:#?}", user.status)) }
    })
    .await
}

#[tokio::test]
async fn credentials_are_made_rotated_replaced_and_taken_away() {
    let portal = Portal::start().await;
    let operator = portal.0.operator().await;
    portal.0.apply(&portal.session("")).await;
    let directory = portal_user("corp-ann", &format!("  directory: corp.example\n{BACKUP}"));
    let (foreign, _) = portal.ctera().create_key("acme", "corp.example\\corp-ann").unwrap();
    portal.0.apply(&directory).await;
    let user = portal.ready("corp-ann").await;
    let ann = "corp.example\\corp-ann";
    let (id, secret) = current(&portal, "backup-keys").await;
    assert!(portal.ctera().secret_is(&id, &secret));
    assert_eq!(ids(&portal, ann), [foreign.clone(), id.clone()]);
    let status = user.status.unwrap();
    assert_eq!(status.s3_credentials[0].access_key_id.as_ref(), Some(&id));
    assert!(!serde_json::to_string(&status).unwrap().contains(&secret));

    // A person asks for another one: the one before stays for the overlap.
    let rotate = json!({ "metadata": { "annotations": { "roster.rs/rotate-requested-at": "1" } } });
    portal.edit("corp-ann", rotate).await;
    settled(&portal, "corp-ann", |user| {
        let status = user.status.as_ref().unwrap();
        status.s3_credentials.iter().any(|key| key.previous_access_key_id.as_ref() == Some(&id))
    })
    .await;
    let (second, new_secret) = current(&portal, "backup-keys").await;
    assert!(second != id && portal.ctera().secret_is(&second, &new_secret));
    assert_eq!(portal.0.secret_value("backup-keys", "previous-access-key-id").await, id);
    assert_eq!(ids(&portal, ann), [foreign.clone(), id.clone(), second.clone()]);

    // The Secret is lost: another pair is made, and those that nobody has any more are deleted.
    portal.0.secrets().delete("backup-keys", &kube::api::DeleteParams::default()).await.unwrap();
    settled(&portal, "corp-ann", |user| {
        let key = &user.status.as_ref().unwrap().s3_credentials[0];
        key.access_key_id.as_ref().is_some_and(|id| *id != second)
            && key.previous_access_key_id.is_none()
            && key.retired_access_key_ids.is_empty()
    })
    .await;
    let (third, third_secret) = current(&portal, "backup-keys").await;
    assert!(portal.ctera().secret_is(&third, &third_secret));
    assert_eq!(ids(&portal, ann), [foreign.clone(), third]);

    // Taken away: the pair and its Secret go, the foreign key stays.
    portal.edit("corp-ann", json!({ "spec": { "s3Credentials": null } })).await;
    settled(&portal, "corp-ann", |user| user.status.as_ref().unwrap().s3_credentials.is_empty())
        .await;
    assert_eq!(ids(&portal, ann), [foreign]);
    assert!(portal.0.secrets().get_opt("backup-keys").await.unwrap().is_none());
    operator.stop().await;
}

#[tokio::test]
async fn a_rotation_deletes_the_pair_of_before_when_its_overlap_is_over() {
    let portal = Portal::start().await;
    let operator = portal.0.operator().await;
    portal.0.apply(&portal.session("")).await;
    let rotating = format!("{BACKUP}\n      rotation: {{interval: 4s, overlap: 2s}}");
    portal.0.apply(&complete("rina", &rotating)).await;
    portal.ready("rina").await;
    let (first, _) = current(&portal, "backup-keys").await;
    wait_for(SOON, "another pair is made", async || {
        current(&portal, "backup-keys").await.0 != first
    })
    .await;
    wait_for(SOON, "the first pair is gone", async || !ids(&portal, "rina").contains(&first)).await;
    assert!(ids(&portal, "rina").len() <= 2);
    let (id, secret) = current(&portal, "backup-keys").await;
    assert!(portal.ctera().secret_is(&id, &secret) || ids(&portal, "rina").len() == 2);
    operator.stop().await;
}

#[tokio::test]
async fn a_full_user_and_a_secret_of_somebody_else_are_said() {
    let portal = Portal::start().await;
    portal.ctera().switch(|switches| switches.key_limit = 1);
    portal.ctera().create_key("acme", "erez").unwrap();
    let operator = portal.0.operator().await;
    portal.0.apply(&portal.session("")).await;
    let adopted =
        |name: &str, more: &str| portal_user(name, &format!("  adoptionPolicy: Require\n{more}"));
    portal.0.apply("apiVersion: v1\nkind: Secret\nmetadata: {name: theirs}\n").await;
    let theirs = BACKUP.replace("backup-keys", "theirs");
    portal.0.apply(&(adopted("erez", BACKUP) + &adopted("dana", &theirs))).await;
    portal.condition("erez", "CredentialsReady", "False", "Rejected").await;
    portal.condition("dana", "CredentialsReady", "False", "SecretConflict").await;
    assert_eq!(keys(&portal, "erez").len(), 1);
    assert_eq!(keys(&portal, "dana").len(), 0);
    operator.stop().await;
}

/// At every write to the API server and every request to the portal after the login, executed or not.
#[tokio::test]
async fn a_death_anywhere_leaves_one_working_pair_and_no_other() {
    let portal = Portal::start().await;
    portal.0.apply(&portal.session("")).await;
    let manifest = |name: &str| {
        let keys = BACKUP.replace("backup-keys", &format!("{name}-keys"));
        complete(name, &keys)
    };
    let operator = portal.0.operator().await;
    portal.0.session_condition("acme", "Ready", "True", "LoggedIn").await;
    operator.stop().await;
    portal.0.simulator.clear_journal();
    portal.0.apply(&manifest("undisturbed")).await;
    let gate = Gate::default();
    let way = gate.clone();
    let operator = portal.0.operator_with(move |config| way.client(config)).await;
    portal.ready("undisturbed").await;
    operator.stop().await;
    let writes = gate.writes().len();
    let calls = portal.calls();
    let begin = calls.iter().position(|call| call.ends_with(" add")).unwrap();
    let keyed = calls[begin..].iter().filter(|call| call.contains("ApiKey"));
    let keyed: Vec<&str> = keyed.map(String::as_str).collect();
    assert_eq!(keyed, ["POST / getApiKeys", "POST / createApiKey"]);

    let deaths = (1..=writes)
        .map(|write| (Some(write), None))
        .chain((begin..calls.len() - 1).map(|call| (None, Some(u32::try_from(call).unwrap()))));
    for (number, (write, call)) in deaths.enumerate() {
        for executed in [true, false] {
            let name = format!("user{number}{}", if executed { "x" } else { "o" });
            portal.0.apply(&manifest(&name)).await;
            let gate =
                write.map_or_else(Gate::default, |write| Gate::ending_at(End { write, executed }));
            if let Some(call) = call {
                let parameters = FaultParameters {
                    executed: Some(executed),
                    millis: Some(50),
                    ..FaultParameters::default()
                };
                let stuck = Fault::new(FaultKind::Endless).path("/admin/api").skip(call);
                portal.ctera().fault(stuck.with(parameters));
            }
            let way = gate.clone();
            let operator = portal.0.operator_with(move |config| way.client(config)).await;
            wait_for(SOON, &format!("{write:?} {call:?}"), async || {
                if write.is_some() { gate.is_closed() } else { portal.ctera().faults().is_empty() }
            })
            .await;
            operator.crash();
            let operator = portal.0.operator().await;
            portal.ready(&name).await;
            operator.stop().await;
            let (id, secret) = current(&portal, &format!("{name}-keys")).await;
            assert_eq!(
                ids(&portal, &name),
                std::slice::from_ref(&id),
                "{write:?} {call:?} {executed}"
            );
            assert!(portal.ctera().secret_is(&id, &secret));
        }
    }
}
