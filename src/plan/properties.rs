//! What holds for every declaration, every system and every rule.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::toy::{Toy, ToyChange, ToySeen, declared, object};
use super::{
    Action, Adoption, Coverage, Declared, Deletion, Desired, Drift, Item, Management, Memo, Origin,
    Plan, Policy, Rules, Snapshot, Verdict, plan,
};

type Accounts = BTreeMap<String, ToySeen>;

fn name() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "b", "c", "d", "e"]).prop_map(str::to_owned)
}

fn policy() -> impl Strategy<Value = Policy> {
    (
        prop::sample::select(vec![
            Management::Enforce,
            Management::CreateOnly,
            Management::Observe,
        ]),
        prop::sample::select(vec![Drift::Correct, Drift::Warn]),
        prop::sample::select(vec![Adoption::Never, Adoption::IfExists, Adoption::Require]),
        prop::sample::select(vec![
            None,
            Some(Deletion::Retain),
            Some(Deletion::Disable),
            Some(Deletion::Delete),
        ]),
    )
        .prop_map(|(management, drift, adoption, deletion)| Policy {
            management,
            drift,
            adoption,
            deletion,
        })
}

/// A declared toy with a memo that may or may not hold the account; names of objects and accounts may clash.
fn object_of_any_sort() -> impl Strategy<Value = Declared<Toy>> {
    let value = prop::option::of(prop::sample::select(vec!["1", "2"]).prop_map(str::to_owned));
    let secret = prop::option::of(prop::sample::select(vec!["s", "t"]).prop_map(str::to_owned));
    let held = prop::option::of((any::<bool>(), any::<bool>()));
    (name(), value, secret, policy(), held, any::<bool>()).prop_map(
        |(name, value, secret, policy, held, removed)| {
            let toy = Toy { name: name.clone(), value, secret };
            let mut object = Declared { policy, ..declared(toy) };
            if let Some((created, applied)) = held {
                let origin = if created { Origin::Created } else { Origin::Adopted };
                let markers = object.markers.iter().map(|(field, m)| ((*field).into(), m.clone()));
                let applied = if applied { markers.collect() } else { BTreeMap::new() };
                object.memo = Memo { key: Some(name), origin: Some(origin), claim: None, applied };
            }
            if removed {
                let Desired::Present(toy) = object.desired else { unreachable!() };
                object.desired = Desired::Absent(toy);
            }
            object
        },
    )
}

fn objects() -> impl Strategy<Value = Vec<Declared<Toy>>> {
    prop::collection::vec(object_of_any_sort(), 0..7).prop_map(|mut objects| {
        for (number, declared) in objects.iter_mut().enumerate() {
            declared.object = object(&format!("object-{number}"));
        }
        objects
    })
}

fn accounts() -> impl Strategy<Value = Accounts> {
    let account = (prop::sample::select(vec!["1", "2"]), any::<bool>());
    let account = account.prop_map(|(value, disabled)| ToySeen {
        value: value.into(),
        secret: "s".into(),
        disabled,
    });
    prop::collection::btree_map(name(), account, 0..5)
}

fn complete(accounts: &Accounts) -> Snapshot<Toy> {
    Snapshot::new(accounts.clone(), Coverage::Everything, BTreeSet::from([()]))
}

fn copy(objects: &[Declared<Toy>]) -> Vec<Declared<Toy>> {
    let desired = |desired: &Desired<Toy>| match desired {
        Desired::Present(toy) => Desired::Present(toy.clone()),
        Desired::Absent(toy) => Desired::Absent(toy.clone()),
    };
    objects
        .iter()
        .map(|object| Declared {
            object: object.object.clone(),
            desired: desired(&object.desired),
            policy: object.policy,
            memo: object.memo.clone(),
            markers: object.markers.clone(),
            seniority: object.seniority.clone(),
        })
        .collect()
}

/// Does to `accounts` what the plan says, and returns what is remembered of each object that is still there.
fn perform(plan: Plan<Toy>, accounts: &mut Accounts) -> BTreeMap<String, Memo<String>> {
    let mut memos = BTreeMap::new();
    for item in plan.items {
        let name = item.object.name.clone();
        if let Some(memo) = carry_out(item, accounts) {
            memos.insert(name, memo);
        }
    }
    memos
}

