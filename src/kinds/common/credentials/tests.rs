use std::convert::Infallible;

use super::*;
use crate::kinds::common::{Generate, Rotation};

const MADE: &str = "2026-01-01T00:00:00Z";
const WHY: &str = "there is no place for it";

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

fn output() -> OutputSecret {
    OutputSecret { name: "edge1-login".into(), keys: None, template: None }
}

fn from_secret(update_policy: Option<UpdatePolicy>) -> Password {
    let reference = SecretKeySelector { name: "edge1".into(), key: "password".into() };
    Password { secret_key_ref: Some(reference), update_policy, ..Password::default() }
}

fn generate(interval: Option<&str>, update_policy: Option<UpdatePolicy>) -> Password {
    let rotation = interval.map(|interval| Rotation { interval: interval.parse().unwrap() });
    Password { generate: Some(Generate::default()), rotation, update_policy, ..Password::default() }
}

fn kept(password: &str, generated_at: Option<&str>) -> Kept {
    Kept {
        user_name: Some("acme-edge1".into()),
        password: Some(password.into()),
        generated_at: generated_at.map(at),
    }
}

/// Resolves at `now`; a Secret holds `declared`, the output Secret holds `kept`.
fn resolve(
    spec: &Password,
    kept: Kept,
    now: &str,
    rotation_requested: bool,
) -> (DesiredPassword, Keeping) {
    let output = output();
    let sources =
        Sources { spec: Some(spec), output: Some(&output), now: at(now), rotation_requested };
    let resolved: Result<_, Infallible> =
        resolve_password(sources, |_| Ok("declared".into()), |_| Ok(kept), WHY);
    let (desired, keeping) = resolved.unwrap();
    (desired, keeping.unwrap())
}

/// The variant and the password of it.
fn shown(desired: &DesiredPassword) -> (&'static str, String) {
    let text = |password: &SecretString| password.expose_secret().to_owned();
    match desired {
        DesiredPassword::Unmanaged => ("unmanaged", String::new()),
        DesiredPassword::Value(password) => ("value", text(password)),
        DesiredPassword::AtCreation(password) => ("at creation", text(password)),
        DesiredPassword::Missing(why) => ("missing", why.clone()),
    }
}

#[test]
fn a_password_out_of_a_secret_is_kept_as_its_update_policy_says() {
    for (policy, variant, source) in [
        (None, "value", Source::Declared),
        (Some(UpdatePolicy::OnChange), "value", Source::Declared),
        (Some(UpdatePolicy::CreateOnly), "at creation", Source::Creation),
    ] {
        let (desired, keeping) = resolve(&from_secret(policy), Kept::default(), MADE, true);
        assert_eq!(shown(&desired), (variant, "declared".to_owned()));
        assert_eq!((keeping.source, keeping.generated_at), (source, None));
    }
}

#[test]
fn a_kept_password_is_used_until_it_is_due_or_a_person_asks_for_another() {
    let plain = generate(None, None);
    let daily = generate(Some("1d"), None);
    let create_only = generate(None, Some(UpdatePolicy::CreateOnly));
    let (before, due) = ("2026-01-01T23:59:59Z", "2026-01-02T00:00:00Z");
    for (case, spec, now, requested, variant, source) in [
        ("no rotation", &plain, due, false, "value", Source::Generated),
        ("not due", &daily, before, false, "value", Source::Generated),
        ("due", &daily, due, false, "value", Source::Fresh),
        ("asked for", &plain, before, true, "value", Source::Fresh),
        ("asked for in vain", &create_only, due, true, "at creation", Source::Generated),
    ] {
        let (desired, keeping) = resolve(spec, kept("old", Some(MADE)), now, requested);
        let (found, password) = shown(&desired);
        assert_eq!((found, keeping.source), (variant, source), "{case}");
        assert_eq!(password == "old", source == Source::Generated, "{case}");
        let made = if source == Source::Generated { MADE } else { now };
        assert_eq!(keeping.generated_at, Some(at(made)), "{case}");
        assert_eq!(keeping.password.unwrap().expose_secret(), password, "{case}");
    }
}

#[test]
fn without_a_kept_password_only_a_new_account_gets_one_unless_a_person_asks() {
    for (requested, variant) in [(false, "at creation"), (true, "value")] {
        let (desired, keeping) = resolve(&generate(None, None), Kept::default(), MADE, requested);
        let (found, password) = shown(&desired);
        assert_eq!((found, password.len(), keeping.source), (variant, 24, Source::Fresh));
    }
}

