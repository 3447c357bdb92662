//! How authors declare access keys, and what the status says of them.

use std::time;

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::common::{Duration, OutputTemplate, text};

/// How long a replaced pair goes on working when nothing is said of it: a day, so that whatever restarts every night
/// has the new one by then.
const OVERLAP: time::Duration = time::Duration::from_hours(24);

/// An access key of the account. Roster has the remote system make it, and stores it in a Secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccessKey {
    /// What the key is called here; the remote system gives it no name. Under another name it stays the same key, as long
    /// as its Secret does. Example: `backup`.
    #[schemars(length(min = 1, max = 63), regex(pattern = text::DNS_LABEL.regex))]
    pub name: String,
    /// The Secret that the key goes to. If it is lost, another key is made and the lost one deleted.
    pub output_secret: KeySecret,
    /// Makes a new key at intervals. Unset: the key stays as it is, until a person asks for a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotation: Option<KeyRotation>,
}

/// A Secret that Roster writes an access key to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeySecret {
    /// The name of the Secret, in the namespace of this object. It must not exist already, unless Roster wrote it, and
    /// no other credentials can be in it. With another name here, another key is made. Example: `backup-s3`.
    #[schemars(length(min = 1, max = 253), regex(pattern = text::DNS_SUBDOMAIN.regex))]
    pub name: String,
    /// The keys that the values are stored under. Unset: `access-key-id`, `secret-access-key`, and the same with
    /// `previous-` before them for the pair that was replaced and still works.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<KeySecretKeys>,
    /// Labels and annotations that the Secret gets. Unset: only Roster's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<OutputTemplate>,
}

/// The keys of a Secret with an access key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = (
    "[[has(self.accessKeyId) ? self.accessKeyId : 'access-key-id', \
       has(self.secretAccessKey) ? self.secretAccessKey : 'secret-access-key', \
       has(self.previousAccessKeyId) ? self.previousAccessKeyId : 'previous-access-key-id', \
       has(self.previousSecretAccessKey) ? self.previousSecretAccessKey : 'previous-secret-access-key']]\
     .all(keys, keys.all(key, keys.filter(other, other == key).size() == 1))",
    "accessKeyId, secretAccessKey, previousAccessKeyId and previousSecretAccessKey need four different keys",
))]
pub struct KeySecretKeys {
    /// The key that holds the access key's id. Unset: `access-key-id`. Example: `AWS_ACCESS_KEY_ID`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253), regex(pattern = text::DATA_KEY.regex))]
    pub access_key_id: Option<String>,
    /// The key that holds the secret half. Unset: `secret-access-key`. Example: `AWS_SECRET_ACCESS_KEY`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253), regex(pattern = text::DATA_KEY.regex))]
    pub secret_access_key: Option<String>,
    /// The key that holds the id of the pair that was replaced, while that still works. Unset: `previous-access-key-id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253), regex(pattern = text::DATA_KEY.regex))]
    pub previous_access_key_id: Option<String>,
    /// The key that holds the secret half of the pair that was replaced, while that still works. Unset:
    /// `previous-secret-access-key`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253), regex(pattern = text::DATA_KEY.regex))]
    pub previous_secret_access_key: Option<String>,
}

/// When an access key is replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeyRotation {
    /// How long after a key was made the next one is made. Example: `90d`.
    pub interval: Duration,
    /// How long the key that was replaced goes on working; the Secret holds both meanwhile. An account has one such key
    /// at a time: with an overlap longer than the interval, the next key is made when the overlap is over. Unset: `24h`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlap: Option<Duration>,
}

/// What is known of one access key. The secret half is in its Secret and nowhere else.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccessKeyStatus {
    /// What the key is called here.
    pub name: String,
    /// The id of the key that is in use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_key_id: Option<String>,
    /// The id of the key that was replaced and still works.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_access_key_id: Option<String>,
    /// The Secret that the key was written to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_secret: Option<String>,
    /// The ids of keys that Roster made, that no Secret holds any more, and that are still to be deleted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub retired_access_key_ids: Vec<String>,
}

impl AccessKey {
    /// How long a replaced pair goes on working.
    #[must_use]
    pub fn overlap(&self) -> time::Duration {
        let declared = self.rotation.as_ref().and_then(|rotation| rotation.overlap.as_ref());
        declared.map_or(OVERLAP, Duration::value)
    }

    /// How long after a pair was made the next one is made; `None` if none is.
    #[must_use]
    pub fn interval(&self) -> Option<time::Duration> {
        self.rotation.as_ref().map(|rotation| rotation.interval.value())
    }
}

impl KeySecret {
    /// The keys of the id, the secret half, and of the same of the pair before, when none are named.
    pub const KEYS: [&'static str; 4] = [
        "access-key-id",
        "secret-access-key",
        "previous-access-key-id",
        "previous-secret-access-key",
    ];

    /// The keys of the id, the secret half, and of the same of the pair before.
    #[must_use]
    pub fn data_keys(&self) -> [&str; 4] {
        let Some(keys) = &self.keys else { return Self::KEYS };
        let KeySecretKeys {
            access_key_id,
            secret_access_key,
            previous_access_key_id,
            previous_secret_access_key,
        } = keys;
        let [id, secret, previous_id, previous_secret] = Self::KEYS;
        [
            access_key_id.as_deref().unwrap_or(id),
            secret_access_key.as_deref().unwrap_or(secret),
            previous_access_key_id.as_deref().unwrap_or(previous_id),
            previous_secret_access_key.as_deref().unwrap_or(previous_secret),
        ]
    }
}

impl AccessKeyStatus {
    /// Every id that is recorded of the key.
    pub fn ids(&self) -> impl Iterator<Item = &String> {
        let Self {
            name: _,
            access_key_id,
            previous_access_key_id,
            output_secret: _,
            retired_access_key_ids,
        } = self;
        access_key_id.iter().chain(previous_access_key_id).chain(retired_access_key_ids)
    }
}
