//! Where an account's password comes from.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Duration, SecretKeySelector, text};

/// The password of an account: where it comes from and when it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = (
    "[has(self.secretKeyRef), has(self.generate), has(self.fromRemote)].filter(given, given).size() == 1",
    "set exactly one of secretKeyRef, generate and fromRemote",
))]
#[x_kube(validation = Rule::new("!has(self.rotation) || has(self.generate)")
    .message("only a generated password can be rotated: use rotation with generate")
    .field_path(".rotation"))]
#[x_kube(validation = Rule::new("!has(self.rotation) || !has(self.updatePolicy) || self.updatePolicy != 'CreateOnly'")
    .message("with updatePolicy: CreateOnly the password never changes, so it cannot be rotated")
    .field_path(".rotation"))]
pub struct Password {
    /// Takes the password from a Secret in the namespace of this object. It is written again when the Secret changes.
    /// While the Secret or its key is missing, nothing is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_key_ref: Option<SecretKeySelector>,
    /// Makes a random password and stores it in the output Secret before it is sent. `{}` uses the built-in rules.
    /// Needs `outputSecret`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generate: Option<Generate>,
    /// Takes the password that the account has at the remote system and stores it in the output Secret; nothing is
    /// written to the remote system. Needs `outputSecret`, and an account that exists. Always `{}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_remote: Option<FromRemote>,
    /// When the password is written. `OnChange`: at creation, and whenever its source changes. `CreateOnly`: at creation
    /// only, for passwords that their users change themselves. Unset: `OnChange`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub update_policy: Option<UpdatePolicy>,
    /// Makes a new password at intervals. Only with `generate`. Unset: the password stays as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotation: Option<Rotation>,
}

/// When a password is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum UpdatePolicy {
    OnChange,
    CreateOnly,
}

/// How a password is made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new(
    "(has(self.minLower) ? self.minLower : 1) + (has(self.minUpper) ? self.minUpper : 1) \
     + (has(self.minDigits) ? self.minDigits : 1) + (has(self.minSymbols) ? self.minSymbols : 0) \
     <= (has(self.length) ? self.length : 24)")
    .message("minLower, minUpper, minDigits and minSymbols together must not be greater than length; \
              unset they are 1, 1, 1 and 0, and length is 24"))]
pub struct Generate {
    /// The number of characters. Unset: 24.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 8, max = 128))]
    pub length: Option<u8>,
    /// The least number of lowercase letters. Unset: 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 128))]
    pub min_lower: Option<u8>,
    /// The least number of uppercase letters. Unset: 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 128))]
    pub min_upper: Option<u8>,
    /// The least number of digits. Unset: 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 128))]
    pub min_digits: Option<u8>,
    /// The least number of symbols. Unset: 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 128))]
    pub min_symbols: Option<u8>,
    /// The symbols that the password may hold besides letters and digits. Unset: `-._~` when `minSymbols` asks for any,
    /// else none. Example: `!#%+`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 32), regex(pattern = text::SYMBOLS.regex))]
    pub symbols: Option<String>,
}

/// The password that the account has already. It has no settings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
pub struct FromRemote {}

/// When a new password is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Rotation {
    /// The time from one password to the next, in days (`d`), hours (`h`), minutes (`m`) and seconds (`s`).
    /// Example: `90d`.
    pub interval: Duration,
}

/// A password's one source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordSource<'a> {
    SecretKey(&'a SecretKeySelector),
    Generate(&'a Generate),
    FromRemote,
}

impl Password {
    /// The source, or nothing when not exactly one is given; the schema lets no such object in.
    #[must_use]
    pub fn source(&self) -> Option<PasswordSource<'_>> {
        match (&self.secret_key_ref, &self.generate, &self.from_remote) {
            (Some(reference), None, None) => Some(PasswordSource::SecretKey(reference)),
            (None, Some(generate), None) => Some(PasswordSource::Generate(generate)),
            (None, None, Some(FromRemote {})) => Some(PasswordSource::FromRemote),
            _ => None,
        }
    }

    /// When the password is written.
    #[must_use]
    pub fn update_policy(&self) -> UpdatePolicy {
        self.update_policy.unwrap_or(UpdatePolicy::OnChange)
    }
}

impl Generate {
    /// The symbols used when some are asked for and none are named: they need no quoting in URLs, shells and
    /// configuration files.
    pub const SYMBOLS: &'static str = "-._~";

    /// The number of characters.
    #[must_use]
    pub fn length(&self) -> u8 {
        self.length.unwrap_or(24)
    }

    /// The least number of lowercase letters.
    #[must_use]
    pub fn min_lower(&self) -> u8 {
        self.min_lower.unwrap_or(1)
    }

    /// The least number of uppercase letters.
    #[must_use]
    pub fn min_upper(&self) -> u8 {
        self.min_upper.unwrap_or(1)
    }

    /// The least number of digits.
    #[must_use]
    pub fn min_digits(&self) -> u8 {
        self.min_digits.unwrap_or(1)
    }

    /// The least number of symbols.
    #[must_use]
    pub fn min_symbols(&self) -> u8 {
        self.min_symbols.unwrap_or(0)
    }

    /// The symbols that the password may hold.
    #[must_use]
    pub fn symbols(&self) -> &str {
        match &self.symbols {
            Some(symbols) => symbols,
            None if self.min_symbols() > 0 => Self::SYMBOLS,
            None => "",
        }
    }
}
