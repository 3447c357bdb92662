//! Accounts that exist already.

use roster::plan::{Adoption, Origin, Reason};

use crate::subject::{Edit, Subject};
use crate::wish::Wish;
use crate::world::World;

/// A world with the account of `wish`, which somebody else made.
async fn with_account<S: Subject>(wish: &Wish<S>) -> (World<S>, Wish<S>) {
    let world = World::<S>::new().await;
    let key = world.system.make(&wish.spec);
    let named = wish.clone().of(&key);
    (world, named)
}

/// The differences that can be seen between an account that exists and what somebody declares of it.
fn shown<S: Subject>() -> Vec<Edit<S::Spec>> {
    S::edits().into_iter().filter(|edit| edit.shown && !edit.names).collect()
}

pub async fn an_account_of_somebody_else_is_left_alone_and_the_difference_is_shown<S: Subject>() {
    let (mut world, named) = with_account(&Wish::<S>::new(1)).await;
    for edit in shown::<S>() {
        let changed = named.clone().with(edit.apply);
        let run = world.run_one(&changed).await;
        run.assert(&[Reason::AlreadyExists], 0);
        assert_eq!(run.planned[0].held, [edit.field]);
    }
    assert!(world.system.is_as(&world.system.entries()[0].key, &named.spec));
    assert!(world.record.memos.values().all(|memo| memo.key.is_none()), "it is not ours");
}

pub async fn a_name_that_is_taken_is_not_taken_over<S: Subject>() {
    let wish = Wish::<S>::new(1);
    let (mut world, _) = with_account(&wish).await;
    let other = wish.with(|spec| S::set_secret(spec, 1));
    for _ in 0..2 {
        let run = world.run_one(&other).await;
        assert_eq!(run.reasons(), [Reason::AlreadyExists], "{}", run.outcomes[0]);
    }
    let entries = world.system.entries();
    assert_eq!(entries.len(), 1);
    assert!(world.system.is_as(&entries[0].key, &S::spec(1)), "it is as it was");
    assert!(world.record.memos.values().all(|memo| memo.key.is_none() && memo.claim.is_none()));
}

pub async fn an_account_is_adopted_and_made_as_declared<S: Subject>() {
    for adoption in [Adoption::IfExists, Adoption::Require] {
        for edit in shown::<S>() {
            let (mut world, named) = with_account(&Wish::<S>::new(1)).await;
            let changed = named.adoption(adoption).with(edit.apply);
            let run = world.run_one(&changed).await;
            run.assert(&[Reason::Adopted], 1);
            assert!(!run.planned[0].drift);
            world.assert_as_declared(&changed, edit.field);
            assert_eq!(world.origin(&changed), Some(Origin::Adopted));
            World::assert_at_rest(&world.run_one(&changed).await, edit.field);
        }
    }
}

pub async fn an_account_that_is_as_declared_is_adopted_without_a_write<S: Subject>() {
    let (mut world, named) = with_account(&Wish::<S>::new(1)).await;
    let named = named.adoption(Adoption::IfExists);
    world.run_one(&named).await.assert(&[Reason::Adopted], 0);
    world.assert_as_declared(&named, "adopted");
    World::assert_at_rest(&world.run_one(&named).await, "adopted");
    // Once it is ours, the policy for what is not does not matter any more.
    let kept = named.adoption(Adoption::Never);
    World::assert_at_rest(&world.run_one(&kept).await, "kept");
}

pub async fn a_secret_that_cannot_be_read_is_not_written_on_adoption_but_when_it_changes<
    S: Subject,
>() {
    let (mut world, named) = with_account(&Wish::<S>::new(1)).await;
    let adopted = named.adoption(Adoption::IfExists).with(|spec| S::set_secret(spec, 1));
    world.run_one(&adopted).await.assert(&[Reason::Adopted], usize::from(S::SHOWS_SECRETS));
    let rotated = adopted.with(|spec| S::set_secret(spec, 2));
    world.run_one(&rotated).await.assert(&[Reason::Updated], 1);
    world.assert_as_declared(&rotated, "rotated");
}

pub async fn an_account_that_must_exist_is_never_created<S: Subject>() {
    let mut world = World::<S>::new().await;
    let wish = Wish::<S>::new(1).adoption(Adoption::Require);
    world.run_one(&wish).await.assert(&[Reason::AccountMissing], 0);
    assert!(world.system.entries().is_empty());
}

pub async fn an_account_that_may_exist_is_created_when_it_does_not<S: Subject>() {
    let mut world = World::<S>::new().await;
    let wish = Wish::<S>::new(1).adoption(Adoption::IfExists);
    world.run_one(&wish).await.assert(&[Reason::Created], 1);
    assert_eq!(world.origin(&wish), Some(Origin::Created));
    world.assert_as_declared(&wish, "created");
}
