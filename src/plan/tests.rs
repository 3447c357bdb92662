//! The verdicts, one situation each. Properties that hold in every situation are in `properties.rs`.

use std::collections::{BTreeMap, BTreeSet};

use super::toy::{POLICY, Toy, claimed, declared, object, seen, toy};
use super::{
    Action, Adoption, Coverage, Declared, Deletion, Desired, Drift, Hold, Management, Marker,
    Origin, Plan, Policy, Reason, Refusal, Rules, Snapshot, Verb, Verdict, plan, unproven,
};

fn decide(object: Declared<Toy>, seen: &Snapshot<Toy>) -> Plan<Toy> {
    plan(vec![object], seen, &Rules::default(), &())
}

fn refusal(plan: &Plan<Toy>) -> Option<Reason> {
    plan.refusals().next().map(|(_, refusal)| refusal.reason())
}

fn ours(toy: Toy, origin: Origin) -> Declared<Toy> {
    let memo = claimed(Some(&toy.name.clone()), origin);
    Declared { memo, ..declared(toy) }
}

fn removed(object: Declared<Toy>) -> Declared<Toy> {
    let Desired::Present(toy) = object.desired else { panic!("declared as present") };
    Declared { desired: Desired::Absent(toy), ..object }
}

#[test]
fn an_account_that_is_proven_absent_is_created() {
    let plan = decide(declared(toy("ann", "1")), &seen(&[]));
    assert_eq!(plan.to_string().lines().next(), Some("+ Toy default/ann: create"));
    assert_eq!(plan.summary().create, 1);
}

#[test]
fn an_account_that_was_not_looked_at_is_not_created() {
    let mut pages = Snapshot::new(BTreeMap::new(), Coverage::Pages, BTreeSet::from([()]));
    let plan = decide(declared(toy("ann", "1")), &pages);
    assert_eq!(refusal(&plan), Some(Reason::Ambiguous));
    let asked = [declared(toy("ann", "1"))];
    assert_eq!(unproven(&asked, &pages, &()).len(), 1);
    pages.prove_absent("ann".to_owned());
    assert_eq!(unproven(&asked, &pages, &()).len(), 0);
    assert_eq!(decide(declared(toy("ann", "1")), &pages).summary().create, 1);
}

#[test]
fn an_account_that_exists_already_is_refused_with_its_difference() {
    let plan = decide(declared(toy("ann", "1")), &seen(&[("ann", "2")]));
    assert_eq!(refusal(&plan), Some(Reason::AlreadyExists));
    assert!(plan.to_string().contains("    value: 1\n"), "{plan}");
}

#[test]
fn adoption_takes_an_existing_account_over_and_writes_what_differs() {
    let policy = Policy { adoption: Adoption::IfExists, ..POLICY };
    let same = decide(Declared { policy, ..declared(toy("ann", "1")) }, &seen(&[("ann", "1")]));
    assert!(same.has_changes() && !same.writes(), "{same}");
    let other = decide(Declared { policy, ..declared(toy("ann", "1")) }, &seen(&[("ann", "2")]));
    assert!(other.writes() && other.items[0].adopts, "{other}");
}

#[test]
fn required_adoption_never_creates() {
    let policy = Policy { adoption: Adoption::Require, ..POLICY };
    let plan = decide(Declared { policy, ..declared(toy("ann", "1")) }, &seen(&[]));
    assert_eq!(refusal(&plan), Some(Reason::AccountMissing));
}

#[test]
fn a_claim_of_our_own_makes_the_account_ours() {
    let memo = claimed(None, Origin::Created);
    let plan = decide(Declared { memo, ..declared(toy("ann", "1")) }, &seen(&[("ann", "1")]));
    assert_eq!(plan.refusals().count(), 0, "{plan}");
}

#[test]
fn what_an_unfinished_create_made_is_disabled_by_default_when_its_object_goes() {
    let memo = claimed(None, Origin::Created);
    let object = Declared { memo, ..removed(declared(toy("ann", "1"))) };
    let plan = decide(object, &seen(&[("ann", "1")]));
    let verdict = &plan.items[0].verdict;
    assert!(matches!(verdict, Verdict::Act { action: Action::Disable(_), .. }), "{plan}");
}

#[test]
fn an_unfinished_create_is_not_resolved_to_an_account_that_another_object_holds() {
    let memo = claimed(None, Origin::Created);
    let begun = Declared { object: object("begun"), memo, ..declared(toy("ann", "1")) };
    let mut holder = ours(toy("ann", "1"), Origin::Created);
    let Desired::Present(toy) = &mut holder.desired else { panic!("declared as present") };
    toy.name = "bob".into();
    let plan = plan(vec![begun, holder], &seen(&[("ann", "1")]), &Rules::default(), &());
    assert_eq!((plan.summary().create, plan.summary().unchanged), (1, 1), "{plan}");
}

#[test]
fn observe_holds_every_difference() {
    let policy = Policy { management: Management::Observe, ..POLICY };
    for seen in [seen(&[]), seen(&[("ann", "2")])] {
        let plan = decide(Declared { policy, ..declared(toy("ann", "1")) }, &seen);
        let item = &plan.items[0];
        assert!(matches!(item.verdict, Verdict::Keep) && !item.adopts, "{plan}");
        assert_eq!(item.held.as_ref().map(|held| held.hold), Some(Hold::Observe));
    }
}

#[test]
fn create_only_creates_and_then_leaves_the_account_alone() {
    let policy = Policy { management: Management::CreateOnly, ..POLICY };
    let absent = decide(Declared { policy, ..declared(toy("ann", "1")) }, &seen(&[]));
    assert_eq!(absent.summary().create, 1);
    let object = Declared { policy, ..ours(toy("ann", "1"), Origin::Created) };
    let existing = decide(object, &seen(&[("ann", "2")]));
    assert!(!existing.writes(), "{existing}");
    assert_eq!(existing.summary().held, 1);
}

