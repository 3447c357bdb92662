//! Objects that go.

use super::*;

/// The word of the verdict, and the text of a refusal.
fn removed(
    account: PortalUserAccount,
    policy: (Adoption, Option<Deletion>),
    memo: Memo<String>,
    users: Vec<User>,
) -> String {
    let (adoption, deletion) = policy;
    let policy =
        Policy { management: Management::Enforce, drift: Drift::Correct, adoption, deletion };
    let declaration = Declared {
        object: object("dana"),
        markers: account.markers(),
        desired: Desired::Absent(account),
        policy,
        memo,
        seniority: None,
    };
    plan(vec![declaration], &complete(users), &Rules::default(), &()).to_string()
}

#[test]
fn only_what_is_proven_ours_is_deleted_and_only_if_the_loss_is_acknowledged() {
    const NEVER: (Adoption, Option<Deletion>) = (Adoption::Never, Some(Deletion::Delete));
    const IF_EXISTS: (Adoption, Option<Deletion>) = (Adoption::IfExists, Some(Deletion::Delete));

    let acknowledging =
        |name: Option<&str>| PortalUserAccount { acknowledged: name.map(Into::into), ..full() };
    let named = || acknowledging(Some("dana"));
    let dana = || vec![shown("1", "dana")];
    for (case, account, policy, memo, users, expected) in [
        ("ours", named(), NEVER, holding("1"), dana(), ": delete"),
        ("of a create that was begun", named(), NEVER, begun(&full()), dana(), ": delete"),
        ("no word", acknowledging(None), NEVER, holding("1"), dana(), "acknowledgeDataLoss: dana"),
        ("another word", acknowledging(Some("Dana")), NEVER, holding("1"), dana(), "DataLoss"),
        ("nothing is recorded", named(), NEVER, Memo::default(), dana(), "NotOurs"),
        ("it may be taken over", named(), IF_EXISTS, Memo::default(), dana(), "NotOurs"),
        ("gone", named(), NEVER, holding("1"), vec![], "no account to remove"),
        (
            "gone, and the name is somebody else's",
            named(),
            IF_EXISTS,
            holding("3"),
            dana(),
            "no account to remove",
        ),
        (
            "renamed at the portal",
            named(),
            NEVER,
            holding("1"),
            vec![shown("1", "dani"), shown("2", "dana")],
            "(1): delete",
        ),
        (
            "a user of a directory",
            PortalUserAccount { place: corp(), ..named() },
            NEVER,
            holding("1"),
            vec![User { place: corp(), ..shown("1", "dana") }, shown("2", "dana")],
            "(1): delete",
        ),
    ] {
        let text = removed(account, policy, memo, users);
        assert!(text.contains(expected), "{case}: {text}");
    }
}

#[test]
fn a_user_is_disabled_by_its_role_and_one_of_a_directory_never() {
    let policy = (Adoption::Never, Some(Deletion::Disable));
    let text = removed(full(), policy, holding("1"), vec![shown("1", "dana")]);
    assert!(text.contains(": disable"), "{text}");
    let disabled = User { role: Some("Disabled".into()), ..shown("1", "dana") };
    let text = removed(full(), policy, holding("1"), vec![disabled.clone()]);
    assert!(text.contains(": left as it is"), "{text}");
    let of_directory = PortalUserAccount { place: corp(), ..bare() };
    let ann = User { place: corp(), ..shown("1", "dana") };
    let text = removed(of_directory, policy, holding("1"), vec![ann]);
    assert!(text.contains("set deletionPolicy: Retain or Delete"), "{text}");

    assert!(PortalUserAccount::is_disabled(&disabled));
    for role in [None, Some("EndUser"), Some("disabled")] {
        let user = User { role: role.map(Into::into), ..shown("1", "dana") };
        assert!(!PortalUserAccount::is_disabled(&user), "{role:?}");
    }
    let inactive = User { account_status: Some("inactive".into()), ..shown("1", "dana") };
    assert!(!PortalUserAccount::is_disabled(&inactive), "that switch is not ours");
}

#[test]
fn other_verbs_ask_for_no_acknowledgement() {
    for verb in [Verb::Create, Verb::Update, Verb::Disable] {
        assert_eq!(full().removal(verb, &"1".into(), &Memo::default()), Ok(()));
    }
}
