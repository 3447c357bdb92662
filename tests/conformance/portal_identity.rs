//! What is peculiar to portals: names that change hands, users of a directory, and the wrong tenant.

use roster::plan::{Adoption, Deletion, Management, Origin, Reason};
use roster::sim::ctera::{Fault, FaultKind, FaultParameters};
use roster::systems::ctera::Place;

use crate::portal_user::{DOMAIN, ELSEWHERE, PortalUsers, TENANT, Usual};
use crate::subject::Subject;
use crate::wish::Wish;
use crate::world::World;

type Users = PortalUsers<Usual>;

/// The object of a user of the directory.
fn of_directory(name: &str) -> Wish<Users> {
    Wish::new(1).adoption(Adoption::IfExists).with(|spec| {
        *spec = Users::unmanaged(spec, &String::new());
        name.clone_into(&mut spec.name);
        spec.place = Place::Directory { domain: DOMAIN.to_owned() };
    })
}

/// The simulator's name of that user.
fn full(name: &str) -> String {
    format!("{DOMAIN}\\{name}")
}

#[tokio::test]
async fn whoever_has_only_the_name_is_neither_changed_nor_removed() {
    let wish = Wish::<Users>::new(1);
    let changed = wish.clone().with(|spec| spec.comment = Some("changed".to_owned()));
    for (wanted, at_once, later) in [
        (changed, Reason::NotFound, Reason::Replaced),
        (wish.clone().removed(None), Reason::Disabled, Reason::Released),
        (wish.clone().removed(Some(Deletion::Delete)), Reason::Deleted, Reason::Released),
    ] {
        for meanwhile in [true, false] {
            let mut world = World::<Users>::new().await;
            world.run_one(&wish).await;
            let key = world.key(&wish);
            let replace = |system: &Users| {
                system.remove(&key);
                system.make(&wish.spec);
            };
            let wanted = std::slice::from_ref(&wanted);
            let (run, expected) = if meanwhile {
                (world.run_with(wanted, replace).await.unwrap(), at_once)
            } else {
                replace(&world.system);
                (world.run(wanted).await, later)
            };
            assert_eq!(run.reasons(), [expected], "{}", run.outcomes[0]);
            let theirs = world.living(&wish.spec.name).unwrap();
            assert_ne!(theirs.key, key);
            assert!(world.system.is_as(&theirs.key, &wish.spec), "theirs is as it was");
        }
    }
}

#[tokio::test]
async fn a_rename_follows_the_uid_and_takes_no_name_away() {
    let mut world = World::<Users>::new().await;
    let wishes: Vec<_> = (1..=2).map(Wish::new).collect();
    world.run(&wishes).await;
    let renamed = |wish: &Wish<Users>, name: &str| {
        let name = name.to_owned();
        wish.clone().with(|spec| spec.name = name)
    };
    // Onto a name that somebody has: refused, and both are as they were.
    world.system.make(&renamed(&wishes[0], "taken").spec);
    let run = world.run(&[renamed(&wishes[0], "taken"), wishes[1].clone()]).await;
    assert_eq!(run.reasons(), [Reason::AlreadyExists, Reason::InSync], "{}", run.outcomes[0]);
    for wish in &wishes {
        world.assert_as_declared(wish, "the name is taken");
    }
    // Renamed at the portal and in the manifest at once.
    let key = world.key(&wishes[0]);
    world.system.tamper(&key, &renamed(&wishes[0], "theirs").spec);
    let ours = renamed(&wishes[0], "ours");
    world.run_one(&ours).await.assert(&[Reason::Updated], 1);
    assert_eq!(world.key(&ours), key);
    world.assert_as_declared(&ours, "renamed");
}

#[tokio::test]
async fn a_create_that_was_begun_is_found_although_it_has_another_name_now() {
    for call in 0.. {
        let mut world = World::<Users>::new().await;
        let wish = Wish::new(1);
        assert!(
            world.run_until_call(std::slice::from_ref(&wish), call, true).await,
            "never created"
        );
        if world.living(&wish.spec.name).is_none() {
            continue;
        }
        let renamed = wish.with(|spec| spec.name = "dana".to_owned());
        world.run_one(&renamed).await;
        world.assert_as_declared(&renamed, "renamed after the crash");
        assert_eq!(world.system.entries().len(), 1, "never a second one");
        return;
    }
}

