//! Which passwords a portal takes.

use super::failure::Failure;
use super::node::Object;
use super::switches::Switches;

/// Parts of a name that are shorter than this may be in a password.
const SHORTEST_DETAIL: usize = 3;

pub(super) struct Policy<'a> {
    switches: &'a Switches,
}

impl Policy<'_> {
    pub(super) fn of(switches: &Switches) -> Policy<'_> {
        Policy { switches }
    }

    /// Whether a user may have this password. `former` are those that it has and had, the latest
    /// first. The text names the rule and no password.
    pub(super) fn check(
        &self,
        password: &str,
        name: &str,
        object: &Object,
        former: &[&str],
    ) -> Result<(), Failure> {
        let Switches {
            password_refused_status,
            password_min_length,
            password_min_groups,
            password_history,
            password_without_contact_details,
            ..
        } = self.switches;
        let refused = |rule: String| Err(Failure::new(*password_refused_status, "password", rule));
        if let Some(fewest) = password_min_length
            && is_less(password.chars().count(), *fewest)
        {
            return refused(format!("The password must have at least {fewest} characters"));
        }
        if let Some(fewest) = password_min_groups
            && is_less(groups(password), *fewest)
        {
            return refused(format!("The password must have {fewest} kinds of characters"));
        }
        if let Some(last) = password_history {
            let last = usize::try_from(*last).unwrap_or(usize::MAX);
            if former.iter().take(last).any(|former| *former == password) {
                return refused("The password was used before".to_owned());
            }
        }
        if *password_without_contact_details && holds_details(password, name, object) {
            return refused("The password must not contain contact details".to_owned());
        }
        Ok(())
    }
}

fn is_less(count: usize, fewest: u32) -> bool {
    u32::try_from(count).is_ok_and(|count| count < fewest)
}

fn groups(password: &str) -> usize {
    let kinds: [fn(char) -> bool; 4] =
        [char::is_lowercase, char::is_uppercase, |c| c.is_ascii_digit(), |c| !c.is_alphanumeric()];
    kinds.into_iter().filter(|kind| password.chars().any(kind)).count()
}

fn holds_details(password: &str, name: &str, object: &Object) -> bool {
    let password = password.to_lowercase();
    let email = object.text("email").and_then(|email| email.split('@').next());
    [Some(name), email, object.text("firstName"), object.text("lastName")]
        .into_iter()
        .flatten()
        .filter(|detail| detail.chars().count() >= SHORTEST_DETAIL)
        .any(|detail| password.contains(&detail.to_lowercase()))
}
