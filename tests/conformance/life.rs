//! Create, keep, change.

use roster::plan::Reason;

use crate::subject::Subject;
use crate::wish::Wish;
use crate::world::World;

pub async fn a_new_account_is_created_once_and_then_kept<S: Subject>() {
    let mut world = World::<S>::new().await;
    let wish = Wish::new(1);
    world.run_one(&wish).await.assert(&[Reason::Created], 1);
    world.assert_as_declared(&wish, "created");
    let again = world.run_one(&wish).await;
    World::assert_at_rest(&again, "kept");
    assert_eq!(world.system.entries().len(), 1);
}

pub async fn every_value_can_be_declared_from_the_start<S: Subject>() {
    let mut world = World::<S>::new().await;
    let mut wishes = vec![Wish::new(0)];
    for (number, edit) in (1..).zip(S::edits()) {
        wishes.push(Wish::new(number).with(edit.apply));
    }
    world.run(&wishes).await;
    for wish in &wishes {
        world.assert_as_declared(wish, &wish.object.name);
    }
    World::assert_at_rest(&world.run(&wishes).await, "created as declared");
}

pub async fn each_changed_field_costs_one_write<S: Subject>() {
    for edit in S::edits() {
        let mut world = World::<S>::new().await;
        let wish = Wish::new(1);
        world.run_one(&wish).await;
        let changed = wish.clone().with(edit.apply);
        for (wish, direction) in [(changed, "to"), (wish, "and back")] {
            let case = format!("{} {direction}", edit.field);
            let run = world.run_one(&wish).await;
            run.assert(&[Reason::Updated], 1);
            assert_eq!(run.planned[0].changes, [edit.field], "{case}");
            assert!(!run.planned[0].drift, "{case}");
            world.assert_as_declared(&wish, &case);
            World::assert_at_rest(&world.run_one(&wish).await, &case);
        }
    }
}

pub async fn all_fields_changed_at_once_are_one_update<S: Subject>() {
    let mut world = World::<S>::new().await;
    let wish = Wish::new(1);
    world.run_one(&wish).await;
    let changed = S::edits().iter().fold(wish.clone(), |wish, edit| wish.with(edit.apply));
    for wish in [changed, wish] {
        let run = world.run_one(&wish).await;
        run.assert(&[Reason::Updated], S::writes(S::edits().len()));
        world.assert_as_declared(&wish, "all fields");
        World::assert_at_rest(&world.run_one(&wish).await, "all fields");
    }
}

pub async fn a_secret_is_rotated_once<S: Subject>() {
    let mut world = World::<S>::new().await;
    let wish = Wish::new(1);
    world.run_one(&wish).await;
    for secret in [1, 2, 1] {
        let rotated = wish.clone().with(|spec| S::set_secret(spec, secret));
        world.run_one(&rotated).await.assert(&[Reason::Updated], 1);
        world.assert_as_declared(&rotated, "rotated");
        World::assert_at_rest(&world.run_one(&rotated).await, "rotated");
    }
}

pub async fn a_lost_record_of_what_was_applied_causes_no_write<S: Subject>() {
    let mut world = World::<S>::new().await;
    let wish = Wish::new(1);
    world.run_one(&wish).await;
    world.record.memos.values_mut().for_each(|memo| memo.applied.clear());
    World::assert_at_rest(&world.run_one(&wish).await, "nothing is known of before");
    let rotated = wish.with(|spec| S::set_secret(spec, 1));
    world.run_one(&rotated).await.assert(&[Reason::Updated], 1);
    world.assert_as_declared(&rotated, "known again");
}

pub async fn what_is_not_declared_is_neither_compared_nor_written<S: Subject>() {
    let mut world = World::<S>::new().await;
    let full = Wish::<S>::new(1);
    world.run_one(&full).await;
    let key = world.key(&full);
    let mut bare = full.clone();
    bare.spec = S::unmanaged(&full.spec, &key);
    World::assert_at_rest(&world.run_one(&bare).await, "declared no more");
    for edit in S::edits().into_iter().filter(|edit| !edit.names) {
        let changed = full.clone().with(edit.apply);
        world.system.tamper(&key, &changed.spec);
        World::assert_at_rest(&world.run_one(&bare).await, edit.field);
        assert!(world.system.is_as(&key, &changed.spec), "{} was written", edit.field);
        world.system.tamper(&key, &full.spec);
    }
    World::assert_at_rest(&world.run_one(&full).await, "declared again");
}
