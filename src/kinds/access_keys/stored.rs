//! How access keys lie in a Secret, the same in a cluster and in a file.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};

use super::{KeptKeys, KeyPair, KeySecret, WriteAhead};
use crate::kinds::common::{GENERATED_AT, ROTATED_FOR};

/// The annotation that says that a key is about to be made: since when, and which ids the account had then.
const ISSUING: &str = "roster.rs/issuing";
/// The annotation that names the data keys that the pairs are under, so that they are found when others are declared.
const DATA_KEYS: &str = "roster.rs/data-keys";

/// The annotations whose absence says something: a Secret that has one too many is not as wanted.
pub const EXACT_ANNOTATIONS: [&str; 2] = [ISSUING, DATA_KEYS];

/// The data and the annotations of a Secret with access keys.
#[derive(Debug, Clone, Default)]
pub struct StoredKeys {
    pub data: BTreeMap<String, SecretString>,
    /// Without the owner's and those of the template.
    pub annotations: BTreeMap<String, String>,
}

impl StoredKeys {
    /// What follows the owner in the annotation of a Secret with access keys. It keeps those apart from the one with the
    /// account's password, also when a person gives one the name that the other had.
    pub const OWNER_SUFFIX: &'static str = " access-keys";

    /// What the Secret is to hold.
    #[must_use]
    pub fn of(secret: &KeySecret, keys: &KeptKeys) -> Self {
        let KeptKeys { current, previous, generated_at, issuing, rotated_for } = keys;
        let [id, half, previous_id, previous_half] = secret.data_keys();
        let mut data = BTreeMap::new();
        for (pair, id, half) in [(current, id, half), (previous, previous_id, previous_half)] {
            if let Some(KeyPair { id: value, secret }) = pair {
                data.insert(id.to_owned(), SecretString::from(value.as_str()));
                data.insert(half.to_owned(), secret.clone());
            }
        }
        let mut annotations = BTreeMap::new();
        let mut annotate = |name: &str, value: Option<String>| {
            annotations.extend(value.map(|value| (name.to_owned(), value)));
        };
        annotate(GENERATED_AT, generated_at.map(|time| time.to_string()));
        annotate(ROTATED_FOR, rotated_for.clone());
        annotate(ISSUING, issuing.as_ref().map(written));
        let named = secret.data_keys();
        annotate(DATA_KEYS, (named != KeySecret::KEYS).then(|| named.join(",")));
        Self { data, annotations }
    }

    /// What a Secret holds; `value` gives a data value that is text and not empty. A pair that lacks a half is none.
    pub fn keys(
        annotations: &BTreeMap<String, String>,
        value: impl Fn(&str) -> Option<SecretString>,
    ) -> KeptKeys {
        let named = annotations.get(DATA_KEYS).map(|named| named.split(',').collect::<Vec<_>>());
        let named = named.and_then(|named| <[&str; 4]>::try_from(named).ok());
        let [id, half, previous_id, previous_half] = named.unwrap_or(KeySecret::KEYS);
        let pair = |id, half| {
            let id = value(id)?.expose_secret().to_owned();
            Some(KeyPair { id, secret: value(half)? })
        };
        KeptKeys {
            current: pair(id, half),
            previous: pair(previous_id, previous_half),
            generated_at: annotations.get(GENERATED_AT).and_then(|time| time.parse().ok()),
            issuing: annotations.get(ISSUING).and_then(|text| read(text)),
            rotated_for: annotations.get(ROTATED_FOR).cloned(),
        }
    }
}

/// `2026-01-01T00:00:00Z AK1,AK2`.
fn written(ahead: &WriteAhead) -> String {
    let WriteAhead { at, listed } = ahead;
    let listed: Vec<&str> = listed.iter().map(String::as_str).collect();
    format!("{at} {}", listed.join(","))
}

/// The reverse of [`written`]. A text that is none of ours says nothing, so nothing is deleted for it.
fn read(text: &str) -> Option<WriteAhead> {
    let (at, listed) = text.split_once(' ')?;
    let listed = listed.split(',').filter(|id| !id.is_empty()).map(str::to_owned).collect();
    Some(WriteAhead { at: at.parse().ok()?, listed })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::access_keys::KeySecretKeys;
    use jiff::Timestamp;

    fn pair(id: &str) -> KeyPair {
        KeyPair { id: id.into(), secret: format!("{id}-half").into() }
    }

    fn kept() -> KeptKeys {
        KeptKeys {
            current: Some(pair("AK2")),
            previous: Some(pair("AK1")),
            generated_at: "2026-01-01T00:00:00Z".parse().ok(),
            issuing: Some(WriteAhead {
                at: "2026-01-02T00:00:00.5Z".parse().unwrap(),
                listed: ["AK1", "AK2"].map(str::to_owned).into(),
            }),
            rotated_for: Some("please".into()),
        }
    }

    fn secret(keys: Option<KeySecretKeys>) -> KeySecret {
        KeySecret { name: "backup".into(), keys, template: None }
    }

    #[test]
    fn what_was_stored_is_read_again_under_whichever_keys() {
        let named = KeySecretKeys {
            access_key_id: Some("AWS_ACCESS_KEY_ID".into()),
            secret_access_key: Some("AWS_SECRET_ACCESS_KEY".into()),
            ..KeySecretKeys::default()
        };
        for (keys, first) in [(None, "access-key-id"), (Some(named), "AWS_ACCESS_KEY_ID")] {
            for issuing in [kept().issuing, None] {
                let kept = KeptKeys { issuing, ..kept() };
                let StoredKeys { data, annotations } = StoredKeys::of(&secret(keys.clone()), &kept);
                assert_eq!(data.get(first).unwrap().expose_secret(), "AK2");
                let read = StoredKeys::keys(&annotations, |key| data.get(key).cloned());
                assert!(read.is_same(&kept), "{read:?}");
            }
        }
    }

    #[test]
    fn an_id_with_a_comma_in_it_is_known_again() {
        let listed = ["A,1", "B"].map(str::to_owned).into();
        let ahead = WriteAhead { at: Timestamp::UNIX_EPOCH, listed };
        let ahead = read(&written(&ahead)).unwrap();
        assert!(ahead.lists("A,1") && ahead.lists("B") && !ahead.lists("A,2"));
    }

    #[test]
    fn an_account_without_keys_is_written_down_as_such() {
        let listed = BTreeMap::from([(ISSUING.to_owned(), "2026-01-02T00:00:00Z ".to_owned())]);
        let read = StoredKeys::keys(&listed, |_| None).issuing.unwrap();
        assert_eq!((read.at.to_string().as_str(), read.listed.len()), ("2026-01-02T00:00:00Z", 0));
        let cut = BTreeMap::from([(ISSUING.to_owned(), "AK1,AK2".to_owned())]);
        assert_eq!(StoredKeys::keys(&cut, |_| None).issuing, None);
    }

    #[test]
    fn half_a_pair_is_none() {
        let StoredKeys { mut data, annotations } = StoredKeys::of(&secret(None), &kept());
        data.remove("secret-access-key");
        let read = StoredKeys::keys(&annotations, |key| data.get(key).cloned());
        assert!(read.current.is_none() && read.previous.is_some());
    }
}
