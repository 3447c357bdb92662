//! Drift, and what authors and sessions forbid.

use roster::plan::{Drift, Hold, Management, Reason};

use crate::subject::{Role, Subject};
use crate::wish::Wish;
use crate::world::World;

pub async fn a_remote_edit_is_taken_back<S: Subject>() {
    let mut world = World::<S>::new().await;
    let wish = Wish::<S>::new(1);
    world.run_one(&wish).await;
    let key = world.key(&wish);
    for edit in S::edits() {
        world.system.tamper(&key, &wish.clone().with(edit.apply).spec);
        let run = world.run_one(&wish).await;
        if !edit.shown {
            World::assert_at_rest(&run, "what nobody sees is not corrected");
            world.system.tamper(&key, &wish.spec);
            continue;
        }
        run.assert(&[Reason::Updated], 1);
        assert!(run.planned[0].drift, "{}", edit.field);
        world.assert_as_declared(&wish, edit.field);
        World::assert_at_rest(&world.run_one(&wish).await, edit.field);
    }
}

pub async fn a_remote_edit_is_only_reported_under_warn_and_edits_of_the_object_go_out<
    S: Subject,
>() {
    let mut world = World::<S>::new().await;
    let wish = Wish::<S>::new(1).drift(Drift::Warn);
    world.run_one(&wish).await;
    let key = world.key(&wish);
    for edit in S::edits().into_iter().filter(|edit| edit.shown) {
        let edited = wish.clone().with(edit.apply);
        world.system.tamper(&key, &edited.spec);
        for _ in 0..2 {
            let run = world.run_one(&wish).await;
            run.assert(&[Reason::PendingChanges], 0);
            assert_eq!(run.planned[0].hold, Some(Hold::Drift));
            assert_eq!(run.planned[0].held, [edit.field]);
        }
        assert!(world.system.is_as(&key, &edited.spec), "{}", edit.field);
        for other in S::edits().into_iter().filter(|other| other.field != edit.field) {
            let changed = wish.clone().with(other.apply);
            let run = world.run_one(&changed).await;
            run.assert(&[Reason::Updated], 1);
            assert_eq!(run.planned[0].changes, [other.field]);
            assert_eq!(run.planned[0].held, [edit.field]);
            assert!(world.system.is_as(&key, &changed.with(edit.apply).spec));
            world.run_one(&wish).await.assert(&[Reason::Updated], 1);
        }
        world.system.tamper(&key, &wish.spec);
        World::assert_at_rest(&world.run_one(&wish).await, edit.field);
    }
}

pub async fn an_account_that_vanished_is_created_again_unless_drift_is_left<S: Subject>() {
    let mut world = World::<S>::new().await;
    // One of six, so that the list does not shrink suspiciously.
    let wishes: Vec<Wish<S>> = (1..=6).map(Wish::new).collect();
    world.run(&wishes).await;
    world.system.remove(&world.key(&wishes[0]));

    let warned: Vec<_> = wishes.iter().cloned().map(|wish| wish.drift(Drift::Warn)).collect();
    let run = world.run(&warned).await;
    assert_eq!((run.outcomes[0].reason, run.traffic.writes), (Reason::PendingChanges, 0));
    assert_eq!(run.planned[0].hold, Some(Hold::Drift));

    let run = world.run(&wishes).await;
    assert_eq!((run.outcomes[0].reason, run.traffic.writes), (Reason::Created, 1));
    assert!(run.planned[0].drift);
    assert_eq!(run.traffic.lists, 1);
    world.assert_as_declared(&wishes[0], "created again");
    World::assert_at_rest(&world.run(&wishes).await, "created again");
}

pub async fn what_is_only_created_is_never_changed<S: Subject>() {
    let mut world = World::<S>::new().await;
    let wish = Wish::<S>::new(1).management(Management::CreateOnly);
    world.run_one(&wish).await.assert(&[Reason::Created], 1);
    let key = world.key(&wish);
    for edit in S::edits() {
        let run = world.run(&[wish.clone().with(edit.apply)]).await;
        run.assert(&[Reason::PendingChanges], 0);
        assert_eq!(run.planned[0].hold, Some(Hold::CreateOnly));
        assert_eq!(run.planned[0].held, [edit.field]);
        assert!(world.system.is_as(&key, &wish.spec), "{}", edit.field);
    }
    World::assert_at_rest(&world.run_one(&wish).await, "as it was created");
}

pub async fn what_is_only_observed_is_never_written<S: Subject>() {
    let mut world = World::<S>::new().await;
    let ours = Wish::<S>::new(1);
    world.run_one(&ours).await;
    let before = world.system.entries();
    let missing = Wish::<S>::new(2);
    let removed = ours.clone().removed(Some(roster::plan::Deletion::Delete));
    for edit in S::edits() {
        let observed = [ours.clone().with(edit.apply), missing.clone()]
            .map(|wish| wish.management(Management::Observe));
        let run = world.run(&observed).await;
        run.assert(&[Reason::PendingChanges; 2], 0);
        assert!(run.planned.iter().all(|planned| planned.hold == Some(Hold::Observe)));
        assert_eq!(run.planned[0].held, [edit.field]);
    }
    let run = world.run(&[removed.management(Management::Observe)]).await;
    run.assert(&[Reason::Released], 0);
    assert_eq!(world.system.entries(), before);
}

pub async fn a_read_only_session_writes_nothing_and_says_what_it_would<S: Subject>() {
    let mut world = World::<S>::new().await;
    let (ours, gone) = (Wish::<S>::new(1), Wish::<S>::new(2));
    world.run(&[ours.clone(), gone.clone()]).await;
    let before = world.system.entries();
    world.rules.read_only = true;
    let mut wishes = vec![Wish::new(3), gone.removed(None)];
    wishes.extend(S::edits().iter().map(|edit| ours.clone().with(edit.apply)).take(1));
    let run = world.run(&wishes).await;
    run.assert(&[Reason::PendingChanges; 3], 0);
    assert!(run.planned.iter().all(|planned| planned.hold == Some(Hold::ReadOnly)));
    assert_eq!(world.system.entries(), before);

    world.rules.read_only = false;
    let run = world.run(&wishes).await;
    assert!(run.outcomes.iter().all(|outcome| outcome.problem.is_none()), "nothing was forgotten");
    assert_eq!(run.reasons(), [Reason::Created, Reason::Disabled, Reason::Updated]);
}

pub async fn what_the_login_may_not_do_is_refused_before_it_is_sent<S: Subject>() {
    let mut world = World::<S>::new().await;
    let wishes: Vec<Wish<S>> = (1..=4).map(Wish::new).collect();
    world.run(&wishes).await;
    let before = world.system.entries();
    let memos = world.record.memos.clone();
    let edit = S::edits().remove(0);
    let forbidden = [
        wishes[0].clone().with(edit.apply),
        wishes[1].clone().removed(None),
        wishes[2].clone().removed(Some(roster::plan::Deletion::Delete)),
        wishes[3].clone(),
        Wish::new(5),
    ];
    world.role = Role::Reader;
    let run = world.run(&forbidden).await;
    let [no, kept] = [Reason::Forbidden, Reason::InSync];
    run.assert(&[no, no, no, kept, no], 0);
    assert_eq!(world.system.entries(), before);
    for (object, memo) in memos {
        assert_eq!(world.record.memos[&object], memo, "a refusal forgets nothing");
    }
    World::assert_at_rest(&world.run(&wishes).await, "looking takes no permission");
}