#[test]
fn a_kept_password_of_unknown_age_ages_from_now_on_if_it_is_rotated_at_all() {
    let now = "2026-03-01T00:00:00Z";
    for (interval, generated_at) in [(Some("1d"), Some(at(now))), (None, None)] {
        let (_, keeping) = resolve(&generate(interval, None), kept("old", None), now, false);
        assert_eq!((keeping.source, keeping.generated_at), (Source::Generated, generated_at));
    }
}

#[test]
fn what_cannot_be_given_says_why_and_what_is_not_declared_is_left() {
    let output = output();
    let resolve = |spec, output| {
        let sources = Sources { spec, output, now: at(MADE), rotation_requested: false };
        resolve_password(sources, |_| Err("secret"), |_| Err("kept"), WHY)
    };
    let source = |keeping: Option<Keeping>| keeping.map(|keeping| keeping.source);

    let generate = generate(None, None);
    let (desired, keeping) = resolve(Some(&generate), None).unwrap();
    assert_eq!(shown(&desired), ("missing", WHY.to_owned()));
    assert_eq!(source(keeping), None);
    assert_eq!(resolve(Some(&generate), Some(&output)).unwrap_err(), "kept");

    let from_remote =
        Password { from_remote: Some(crate::kinds::common::FromRemote {}), ..Password::default() };
    let (desired, keeping) = resolve(Some(&from_remote), Some(&output)).unwrap();
    assert!(shown(&desired).1.contains("fromRemote needs an account that exists"));
    assert_eq!(source(keeping), Some(Source::Remote));

    let (desired, keeping) = resolve(None, Some(&output)).unwrap();
    assert_eq!(shown(&desired).0, "unmanaged");
    assert_eq!(source(keeping), Some(Source::Remote));

    assert_eq!(resolve(Some(&from_secret(None)), Some(&output)).unwrap_err(), "secret");
}

#[test]
fn the_next_rotation_is_an_interval_after_the_last_one() {
    let daily = generate(Some("1d"), None);
    assert_eq!(next_rotation(&daily, Some(at(MADE))), Some(at("2026-01-02T00:00:00Z")));
    assert_eq!(next_rotation(&daily, None), None);
    assert_eq!(next_rotation(&generate(None, None), Some(at(MADE))), None);
    assert_eq!(next_rotation(&daily, Some(Timestamp::MAX)), None);
}

#[test]
fn a_password_is_in_use_if_it_was_sent_or_cannot_have_been_replaced() {
    for (source, sent, reason, in_use) in [
        (Source::Generated, false, Reason::PendingChanges, true),
        (Source::Fresh, true, Reason::Created, true),
        (Source::Fresh, false, Reason::InSync, false),
        (Source::Creation, true, Reason::Created, true),
        (Source::Creation, false, Reason::InSync, false),
        (Source::Declared, false, Reason::InSync, true),
        (Source::Declared, true, Reason::Updated, true),
        (Source::Declared, false, Reason::PendingChanges, false),
        (Source::Remote, true, Reason::InSync, false),
    ] {
        let keeping = Keeping { output: output(), password: None, source, generated_at: None };
        assert_eq!(keeping.is_in_use(sent, reason), in_use, "{source:?} {sent} {reason:?}");
    }
}

#[test]
fn credentials_are_the_same_only_if_nothing_differs() {
    let one = kept("a", Some(MADE));
    assert!(one.is_same(&one.clone()));
    for other in [
        kept("b", Some(MADE)),
        kept("a", None),
        Kept { user_name: None, ..one.clone() },
        Kept { password: None, ..one.clone() },
    ] {
        assert!(!one.is_same(&other) && !other.is_same(&one), "{other:?}");
    }
    assert!(Kept::default().is_same(&Kept::default()));
}

#[test]
fn an_empty_value_and_one_with_a_line_break_at_its_end_are_no_credentials() {
    for (value, complaint) in [
        ("", Some("key `password` of Secret dns/login is empty")),
        (
            "pw\n",
            Some("key `password` of Secret dns/login ends with a line break; store it without one"),
        ),
        (" p\nw ", None),
    ] {
        let checked = credential(value.into(), "dns", "login", "password");
        let found = checked.err().map(|error| error.to_string());
        assert_eq!(found.as_deref(), complaint, "{value:?}");
    }
}
