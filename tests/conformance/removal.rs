//! Objects that go.

use roster::plan::{Adoption, Deletion, Origin, Reason};

use crate::subject::{Subject, Traffic};
use crate::wish::Wish;
use crate::world::World;

/// A world with one account of this origin.
async fn with_origin<S: Subject>(origin: Origin) -> (World<S>, Wish<S>) {
    let mut world = World::<S>::new().await;
    let wish = match origin {
        Origin::Created => Wish::new(1),
        Origin::Adopted => {
            let key = world.system.make(&S::spec(1));
            Wish::new(1).of(&key).adoption(Adoption::IfExists)
        }
    };
    world.run_one(&wish).await;
    assert_eq!(world.origin(&wish), Some(origin));
    (world, wish)
}

pub async fn the_deletion_policy_decides_and_without_one_the_origin<S: Subject>() {
    for (origin, deletion, reason) in [
        (Origin::Created, None, Reason::Disabled),
        (Origin::Adopted, None, Reason::Released),
        (Origin::Created, Some(Deletion::Retain), Reason::Released),
        (Origin::Adopted, Some(Deletion::Retain), Reason::Released),
        (Origin::Created, Some(Deletion::Disable), Reason::Disabled),
        (Origin::Adopted, Some(Deletion::Disable), Reason::Disabled),
        (Origin::Created, Some(Deletion::Delete), Reason::Deleted),
        (Origin::Adopted, Some(Deletion::Delete), Reason::Deleted),
    ] {
        let (mut world, wish) = with_origin::<S>(origin).await;
        let removed = [wish.clone().removed(deletion)];
        let run = world.run(&removed).await;
        run.assert(&[reason], usize::from(reason != Reason::Released));
        let entry = &world.system.entries()[0];
        let case = format!("{origin:?} {deletion:?}");
        assert_eq!(entry.gone, reason == Reason::Deleted, "{case}");
        assert_eq!(entry.disabled, reason == Reason::Disabled, "{case}");
        assert!(world.record.memos.is_empty(), "{case}");
        if reason != Reason::Deleted {
            let is_as_before = wish.with(|spec| {
                if reason == Reason::Disabled {
                    S::disable(spec);
                }
            });
            assert!(world.system.is_as(&entry.key, &is_as_before.spec), "{case}");
        }
        let before = world.system.entries();
        world.run(&removed).await;
        assert_eq!(world.system.entries(), before, "{case}: the second time nothing is left to do");
    }
}

pub async fn an_account_that_was_never_ours_is_not_removed<S: Subject>() {
    let mut world = World::<S>::new().await;
    let key = world.system.make(&S::spec(1));
    for deletion in [Deletion::Disable, Deletion::Delete] {
        let removed = Wish::<S>::new(1).of(&key).removed(Some(deletion));
        world.run_one(&removed).await.assert(&[Reason::NotOurs], 0);
    }
    assert!(world.system.is_as(&key, &S::spec(1)));
}

pub async fn what_is_disabled_already_is_not_disabled_again<S: Subject>() {
    let (mut world, wish) = with_origin::<S>(Origin::Created).await;
    let mut disabled = wish.clone();
    S::disable(&mut disabled.spec);
    world.system.tamper(&world.key(&wish), &disabled.spec);
    world.run(&[wish.removed(None)]).await.assert(&[Reason::Released], 0);
    assert!(world.system.entries()[0].disabled);
}

pub async fn what_is_gone_already_is_success<S: Subject>() {
    for deletion in [Deletion::Disable, Deletion::Delete] {
        let (mut world, wish) = with_origin::<S>(Origin::Created).await;
        world.system.remove(&world.key(&wish));
        let removed = [wish.removed(Some(deletion))];
        world.run(&removed).await.assert(&[Reason::Released], 0);
        assert!(world.record.memos.is_empty());

        let (mut world, wish) = with_origin::<S>(Origin::Created).await;
        let key = world.key(&wish);
        let run = world.run_with(&removed, |system| system.remove(&key)).await.unwrap();
        assert!(run.outcomes[0].problem.is_none(), "{}", run.outcomes[0]);
        assert!(world.record.memos.is_empty());
    }
}

pub async fn the_deletion_guard_parks_what_is_too_much<S: Subject>() {
    let mut world = World::<S>::new().await;
    let wishes: Vec<Wish<S>> = (1..=5).map(Wish::new).collect();
    world.run(&wishes).await;
    let policies =
        [None, Some(Deletion::Delete), Some(Deletion::Retain), Some(Deletion::Delete), None];
    let removed: Vec<_> =
        std::iter::zip(wishes, policies).map(|(wish, policy)| wish.removed(policy)).collect();
    world.rules.removals_left = Some(2);
    let run = world.run(&removed).await;
    let parked = Reason::DeletionGuard;
    run.assert(&[Reason::Disabled, Reason::Deleted, Reason::Released, parked, parked], 2);
    assert_eq!(world.record.memos.len(), 2, "what is parked is remembered");
    world.rules.removals_left = Some(0);
    let run = world.run(&removed[3..]).await;
    run.assert(&[parked, parked], 0);
    world.rules.removals_left = Some(10);
    world.run(&removed[3..]).await.assert(&[Reason::Deleted, Reason::Disabled], 2);
}

pub async fn an_account_that_another_object_holds_now_stays<S: Subject>() {
    let (mut world, wish) = with_origin::<S>(Origin::Created).await;
    let key = world.key(&wish);
    let mut heir = wish.clone().of(&key).adoption(Adoption::IfExists);
    "heir".clone_into(&mut heir.object.name);
    let removed = wish.removed(Some(Deletion::Delete));
    let run = world.run(&[removed, heir.clone()]).await;
    run.assert(&[Reason::Released, Reason::Adopted], 0);
    world.assert_as_declared(&heir, "inherited");
    assert_eq!(world.system.entries().len(), 1);
}

pub async fn removing_what_never_came_to_be_does_nothing<S: Subject>() {
    let mut world = World::<S>::new().await;
    let run = world.run(&[Wish::new(1).removed(Some(Deletion::Delete))]).await;
    run.assert(&[Reason::Released], 0);
    let Traffic { lists, writes, .. } = run.traffic;
    assert_eq!((lists, writes), (1, 0));
}
