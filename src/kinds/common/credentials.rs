//! The password that an account is to have, and what its output Secret is to hold.

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;
use thiserror::Error;

use super::{OutputSecret, Password, PasswordSource, SecretKeySelector, UpdatePolicy};
use crate::plan::Reason;

/// The password that an account is to have.
#[derive(Debug, Clone)]
pub enum DesiredPassword {
    /// Left as it is.
    Unmanaged,
    /// This one, from creation on.
    Value(SecretString),
    /// This one at creation; later it is left as it is.
    AtCreation(SecretString),
    /// There is none to give; why, for a person. An account that exists already is left as it is.
    Missing(String),
}

impl DesiredPassword {
    /// The password of a new account.
    #[must_use]
    pub fn at_creation(&self) -> Option<&SecretString> {
        match self {
            Self::Value(password) | Self::AtCreation(password) => Some(password),
            Self::Unmanaged | Self::Missing(_) => None,
        }
    }
}

/// The credentials of one account, as its output Secret holds them.
#[derive(Debug, Clone, Default)]
pub struct Kept {
    pub user_name: Option<String>,
    /// Never empty.
    pub password: Option<SecretString>,
    /// When Roster made the password; `None` for one that it did not make.
    pub generated_at: Option<Timestamp>,
}

impl Kept {
    /// Whether both hold the same, so that nothing needs to be written.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let Self { user_name, password, generated_at } = self;
        let same_password = match (password, &other.password) {
            (Some(one), Some(other)) => {
                one.expose_secret().as_bytes().ct_eq(other.expose_secret().as_bytes()).into()
            }
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        *user_name == other.user_name && *generated_at == other.generated_at && same_password
    }
}

/// What is to be kept of an account's credentials.
#[derive(Debug, Clone)]
pub struct Keeping {
    pub output: OutputSecret,
    /// The password as far as it is known before the system was looked at.
    pub password: Option<SecretString>,
    pub source: Source,
    pub generated_at: Option<Timestamp>,
}

/// Where the password that is to be kept comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The system: none is declared.
    Remote,
    /// A Secret; the account always has it.
    Declared,
    /// A Secret; the account was created with it and may have another one by now.
    Creation,
    /// The output Secret, since it was generated earlier.
    Generated,
    /// It was generated just now, so it has to be kept before it is sent.
    Fresh,
}

impl Keeping {
    /// What goes into the output Secret of the account `user_name`, when the password is known here.
    #[must_use]
    pub fn credentials(&self, user_name: Option<&str>) -> Kept {
        Kept {
            user_name: user_name.map(str::to_owned),
            password: self.password.clone(),
            generated_at: self.generated_at,
        }
    }

    /// Whether the password that is known here is the account's. `sent`: it was written to the system just now.
    /// `reason`: what became of the object. If it is not, the system has to be asked.
    #[must_use]
    pub fn is_in_use(&self, sent: bool, reason: Reason) -> bool {
        match self.source {
            // The Secret is all there is of it: what somebody else set at the system must not replace it.
            Source::Generated => true,
            Source::Fresh | Source::Creation => sent,
            Source::Declared => sent || reason == Reason::InSync,
            Source::Remote => false,
        }
    }
}

/// What the password of one account is made from.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    /// The password as declared; `None` leaves it as it is.
    pub spec: Option<&'a Password>,
    /// Where credentials are kept; `None` if nowhere.
    pub output: Option<&'a OutputSecret>,
    pub now: Timestamp,
    /// A person asked for a new password. Only a generated one that may change is made anew.
    pub rotation_requested: bool,
}