#[test]
fn warn_writes_a_changed_spec_and_holds_a_remote_edit() {
    let policy = Policy { drift: Drift::Warn, ..POLICY };
    let mut object = Declared { policy, ..ours(toy("ann", "1"), Origin::Created) };
    object.memo.applied.insert("value".into(), Marker::new("1"));
    let edited_remotely = decide(object, &seen(&[("ann", "2")]));
    assert!(!edited_remotely.writes(), "{edited_remotely}");
    assert_eq!(edited_remotely.items[0].held.as_ref().map(|held| held.hold), Some(Hold::Drift));

    let mut object = Declared { policy, ..ours(toy("ann", "1"), Origin::Created) };
    object.memo.applied.insert("value".into(), Marker::new("0"));
    let edited_here = decide(object, &seen(&[("ann", "0")]));
    assert!(edited_here.writes(), "{edited_here}");
}

#[test]
fn a_secret_that_cannot_be_read_is_written_only_when_its_source_changed() {
    let with_secret = || Toy { secret: Some("s2".into()), ..toy("ann", "1") };
    let never_applied = decide(ours(with_secret(), Origin::Adopted), &seen(&[("ann", "1")]));
    assert!(!never_applied.writes(), "{never_applied}");
    let mut object = ours(with_secret(), Origin::Created);
    object.memo.applied.insert("secret".into(), Marker::new("s1"));
    let changed = decide(object, &seen(&[("ann", "1")]));
    assert!(changed.to_string().contains("secret: (sensitive, changed)"), "{changed}");
}

#[test]
fn removal_follows_the_policy_and_else_the_origin() {
    let cases = [
        (Origin::Created, None, Some(Verb::Disable)),
        (Origin::Adopted, None, None),
        (Origin::Adopted, Some(Deletion::Delete), Some(Verb::Delete)),
        (Origin::Created, Some(Deletion::Retain), None),
    ];
    for (origin, deletion, expected) in cases {
        let policy = Policy { deletion, ..POLICY };
        let object = removed(Declared { policy, ..ours(toy("ann", "1"), origin) });
        let plan = decide(object, &seen(&[("ann", "1")]));
        let verb = match &plan.items[0].verdict {
            Verdict::Act { action, .. } => Some(action.verb()),
            _ => None,
        };
        assert_eq!(verb, expected, "{origin:?} {deletion:?}");
    }
}

#[test]
fn an_account_that_was_never_ours_is_not_removed() {
    let policy = Policy { deletion: Some(Deletion::Delete), ..POLICY };
    let object = removed(Declared { policy, ..declared(toy("ann", "1")) });
    assert_eq!(refusal(&decide(object, &seen(&[("ann", "1")]))), Some(Reason::NotOurs));
    let unsaid = removed(declared(toy("ann", "1")));
    assert!(matches!(decide(unsaid, &seen(&[("ann", "1")])).items[0].verdict, Verdict::Release));
}

#[test]
fn an_account_that_another_object_holds_is_not_removed() {
    let gone =
        Declared { object: object("old"), ..removed(ours(toy("ann", "1"), Origin::Created)) };
    let kept = ours(toy("ann", "1"), Origin::Created);
    let plan = plan(vec![gone, kept], &seen(&[("ann", "1")]), &Rules::default(), &());
    assert!(!plan.writes(), "{plan}");
}

#[test]
fn the_deletion_guard_parks_what_is_too_many() {
    let objects = ["a", "b", "c"].map(|name| removed(ours(toy(name, "1"), Origin::Created)));
    let rules = Rules { removals_left: Some(2), ..Rules::default() };
    let plan = plan(objects.into(), &seen(&[("a", "1"), ("b", "1"), ("c", "1")]), &rules, &());
    assert_eq!((plan.summary().remove, plan.summary().refused), (2, 1), "{plan}");
    assert_eq!(refusal(&plan), Some(Reason::DeletionGuard));
}

#[test]
fn without_a_date_two_claims_on_one_account_are_both_refused() {
    let twin = Declared { object: object("twin"), ..declared(toy("ann", "1")) };
    let plan = plan(vec![declared(toy("ann", "1")), twin], &seen(&[]), &Rules::default(), &());
    let with: Vec<String> = plan
        .refusals()
        .filter_map(|(_, refusal)| match refusal {
            Refusal::Conflict { with, .. } => Some(with.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(with, ["Toy default/twin", "Toy default/ann"]);
}

#[test]
fn the_oldest_of_two_claims_holds_the_account() {
    let aged = |name: &str, date: &str| Declared {
        object: object(name),
        seniority: Some((date.into(), name.into())),
        ..declared(toy("ann", "1"))
    };
    let objects = vec![aged("young", "2026-02-01"), aged("old", "2026-01-01")];
    let plan = plan(objects, &seen(&[]), &Rules::default(), &());
    assert_eq!(plan.refusals().map(|(item, _)| &*item.object.name).collect::<Vec<_>>(), ["young"]);
    assert!(matches!(plan.items[1].verdict, Verdict::Act { action: Action::Create(_), .. }));
}

#[test]
fn a_missing_permission_refuses_only_what_needs_it() {
    let forbidden = BTreeMap::from([(Verb::Create, "ToyAdd".to_owned())]);
    let objects = vec![declared(toy("new", "1")), ours(toy("ann", "1"), Origin::Created)];
    let plan = plan(objects, &seen(&[("ann", "2")]), &Rules::default(), &()).without(&forbidden);
    assert_eq!((plan.summary().refused, plan.summary().change), (1, 1));
    assert!(plan.to_string().contains("ToyAdd"), "{plan}");
}
