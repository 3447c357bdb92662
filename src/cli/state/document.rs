//! The content of the file.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::counts::Counts;
use crate::kinds::access_keys::AccessKeyStatus;
use crate::kinds::common::Origin;

/// The file's format; another number is refused, so that an older program never misreads a newer file.
pub(super) const VERSION: u32 = 1;

/// The field that has a place of its own in the file.
const NICKNAME: &str = "nickname";

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Document {
    pub(super) version: u32,
    /// Tells which marker key the markers were made with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) marker_key: Option<String>,
    pub(super) sessions: BTreeMap<String, SessionRecord>,
}

/// What is remembered of one account of a remote system, whichever session it was reached through.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SessionRecord {
    /// How many accounts the last list had.
    #[serde(default, skip_serializing_if = "Counts::is_empty")]
    pub(super) accounts: Counts,
    /// When accounts of any kind were disabled or deleted, for the deletion guard.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) removals: Vec<Timestamp>,
    /// By kind, namespace and name.
    #[serde(default)]
    pub(super) objects: BTreeMap<String, ObjectRecord>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ObjectRecord {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) account: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) origin: Option<Origin>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) claim: Option<ClaimRecord>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) applied: BTreeMap<String, String>,
    /// What the account was created with. The system need not show it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) nickname: Option<String>,
    /// The same of every other field.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) created_with: BTreeMap<String, String>,
    /// The access keys that Roster made; ids only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) access_keys: Vec<AccessKeyStatus>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClaimRecord {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) evidence: Option<String>,
}

impl SessionRecord {
    pub(super) fn forget_markers(&mut self) {
        for object in self.objects.values_mut() {
            object.applied.clear();
            if let Some(claim) = &mut object.claim {
                claim.evidence = None;
            }
        }
    }
}

impl ObjectRecord {
    pub(super) fn created_with(&self, field: &str) -> Option<&str> {
        match field {
            NICKNAME => self.nickname.as_deref(),
            field => self.created_with.get(field).map(String::as_str),
        }
    }

    pub(super) fn remember_created_with(&mut self, field: &str, value: &str) {
        match field {
            NICKNAME => self.nickname = Some(value.to_owned()),
            field => drop(self.created_with.insert(field.to_owned(), value.to_owned())),
        }
    }
}

/// Whether the name of an object, as it is written in the file, is one of this kind.
pub(super) fn is_of(kind: &str, object: &str) -> bool {
    object.strip_prefix(kind).is_some_and(|rest| rest.starts_with(' '))
}

pub(super) fn parse(text: &str) -> Result<Document> {
    let document: Document = serde_json::from_str(text).context(
        "it is not what Roster writes; restore it, or move it away and let the accounts be adopted with adoptionPolicy: IfExists",
    )?;
    if document.version != VERSION {
        bail!("the file has format {}, this program reads {VERSION}", document.version);
    }
    Ok(document)
}