/// The password that an account is to have, and what is to be kept of it.
///
/// `secret` gives the value of a Secret, checked by [`credential`]. `kept` gives what an output Secret holds already,
/// and [`Kept::default`] if there is none. `cannot_keep` tells a person why a generated password has no place. Each is
/// asked only if the password depends on it.
///
/// A new password is drawn at random if none is kept, or if the kept one is due for rotation or asked for. The caller
/// stores it before it is sent: its source is [`Source::Fresh`].
///
/// # Errors
/// Those of `secret` and `kept`.
pub fn resolve_password<E>(
    sources: Sources<'_>,
    secret: impl FnOnce(&SecretKeySelector) -> Result<SecretString, E>,
    kept: impl FnOnce(&OutputSecret) -> Result<Kept, E>,
    cannot_keep: &str,
) -> Result<(DesiredPassword, Option<Keeping>), E> {
    let output = sources.output;
    let keep = |password: Option<SecretString>, source| {
        output.map(|output| Keeping {
            output: output.clone(),
            password,
            source,
            generated_at: None,
        })
    };
    let Some(password) = sources.spec else {
        return Ok((DesiredPassword::Unmanaged, keep(None, Source::Remote)));
    };
    match password.source() {
        Some(PasswordSource::SecretKey(reference)) => {
            let value = secret(reference)?;
            let source = match password.update_policy() {
                UpdatePolicy::OnChange => Source::Declared,
                UpdatePolicy::CreateOnly => Source::Creation,
            };
            let keeping = keep(Some(value.clone()), source);
            Ok((desired(password, value), keeping))
        }
        Some(PasswordSource::Generate(_)) => match output {
            Some(output) => {
                let (desired, keeping) = generated(sources, password, output, kept(output)?);
                Ok((desired, Some(keeping)))
            }
            None => Ok((DesiredPassword::Missing(cannot_keep.to_owned()), None)),
        },
        Some(PasswordSource::FromRemote) => Ok((
            DesiredPassword::Missing(
                "password.fromRemote needs an account that exists; to create one, use secretKeyRef or generate"
                    .to_owned(),
            ),
            keep(None, Source::Remote),
        )),
        None => Ok((DesiredPassword::Unmanaged, None)),
    }
}

/// When the next password is to be made: an interval after the last one was. `None` without rotation, and for a
/// password of unknown age.
#[must_use]
pub fn next_rotation(spec: &Password, kept_generated_at: Option<Timestamp>) -> Option<Timestamp> {
    let interval = spec.rotation.as_ref()?.interval.value();
    // A time that no calendar reaches never comes.
    kept_generated_at?.checked_add(interval).ok()
}

fn desired(password: &Password, value: SecretString) -> DesiredPassword {
    match password.update_policy() {
        UpdatePolicy::OnChange => DesiredPassword::Value(value),
        UpdatePolicy::CreateOnly => DesiredPassword::AtCreation(value),
    }
}

/// The password that was generated before, or a new one if there is none or it is to be replaced.
fn generated(
    sources: Sources<'_>,
    password: &Password,
    output: &OutputSecret,
    kept: Kept,
) -> (DesiredPassword, Keeping) {
    let Sources { now, rotation_requested, spec: _, output: _ } = sources;
    let requested = rotation_requested && password.update_policy() == UpdatePolicy::OnChange;
    let is_due = next_rotation(password, kept.generated_at).is_some_and(|next| now >= next);
    let replaces = requested || is_due;
    if let Some(value) = kept.password.filter(|_| !replaces) {
        // A password of unknown age, such as one that was read from the system, ages from now on.
        let from_now = password.rotation.as_ref().map(|_| now);
        let keeping = Keeping {
            output: output.clone(),
            password: Some(value.clone()),
            source: Source::Generated,
            generated_at: kept.generated_at.or(from_now),
        };
        return (desired(password, value), keeping);
    }
    let rules = password.generate.clone().unwrap_or_default();
    let value = rules.password(&mut rand::rng());
    let keeping = Keeping {
        output: output.clone(),
        password: Some(value.clone()),
        source: Source::Fresh,
        generated_at: Some(now),
    };
    // Without a kept one, an account that exists has a password that somebody else uses; it stays.
    let desired =
        if replaces { desired(password, value) } else { DesiredPassword::AtCreation(value) };
    (desired, keeping)
}

/// The value of a Secret is no login name and no password. `Display` names the key and shows nothing of the value.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("key `{key}` of Secret {namespace}/{name} {what}")]
pub struct UnusableCredential {
    namespace: String,
    name: String,
    key: String,
    what: &'static str,
}

/// A login name or password out of key `key` of Secret `name`. A line break at its end is always a mistake, and one
/// that the remote system would take for a part of the password.
///
/// # Errors
/// The value is empty or ends with a line break.
pub fn credential(
    value: SecretString,
    namespace: &str,
    name: &str,
    key: &str,
) -> Result<SecretString, UnusableCredential> {
    let what = match value.expose_secret() {
        "" => "is empty",
        text if text.ends_with('\n') => "ends with a line break; store it without one",
        _ => return Ok(value),
    };
    let (namespace, name, key) = (namespace.to_owned(), name.to_owned(), key.to_owned());
    Err(UnusableCredential { namespace, name, key, what })
}

#[cfg(test)]
mod tests;
