//! Many objects: who holds what, and what it costs.

use roster::plan::{Adoption, Reason};

use crate::subject::{Subject, Traffic};
use crate::wish::Wish;
use crate::world::World;

pub async fn one_list_and_one_login_serve_one_object_and_a_thousand<S: Subject>() {
    for count in [1, 1000] {
        let mut world = World::<S>::new().await;
        let wishes: Vec<Wish<S>> = (0..count)
            .map(|number| {
                let key = world.system.make(&S::spec(number));
                Wish::new(number).of(&key).adoption(Adoption::IfExists)
            })
            .collect();
        let adopted = world.run(&wishes).await;
        let Traffic { logins, lists, writes, calls: at_most } = adopted.traffic;
        assert_eq!((logins, lists, writes), (1, 1, 0));
        assert!(adopted.reasons().iter().all(|reason| *reason == Reason::Adopted));

        let at_rest = world.run(&wishes).await;
        World::assert_at_rest(&at_rest, "a settled restart");
        assert!(at_rest.traffic.calls <= at_most);
        assert_eq!(at_rest.traffic.calls, world.run(&wishes[..1]).await.traffic.calls);
    }
}

pub async fn two_objects_that_claim_one_account_write_nothing_until_one_is_older<S: Subject>() {
    let mut world = World::<S>::new().await;
    let first = Wish::<S>::new(1);
    let mut second = first.clone().with(|spec| S::set_secret(spec, 1));
    "pretender".clone_into(&mut second.object.name);
    let run = world.run(&[first.clone(), second.clone()]).await;
    run.assert(&[Reason::Conflict; 2], 0);
    for outcome in &run.outcomes {
        let other = if outcome.object == first.object { &second } else { &first };
        let shown = outcome.to_string();
        assert!(shown.contains(&other.object.to_string()), "names the other one: {shown}");
    }
    assert!(world.system.entries().is_empty());

    let older = Wish { created_at: Some("2026-01-01"), ..first };
    let younger = Wish { created_at: Some("2026-01-02"), ..second };
    let run = world.run(&[younger.clone(), older.clone()]).await;
    run.assert(&[Reason::Conflict, Reason::Created], 1);
    world.assert_as_declared(&older, "the older one holds it");
    world
        .run(&[younger.clone(), older.clone()])
        .await
        .assert(&[Reason::Conflict, Reason::InSync], 0);

    // By its key too, when the younger one names the account instead.
    let key = world.key(&older);
    let naming = younger.of(&key).adoption(Adoption::IfExists);
    world.run(&[naming, older]).await.assert(&[Reason::Conflict, Reason::InSync], 0);
}

pub async fn accounts_with_equal_secrets_stay_apart<S: Subject>() {
    let mut world = World::<S>::new().await;
    let wishes: Vec<Wish<S>> =
        (1..=3).map(|number| Wish::new(number).with(|spec| S::set_secret(spec, 1))).collect();
    world.run(&wishes).await.assert(&[Reason::Created; 3], 3);
    for wish in &wishes {
        world.assert_as_declared(wish, "equal secrets");
    }
    World::assert_at_rest(&world.run(&wishes).await, "equal secrets");
}

pub async fn a_list_that_lost_a_fifth_is_read_twice<S: Subject>() {
    let mut world = World::<S>::new().await;
    let wishes: Vec<Wish<S>> = (0..10).map(Wish::new).collect();
    world.run(&wishes).await;
    for (gone, lists) in [(2, 1), (3, 2)] {
        for wish in &wishes[..gone] {
            world.system.remove(&world.key(wish));
        }
        let run = world.run(&wishes).await;
        let Traffic { logins, writes, .. } = run.traffic;
        assert_eq!((run.traffic.lists, logins, writes), (lists, 1, gone), "{gone} of 10 are gone");
        assert_eq!(run.reasons()[..gone], vec![Reason::Created; gone]);
        // The list was as long as it was before these were created again.
        World::assert_at_rest(&world.run(&wishes).await, "created again");
    }
}

pub async fn a_list_that_cannot_be_read_decides_nothing<S: Subject>() {
    let mut world = World::<S>::new().await;
    let known = Wish::<S>::new(1);
    world.run_one(&known).await;
    let (before, memos) = (world.system.entries(), world.record.memos.clone());
    world.system.hide_list();
    let removed = Wish::<S>::new(1).removed(None);
    for wishes in [[known.clone(), Wish::new(2)], [removed, Wish::new(2)]] {
        let result = world.try_run(&wishes).await;
        assert!(result.is_err());
        assert_eq!(world.system.traffic().writes, 0);
        assert_eq!(world.system.traffic().logins, 1);
    }
    assert_eq!((world.system.entries(), &world.record.memos), (before, &memos));
    world.system.cure();
    World::assert_at_rest(&world.run_one(&known).await, "the list is back");
}

pub async fn a_bad_item_among_many_fails_alone<S: Subject>() {
    let mut world = World::<S>::new().await;
    let wishes: Vec<Wish<S>> = (0..20).map(Wish::new).collect();
    world.system.refuse_create(7);
    let run = world.run(&wishes).await;
    let reasons = run.reasons();
    let bad = reasons.iter().position(|reason| *reason == Reason::Rejected).unwrap();
    for (number, outcome) in run.outcomes.iter().enumerate() {
        let expected = if number == bad { Reason::Rejected } else { Reason::Created };
        assert_eq!(outcome.reason, expected, "{outcome}");
    }
    let bad = &wishes[bad];
    assert!(!world.record.memos.contains_key(&bad.object) || world.claim(bad).is_none());
    let again = world.run(&wishes).await;
    assert_eq!(again.traffic.writes, 1);
    world.assert_as_declared(bad, "the second time");
}

pub async fn an_account_that_vanishes_before_it_is_changed_fails_alone_and_comes_back<
    S: Subject,
>() {
    let mut world = World::<S>::new().await;
    let edit = S::edits().remove(0);
    let wishes: Vec<Wish<S>> = (0..6).map(Wish::new).collect();
    world.run(&wishes).await;
    let key = world.key(&wishes[2]);
    let changed: Vec<Wish<S>> = wishes.into_iter().map(|wish| wish.with(edit.apply)).collect();
    let run = world.run_with(&changed, |system| system.remove(&key)).await.unwrap();
    for (number, outcome) in run.outcomes.iter().enumerate() {
        let expected = if number == 2 { Reason::NotFound } else { Reason::Updated };
        assert_eq!(outcome.reason, expected, "{outcome}");
    }
    world.run(&changed).await;
    for wish in &changed {
        world.assert_as_declared(wish, "the next run");
    }
}

pub async fn a_name_that_is_taken_after_the_look_is_not_taken_over<S: Subject>() {
    let mut world = World::<S>::new().await;
    let wish = Wish::<S>::new(1);
    let theirs = wish.clone().with(|spec| S::set_secret(spec, 1)).spec;
    let run = world.run_with(&[wish], |system| drop(system.make(&theirs))).await.unwrap();
    assert_eq!(run.reasons(), [Reason::AlreadyExists], "{}", run.outcomes[0]);
    let entries = world.system.entries();
    assert_eq!(entries.len(), 1);
    assert!(world.system.is_as(&entries[0].key, &theirs));
    assert!(world.record.memos.values().all(|memo| memo.key.is_none() && memo.claim.is_none()));
}
