//! No text about a user shows its password.

use proptest::prelude::*;

use super::*;

/// Passwords whose middle part occurs in no other text by chance.
fn password() -> impl Strategy<Value = String> {
    "[!-~]{4}[a-zA-Z0-9]{12}[ -~äß€]{0,4}"
}

fn policy() -> impl Strategy<Value = Policy> {
    let managements = prop::sample::select(vec![
        Management::Enforce,
        Management::CreateOnly,
        Management::Observe,
    ]);
    let drifts = prop::sample::select(vec![Drift::Correct, Drift::Warn]);
    let adoptions = prop::sample::select(vec![Adoption::Never, Adoption::IfExists]);
    let deletions =
        prop::sample::select(vec![None, Some(Deletion::Disable), Some(Deletion::Delete)]);
    (managements, drifts, adoptions, deletions).prop_map(
        |(management, drift, adoption, deletion)| Policy { management, drift, adoption, deletion },
    )
}

proptest! {
    #[test]
    fn no_text_about_a_user_shows_a_password(
        declared in password(),
        policy in policy(),
        exists in any::<bool>(),
        ours in any::<bool>(),
        removed in any::<bool>(),
        at_creation in any::<bool>(),
    ) {
        let value = declared.as_str().into();
        let password = if at_creation { DesiredPassword::AtCreation(value) } else { DesiredPassword::Value(value) };
        let account = PortalUserAccount { password, company: Some("Example".into()), ..full() };
        let seen = complete(exists.then(|| shown("1", "dana")));
        let markers = account.markers();
        let mut memo = if ours { holding("1") } else { Memo::default() };
        memo.applied.insert("password".into(), Marker::new("of before"));
        let mut texts = vec![format!("{account:?} {markers:?} {:?}", account.evidence(&seen))];
        for observed in seen.accounts().values() {
            let changes = account.changes(observed, &memo);
            texts.extend(changes.iter().map(|change| format!("{change} {change:?}")));
        }
        texts.push(format!("{:?} {:?}", account.creation(), account.signature()));
        let desired = if removed { Desired::Absent(account) } else { Desired::Present(account) };
        let object = object("dana");
        let declaration = Declared { object, desired, policy, memo, markers, seniority: None };
        texts.push(format!("{declaration:?}"));
        let plan = plan(vec![declaration], &seen, &Rules::default(), &());
        texts.push(format!("{plan} {plan:?}"));
        for (_, refusal) in plan.refusals() {
            texts.push(format!("{refusal} {refusal:?}"));
        }
        for mut item in plan.items {
            texts.push(format!("{item:?} {:?}", item.lines()));
            let memo = item.recorded("1".into(), Origin::Created, ["password"]);
            texts.push(format!("{memo:?}"));
        }
        for text in texts {
            // The middle part looks the same in every form of text.
            prop_assert!(!text.contains(&declared[4..16]), "{}", text);
        }
    }
}
