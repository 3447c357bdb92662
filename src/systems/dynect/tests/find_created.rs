use secrecy::SecretString;

use super::super::create::{Found, find_created};
use super::super::users::UpdateUser;

/// A user with this name, nickname and password, each as far as it is shown.
fn user(user_name: &str, nickname: Option<&str>, password: Option<&str>) -> UpdateUser {
    UpdateUser {
        user_name: user_name.to_owned(),
        status: None,
        password: password.map(SecretString::from),
        nickname: nickname.map(str::to_owned),
    }
}

/// Looks for the nickname `edge2` with the password `pw-2`; every name that begins with `new` is new.
fn find(users: &[UpdateUser]) -> Found {
    let is_new = |name: &str| name.starts_with("new");
    find_created("edge2", &"pw-2".into(), is_new, users.to_vec())
}

fn name(found: Found) -> Option<String> {
    match found {
        Found::Created(user) => Some(user.user_name),
        Found::Nothing | Found::Passwords(_) | Found::Unclear => None,
    }
}

#[test]
fn nothing_new_means_that_nothing_was_created() {
    assert!(matches!(find(&[]), Found::Nothing));
    let old = [user("old", None, Some("pw-2")), user("old2", Some("edge2"), Some("pw-2"))];
    assert!(matches!(find(&old), Found::Nothing));
}

#[test]
fn a_new_account_with_the_password_that_was_sent_is_ours() {
    let users =
        [user("old", None, None), user("new1", None, Some("x")), user("new2", None, Some("pw-2"))];
    assert_eq!(name(find(&users)).as_deref(), Some("new2"));
}

#[test]
fn a_new_account_with_the_nickname_is_ours_unless_its_password_is_another() {
    let ours = user("new1", Some("edge2"), None);
    assert_eq!(name(find(&[ours, user("new2", Some("other"), None)])).as_deref(), Some("new1"));
    assert_eq!(name(find(&[user("new1", Some("edge2"), Some("pw-2"))])).as_deref(), Some("new1"));
    assert!(matches!(find(&[user("new1", Some("edge2"), Some("x"))]), Found::Unclear));
}

#[test]
fn a_new_account_with_another_nickname_is_not_ours_whatever_its_password() {
    assert!(matches!(find(&[user("new1", Some("other"), Some("pw-2"))]), Found::Nothing));
}

#[test]
fn the_only_new_account_is_not_taken_without_proof() {
    assert!(matches!(find(&[user("new1", None, Some("x"))]), Found::Unclear));
}

#[test]
fn two_accounts_that_fit_are_one_too_many() {
    let users = [user("new1", None, Some("pw-2")), user("new2", None, Some("pw-2"))];
    assert!(matches!(find(&users), Found::Unclear));
}

#[test]
fn passwords_that_are_not_shown_are_asked_for() {
    let users = [user("new1", None, Some("x")), user("new2", None, None), user("old", None, None)];
    let Found::Passwords(names) = find(&users) else { panic!() };
    assert_eq!(names, ["new2"]);
}