#[tokio::test]
async fn a_user_of_a_directory_is_taken_over_observed_and_let_go() {
    let mut world = World::<Users>::new().await;
    let wish = of_directory("user1");
    world.run_one(&wish).await.assert(&[Reason::Adopted], 0);
    assert_eq!(world.origin(&wish), Some(Origin::Adopted));
    World::assert_at_rest(&world.run_one(&wish).await, "taken over");
    // Its directory may do with it what it likes.
    let theirs = serde_json::json!({ "email": "new@example.com", "role": "Support" });
    let theirs = theirs.as_object().unwrap().clone();
    world.system.portal().set_attributes(TENANT, &full("user1"), theirs).unwrap();
    World::assert_at_rest(&world.run_one(&wish).await, "changed by its directory");

    for (removed, reason) in [
        (wish.clone().removed(Some(Deletion::Delete)), Reason::DataLoss),
        (wish.clone().removed(Some(Deletion::Disable)), Reason::Incomplete),
        (wish.clone().management(Management::Observe).removed(None), Reason::Released),
    ] {
        world.run_one(&removed).await.assert(&[reason], 0);
    }
    world.run_one(&wish).await.assert(&[Reason::Adopted], 0);
    world.run_one(&wish.clone().removed(None)).await.assert(&[Reason::Released], 0);
    assert!(world.system.portal().user(TENANT, &full("user1")).is_some());
}

#[tokio::test]
async fn a_user_of_a_directory_is_never_created_and_is_no_local_user() {
    let mut world = World::<Users>::new().await;
    for adoption in [Adoption::Never, Adoption::IfExists, Adoption::Require] {
        let missing = of_directory("nobody").adoption(adoption);
        world.run_one(&missing).await.assert(&[Reason::AccountMissing], 0);
    }
    world
        .run_one(&of_directory("user1").adoption(Adoption::Never))
        .await
        .assert(&[Reason::AlreadyExists], 0);
    // A local user of the same name is created beside it.
    let mut local = Wish::<Users>::new(1);
    "local".clone_into(&mut local.object.name);
    let run = world.run(&[of_directory("user1"), local.clone()]).await;
    assert_eq!(run.reasons(), [Reason::Adopted, Reason::Created]);
    assert_eq!((run.traffic.lists, run.traffic.writes), (2, 1));
    world.assert_as_declared(&local, "beside the directory's");
}

/// The session is moved to another tenant right before a request of one kind, at any time.
#[tokio::test]
async fn what_is_read_in_the_wrong_tenant_is_not_believed() {
    let wish = Wish::<Users>::new(1);
    let changed = wish.clone().with(|spec| spec.comment = Some("changed".to_owned()));
    let deleted = wish.clone().removed(Some(Deletion::Delete));
    let cases = [
        (false, wish.clone(), Reason::Created),
        (true, wish.clone(), Reason::InSync),
        (true, changed, Reason::Updated),
        (true, wish.clone().removed(None), Reason::Disabled),
        (true, deleted, Reason::Deleted),
    ];
    for (exists, wanted, reason) in cases {
        for tenant in ["", ELSEWHERE] {
            for read in ["query", "get-multi", "GET"] {
                let case = format!("{reason} {tenant} {read}");
                let mut world = World::<Users>::new().await;
                if exists {
                    world.run_one(&wish).await;
                }
                let tenant = Some(tenant.to_owned());
                let parameters = FaultParameters { tenant, ..FaultParameters::default() };
                let fault = Fault::new(FaultKind::SelectTenant).with(parameters);
                world.system.portal().fault(match read {
                    "GET" => fault.method("GET"),
                    operation => fault.operation(operation),
                });
                let run = world.run_one(&wanted).await;
                assert_eq!(run.reasons(), [reason], "{case}: {}", run.outcomes[0]);
                let entries = world.system.entries();
                assert_eq!(entries.len(), 1, "{case}");
                assert_eq!(entries[0].gone, reason == Reason::Deleted, "{case}");
                if !wanted.removed {
                    world.assert_as_declared(&wanted, &case);
                }
            }
        }
    }
}
