//! How many requests everything takes at a portal: exact numbers, from the simulator's journal.

use std::collections::BTreeSet;

use roster::plan::{Adoption, Deletion, Reason};
use roster::remote::Remote;
use roster::systems::ctera::Place;

use crate::portal_user::{Paged, PortalUsers, Usual};
use crate::subject::{Role, Subject};
use crate::wish::Wish;
use crate::world::World;

/// The requests of a login into a tenant from outside.
const ENTER: [&str; 6] = [
    "POST /login",
    "GET /currentSession",
    "GET /currentPortal",
    "PUT /currentPortal",
    "GET /currentPortal",
    "GET /version",
];
const LIST: &str = "POST /users query";
const LEAVE: &str = "POST /logout";

/// The tenant's own administrators.
const SEEDED: usize = 2;

/// What a run asks that logs in, looks and does this.
fn run_of(pages: usize, between: &[&str]) -> Vec<String> {
    let all = [&ENTER[..], &vec![LIST; pages], between, &[LEAVE]].concat();
    all.into_iter().map(str::to_owned).collect()
}

#[tokio::test]
async fn a_drift_pass_is_one_query_a_page_and_nothing_else() {
    for (users, page) in [(2, 1000), (3, 1), (10, 3), (12, 3), (13, 3), (120, 50), (100, 50)] {
        let system = PortalUsers::<Usual>::start().await;
        for number in SEEDED..users {
            system.make(&PortalUsers::<Usual>::spec(number));
        }
        system.portal().switch(|switches| switches.page_limit = Some(page));
        let client = system.open(Role::Writer);
        client.login().await.unwrap();
        let pages = users.div_ceil(usize::try_from(page).unwrap());
        for _ in 0..2 {
            system.forget_traffic();
            let seen = client.observe(&BTreeSet::from([Place::Local])).await.unwrap();
            assert_eq!(system.lines(), vec![LIST; pages], "{users} users, {page} a page");
            assert_eq!(seen.accounts().len(), users);
            assert_eq!(seen.is_complete(), pages == 1);
        }
        PortalUsers::<Usual>::close(client).await;
    }
}

#[tokio::test]
async fn each_place_is_a_list_of_its_own_and_an_empty_one_takes_a_proof_of_the_tenant() {
    let system = PortalUsers::<Usual>::start().await;
    let client = system.open(Role::Writer);
    client.login().await.unwrap();
    let corp = Place::Directory { domain: crate::portal_user::DOMAIN.to_owned() };
    for (places, expected) in [
        (BTreeSet::new(), vec![]),
        (BTreeSet::from([corp.clone()]), vec!["POST /domains/corp.example/adUsers query"]),
        (
            BTreeSet::from([Place::Local, corp]),
            vec![LIST, "POST /domains/corp.example/adUsers query"],
        ),
    ] {
        system.forget_traffic();
        client.observe(&places).await.unwrap();
        assert_eq!(system.lines(), expected);
    }
    for user in ["writer", "reader"] {
        system.portal().delete_user(crate::portal_user::TENANT, user).unwrap();
    }
    system.forget_traffic();
    client.observe(&BTreeSet::from([Place::Local])).await.unwrap();
    assert_eq!(system.lines(), [LIST, "GET /currentPortal"]);
}

#[tokio::test]
async fn each_action_costs_what_the_client_says() {
    let mut world = World::<PortalUsers<Usual>>::new().await;
    let wish = Wish::<PortalUsers<Usual>>::new(1);
    let edited = PortalUsers::<Usual>::edits()
        .iter()
        .fold(wish.clone(), |wish, edit| if edit.names { wish } else { wish.with(edit.apply) });
    let renamed = edited.clone().with(|spec| spec.name = "dana".to_owned());
    let disabled = renamed.clone().removed(Some(Deletion::Disable));
    let deleted = renamed.clone().adoption(Adoption::IfExists).removed(Some(Deletion::Delete));
    let create = ["GET /currentPortal", "POST /users add", "POST /users/user1 get-multi"];
    let change = ["GET /users/user1", "PUT /users/user1"];
    for (case, wish, expected, reason) in [
        ("create", &wish, &create[..], Reason::Created),
        ("at rest", &wish, &[], Reason::InSync),
        ("many fields", &edited, &change, Reason::Updated),
        ("rename", &renamed, &change, Reason::Updated),
        ("at rest again", &renamed, &[], Reason::InSync),
        ("disable", &disabled, &["GET /users/dana", "PUT /users/dana"], Reason::Disabled),
        (
            "adopt",
            &renamed.clone().adoption(Adoption::IfExists),
            &["GET /users/dana", "PUT /users/dana"],
            Reason::Adopted,
        ),
        ("delete", &deleted, &["GET /users/dana", "POST /users/dana delete"], Reason::Deleted),
        // The list is read again, since it lost one of three.
        ("nothing is left", &deleted, &[LIST], Reason::Released),
    ] {
        let run = world.run_one(wish).await;
        assert_eq!(run.reasons(), [reason], "{case}: {}", run.outcomes[0]);
        assert_eq!(world.system.lines(), run_of(1, expected), "{case}");
    }
}

#[tokio::test]
async fn over_several_pages_only_who_is_in_none_is_asked_for() {
    let mut world = World::<PortalUsers<Paged>>::new().await;
    let wishes: Vec<_> = (1..=9).map(Wish::new).collect();
    world.run(&wishes).await;
    let pages = (9 + SEEDED).div_ceil(5);
    world.run(&wishes).await;
    assert_eq!(world.system.lines(), run_of(pages, &[]), "all are in the list");

    let look = ["POST /users/user10 get-multi", "GET /currentPortal"];
    let create = ["GET /currentPortal", "POST /users add", "POST /users/user10 get-multi"];
    let ten: Vec<_> = (1..=10).map(Wish::new).collect();
    assert_eq!(world.run(&ten).await.reasons()[9], Reason::Created);
    assert_eq!(world.system.lines(), run_of(pages, &[&look[..], &create].concat()));

    // By its uid, then by its name: both have to be proven.
    world.system.remove(&world.key(&ten[9]));
    let removed = [&ten[..9], &[ten[9].clone().removed(None)]].concat();
    assert_eq!(world.run(&removed).await.reasons()[9], Reason::Released);
    let by_uid = [LIST, "GET /currentPortal"];
    assert_eq!(world.system.lines(), run_of(pages, &[&by_uid[..], &look].concat()));
}