fn carry_out(mut item: Item<Toy>, accounts: &mut Accounts) -> Option<Memo<String>> {
    let settled: Vec<_> = item.settled().collect();
    let origin =
        if item.adopts { Origin::Adopted } else { item.memo.origin.unwrap_or(Origin::Created) };
    match std::mem::replace(&mut item.verdict, Verdict::Keep) {
        Verdict::Act { action: Action::Create(toy), .. } => {
            let seen = ToySeen {
                value: toy.value.clone().unwrap_or_default(),
                secret: toy.secret.clone().unwrap_or_default(),
                disabled: false,
            };
            accounts.insert(toy.name.clone(), seen);
            Some(item.recorded(toy.name, Origin::Created, settled))
        }
        Verdict::Act { action: Action::Update { account, key, changes }, .. } => {
            let seen = accounts.get_mut(&key).expect("an update is of an account that was seen");
            for change in &changes {
                match change {
                    ToyChange::Value(value) => seen.value.clone_from(value),
                    ToyChange::Secret => seen.secret = account.secret.clone().unwrap_or_default(),
                    ToyChange::Enable => seen.disabled = false,
                }
            }
            let written = changes.iter().map(super::Change::field);
            Some(item.recorded(key, origin, settled.into_iter().chain(written)))
        }
        Verdict::Act { action: Action::Disable(key), .. } => {
            accounts.get_mut(&key).expect("seen").disabled = true;
            None
        }
        Verdict::Act { action: Action::Delete(key), .. } => {
            accounts.remove(&key).expect("seen");
            None
        }
        Verdict::Keep if item.adopts || item.memo.key.is_some() => match item.key.clone() {
            Some(key) => Some(item.recorded(key, origin, settled)),
            None => Some(item.memo),
        },
        Verdict::Keep | Verdict::Refuse(_) => Some(item.memo),
        Verdict::Release => None,
    }
}

fn written(plan: &Plan<Toy>) -> BTreeSet<String> {
    let writes = plan.items.iter().filter(|item| matches!(item.verdict, Verdict::Act { .. }));
    writes.map(|item| item.object.name.clone()).collect()
}

proptest! {
    #[test]
    fn a_plan_that_was_carried_out_leaves_nothing_to_do(objects in objects(), mut accounts in accounts()) {
        let first = plan(copy(&objects), &complete(&accounts), &Rules::default(), &());
        let memos = perform(first, &mut accounts);
        let remaining = objects.into_iter().filter_map(|object| {
            let memo = memos.get(&object.object.name)?.clone();
            Some(Declared { memo, ..object })
        });
        let second = plan(remaining.collect(), &complete(&accounts), &Rules::default(), &());
        prop_assert!(!second.has_changes(), "{second}");
    }

    #[test]
    fn the_order_of_declarations_does_not_matter(objects in objects(), accounts in accounts()) {
        let forth = plan(copy(&objects), &complete(&accounts), &Rules::default(), &());
        let reversed = copy(&objects).into_iter().rev().collect();
        let back = plan(reversed, &complete(&accounts), &Rules::default(), &());
        prop_assert_eq!(written(&forth), written(&back));
    }

    #[test]
    fn an_account_that_is_not_ours_is_touched_only_where_adoption_is_allowed(objects in objects(), accounts in accounts()) {
        let may_adopt: BTreeSet<String> = objects
            .iter()
            .filter(|object| object.policy.adoption != Adoption::Never || object.memo.key.is_some())
            .map(|object| object.object.name.clone())
            .collect();
        let plan = plan(objects, &complete(&accounts), &Rules::default(), &());
        for item in &plan.items {
            let existing = !matches!(item.verdict, Verdict::Act { action: Action::Create(_), .. });
            if matches!(item.verdict, Verdict::Act { .. }) && existing {
                prop_assert!(may_adopt.contains(&item.object.name), "{}", plan);
            }
        }
    }

    #[test]
    fn no_account_is_written_by_two_objects(objects in objects(), accounts in accounts()) {
        let plan = plan(objects, &complete(&accounts), &Rules::default(), &());
        let keys: Vec<String> = plan
            .items
            .iter()
            .filter_map(|item| match &item.verdict {
                Verdict::Act { action: Action::Create(toy), .. } => Some(toy.name.clone()),
                Verdict::Act { action: Action::Update { key, .. }, .. } => Some(key.clone()),
                _ => None,
            })
            .collect();
        prop_assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len(), "{}", plan);
    }

    #[test]
    fn rules_only_shrink_a_plan(objects in objects(), accounts in accounts(), removals in 0_u32..3, read_only: bool) {
        let free = plan(copy(&objects), &complete(&accounts), &Rules::default(), &());
        let rules = Rules { read_only, removals_left: Some(removals) };
        let bound = plan(objects, &complete(&accounts), &rules, &());
        prop_assert!(written(&bound).is_subset(&written(&free)));
        prop_assert!(!read_only || !bound.has_changes(), "{bound}");
        let removed = |item: &&Item<Toy>| matches!(item.verdict, Verdict::Act { action: Action::Disable(_) | Action::Delete(_), .. });
        prop_assert!(bound.items.iter().filter(removed).count() <= removals as usize);
    }

    #[test]
    fn nothing_is_decided_about_an_account_that_was_not_read(objects in objects()) {
        let unread = Snapshot::new(BTreeMap::new(), Coverage::Pages, BTreeSet::from([()]));
        let plan = plan(objects, &unread, &Rules::default(), &());
        prop_assert!(!plan.has_changes(), "{plan}");
    }
}
