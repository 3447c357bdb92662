//! No text about an account shows its password.

use super::*;

/// Passwords whose middle part occurs in no other text by chance.
fn password() -> impl Strategy<Value = String> {
    "[!-~]{4}[a-zA-Z0-9]{12}[ -~äß€]{0,4}"
}

fn policy() -> impl Strategy<Value = Policy> {
    let deletions = vec![None, Some(Deletion::Disable), Some(Deletion::Delete)];
    (
        prop::sample::select(vec![
            Management::Enforce,
            Management::CreateOnly,
            Management::Observe,
        ]),
        prop::sample::select(vec![Drift::Correct, Drift::Warn]),
        prop::sample::select(vec![Adoption::Never, Adoption::IfExists]),
        prop::sample::select(deletions),
    )
        .prop_map(|(management, drift, adoption, deletion)| Policy {
            management,
            drift,
            adoption,
            deletion,
        })
}

proptest! {
    #[test]
    fn no_text_about_an_account_shows_a_password(
        declared in password(),
        remote in password(),
        policy in policy(),
        named in any::<bool>(),
        exists in any::<bool>(),
        removed in any::<bool>(),
        at_creation in any::<bool>(),
    ) {
        let value = declared.as_str().into();
        let password = if at_creation { DesiredPassword::AtCreation(value) } else { DesiredPassword::Value(value) };
        let user_name = named.then(|| "acme-edge1".to_owned());
        let account =
            || UpdateUserAccount { user_name: user_name.clone(), login_state: BLOCKED, ..bare() };
        let account = UpdateUserAccount { password, ..account() };
        let users = exists.then(|| shown("acme-edge1", Some(&remote), Some("edge1")));
        let seen = complete(users);
        let markers = account.markers();
        let mut texts = vec![format!("{account:?} {markers:?} {:?}", account.evidence(&seen))];
        for observed in seen.accounts().values() {
            texts.push(format!("{observed:?} {:?}", account.changes(observed, &Memo::default())));
        }
        texts.push(format!("{:?} {seen:?}", account.creation()));
        let desired = if removed { Desired::Absent(account) } else { Desired::Present(account) };
        let memo = Memo::default();
        let object = object("edge1");
        let declaration = Declared { object, desired, policy, memo, markers, seniority: None };
        texts.push(format!("{declaration:?}"));
        let plan = plan(vec![declaration], &seen, &Rules::default(), &());
        texts.push(format!("{plan} {plan:?}"));
        for (_, refusal) in plan.refusals() {
            texts.push(format!("{refusal} {refusal:?}"));
        }
        for mut item in plan.items {
            texts.push(format!("{item:?} {:?}", item.lines()));
            let memo = item.recorded("acme-edge1".into(), Origin::Created, ["password"]);
            texts.push(format!("{memo:?}"));
        }
        for text in texts {
            // The middle part looks the same in every form of text.
            prop_assert!(!text.contains(&declared[4..16]), "{}", text);
            prop_assert!(!text.contains(&remote[4..16]), "{}", text);
        }
    }
}
