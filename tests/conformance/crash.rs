//! Runs that are cut off, replies that are lost, and every fault that the simulator can make.

use std::collections::BTreeMap;

use roster::plan::{Adoption, Claim, Deletion, Marker, Memo, ObjectName, Origin, Reason};

use crate::subject::{KeyOf, Subject};
use crate::wish::Wish;
use crate::world::World;

/// Some of everything that can be under way at once: creates, changes, a correction, an adoption, removals.
struct Household<S: Subject> {
    world: World<S>,
    wishes: Vec<Wish<S>>,
}

/// What is left of an object in the end: whether its account is gone or disabled, and what is remembered of it. Keys
/// are left out, since a system may give another one to an account that is created later.
type End = (String, bool, bool, Option<(Option<Origin>, Option<Claim>, BTreeMap<String, Marker>)>);

type Memos<S> = BTreeMap<ObjectName, Memo<KeyOf<S>>>;

/// The objects that the household has had for long.
fn ours<S: Subject>() -> Vec<Wish<S>> {
    (1..=6).map(Wish::new).collect()
}

impl<S: Subject> Household<S> {
    /// The household, and the memos with which it begins.
    async fn first() -> (Self, Memos<S>) {
        let mut world = World::<S>::new().await;
        world.run(&ours()).await;
        let memos = world.record.memos.clone();
        (Self::furnish(world), memos)
    }

    /// The same household once more, without the calls that it took to set it up.
    async fn like(memos: &Memos<S>) -> Self {
        let mut world = World::<S>::new().await;
        for wish in ours::<S>() {
            let key = Some(world.system.make(&wish.spec));
            let memo = Memo { key, ..memos[&wish.object].clone() };
            world.record.memos.insert(wish.object, memo);
        }
        Self::furnish(world)
    }

    fn furnish(world: World<S>) -> Self {
        let mut ours = ours().into_iter();
        let mut next = || ours.next().unwrap();
        let all_edits =
            |wish: Wish<S>| S::edits().iter().fold(wish, |wish, edit| wish.with(edit.apply));
        let first = S::edits().remove(0);

        let kept = next();
        let drifted = next();
        world.system.tamper(&world.key(&drifted), &drifted.clone().with(first.apply).spec);
        let key = world.system.make(&S::spec(7));
        let adopted = Wish::new(7).of(&key).adoption(Adoption::IfExists).with(first.apply);
        let wishes = vec![
            Wish::new(8),
            Wish::new(9).with(S::disable),
            kept,
            drifted,
            next().with(|spec| S::set_secret(spec, 1)),
            all_edits(next()),
            next().removed(Some(Deletion::Delete)),
            next().removed(None),
            adopted,
        ];
        Self { world, wishes }
    }

    fn end(&self) -> Vec<End> {
        let entries = self.world.system.entries();
        assert_eq!(entries.len(), self.wishes.len(), "never a second account: {entries:?}");
        let mut ends = Vec::new();
        for wish in &self.wishes {
            let name = S::name(&wish.spec);
            let entry = entries.iter().find(|entry| entry.name == name);
            let entry = entry.unwrap_or_else(|| panic!("{name} was never created"));
            let memo = self.world.record.memos.get(&wish.object).cloned();
            let memo = memo.map(|Memo { key, origin, claim, applied }| {
                assert_eq!(key.as_ref(), Some(&entry.key), "{}", wish.object);
                (origin, claim, applied)
            });
            ends.push((name, entry.gone, entry.disabled, memo));
        }
        ends
    }

    /// Whatever happened, new runs bring everything to its end, and then there is peace.
    async fn assert_converges(mut self, expected: &[End], case: &str) {
        self.world.settle(&mut self.wishes, case).await;
        self.assert_ended(expected, case).await;
    }

    async fn assert_ended(mut self, expected: &[End], case: &str) {
        let Self { world, wishes } = &mut self;
        let at_rest = world.run(wishes).await;
        World::assert_at_rest(&at_rest, case);
        for wish in wishes.iter().filter(|wish| !wish.removed) {
            world.assert_as_declared(wish, case);
        }
        assert_eq!(self.end(), expected, "{case}");
    }
}

/// What a run is to come to.
struct Undisturbed<S: Subject> {
    memos: Memos<S>,
    expected: Vec<End>,
    /// How many calls it takes.
    calls: usize,
}

/// A run that nothing disturbs.
async fn undisturbed<S: Subject>() -> Undisturbed<S> {
    let (mut household, memos) = Household::<S>::first().await;
    let Household { world, wishes } = &mut household;
    let run = world.run(wishes).await;
    assert!(run.outcomes.iter().all(|outcome| outcome.problem.is_none()));
    let calls = run.traffic.calls;
    let expected = household.end();
    household.assert_ended(&expected, "undisturbed").await;
    Undisturbed { memos, expected, calls }
}

pub async fn a_run_that_is_killed_at_any_call_is_finished_by_the_next<S: Subject>() {
    let Undisturbed { memos, expected, calls } = undisturbed::<S>().await;
    for executed in [false, true] {
        for call in 0..calls {
            let case = format!("killed at call {call}, executed: {executed}");
            let mut household = Household::<S>::like(&memos).await;
            let Household { world, wishes } = &mut household;
            assert!(world.run_until_call(wishes, call, executed).await, "{case}: not reached");
            household.assert_converges(&expected, &case).await;
        }
        let mut household = Household::<S>::like(&memos).await;
        let Household { world, wishes } = &mut household;
        assert!(!world.run_until_call(wishes, calls, executed).await, "there is no such call");
    }
}

pub async fn a_run_that_is_killed_at_any_record_is_finished_by_the_next<S: Subject>() {
    let Undisturbed { memos, expected, calls: _ } = undisturbed::<S>().await;
    for kept in [false, true] {
        for record in 0.. {
            let case = format!("killed at record {record}, kept: {kept}");
            let mut household = Household::<S>::like(&memos).await;
            let Household { world, wishes } = &mut household;
            if !world.run_until_record(wishes, record, kept).await {
                assert!(record >= wishes.len(), "every object is recorded");
                break;
            }
            household.assert_converges(&expected, &case).await;
        }
    }
}

pub async fn every_fault_at_any_call_is_survived<S: Subject>() {
    let Undisturbed { memos, expected, calls } = undisturbed::<S>().await;
    for trouble in S::troubles() {
        for call in 0..calls {
            let case = format!("{} at call {call}", trouble.name);
            let mut household = Household::<S>::like(&memos).await;
            let Household { world, wishes } = &mut household;
            (trouble.order)(&world.system, call);
            let result = world.try_run(wishes).await;
            world.system.cure();
            if !trouble.absorbed {
                household.assert_converges(&expected, &case).await;
                continue;
            }
            let run = result.unwrap_or_else(|error| panic!("{case}: {error}"));
            for outcome in &run.outcomes {
                assert!(outcome.problem.is_none(), "{case}: {outcome}");
            }
            assert!(run.traffic.logins <= 2, "{case}: {:?}", run.traffic);
            household.assert_ended(&expected, &case).await;
        }
    }
}

pub async fn a_create_whose_reply_is_lost_is_resolved_by_looking<S: Subject>() {
    for executed in [false, true] {
        let mut world = World::<S>::new().await;
        let known = Wish::<S>::new(0);
        world.run_one(&known).await;
        let mut wishes = vec![known, Wish::new(1), Wish::new(2)];
        world.system.lose_create(executed);
        let run = world.run(&wishes).await;
        let found = !executed || S::FINDS_LOST_CREATES;
        let expected = if found { Reason::Created } else { Reason::OutcomeUnknown };
        let case = format!("executed: {executed}");
        assert_eq!(run.outcomes[1].reason, expected, "{case}: {}", run.outcomes[1]);
        assert_eq!(run.outcomes[2].reason, Reason::Created, "{case}: {}", run.outcomes[2]);
        assert_eq!(world.claim(&wishes[1]).is_some(), !found, "{case}");
        assert_eq!(world.system.entries().len(), 3, "{case}");
        if !found {
            let run = world.run(&wishes).await;
            assert_eq!(run.outcomes[1].reason, Reason::Ambiguous, "{case}: {}", run.outcomes[1]);
            assert_eq!(run.traffic.writes, 0, "{case}: nothing is tried a second time");
        }
        world.settle(&mut wishes, &case).await;
        for wish in &wishes {
            world.assert_as_declared(wish, &case);
        }
        assert_eq!(world.system.entries().len(), 3, "{case}");
    }
}

/// A world in which the run that was to create `wish` was killed when the system had executed the request.
async fn killed_after_create<S: Subject>(wishes: &[Wish<S>], wish: &Wish<S>) -> World<S> {
    for call in 0.. {
        let mut world = World::<S>::new().await;
        world.run(&wishes[..1]).await;
        assert!(world.run_until_call(wishes, call, true).await, "the account is never created");
        if world.living(&S::name(&wish.spec)).is_some() {
            assert!(world.claim(wish).is_some(), "a create is claimed before it is sent");
            return world;
        }
    }
    unreachable!("the loop has no end")
}

pub async fn an_object_that_goes_takes_along_what_its_lost_create_made<S: Subject>() {
    for deletion in [None, Some(Deletion::Delete)] {
        let (known, wish) = (Wish::<S>::new(0), Wish::<S>::new(1));
        let mut world = killed_after_create(&[known.clone(), wish.clone()], &wish).await;
        let run = world.run(&[known.clone(), wish.clone().removed(deletion)]).await;
        let entry = world.living(&S::name(&wish.spec));
        if !S::FINDS_LOST_CREATES {
            assert_eq!(run.reasons(), [Reason::InSync, Reason::Ambiguous]);
            assert!(world.claim(&wish).is_some(), "it is not forgotten before it is settled");
            continue;
        }
        match deletion {
            None => assert!(entry.is_some_and(|entry| entry.disabled), "{}", run.outcomes[1]),
            Some(_) => assert!(entry.is_none(), "{}", run.outcomes[1]),
        }
        assert!(!world.record.memos.contains_key(&wish.object));
    }
}

pub async fn equal_secrets_do_not_mix_accounts_up_when_a_run_is_killed<S: Subject>() {
    let wishes: Vec<Wish<S>> =
        (1..=2).map(|number| Wish::new(number).with(|spec| S::set_secret(spec, 1))).collect();
    let calls = World::<S>::new().await.run(&wishes).await.traffic.calls;
    for executed in [false, true] {
        for call in 0..calls {
            let case = format!("killed at call {call}, executed: {executed}");
            let mut world = World::<S>::new().await;
            assert!(world.run_until_call(&wishes, call, executed).await, "{case}: not reached");
            world.settle(&mut wishes.clone(), &case).await;
            assert_eq!(world.system.entries().len(), wishes.len(), "{case}");
            for wish in &wishes {
                world.assert_as_declared(wish, &case);
            }
        }
    }
}
