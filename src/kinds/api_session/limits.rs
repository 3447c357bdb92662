//! How much a session may do, and how much of it is remembered.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::common::Duration;

/// How many requests may be made, over all sessions and objects of one customer or tenant at one endpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct RequestBudget {
    /// The most requests per minute. Unset: what the system is known to allow; `DynECT`: 300. CTERA
    /// Portal, which names no limit: 600.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 60000))]
    pub requests_per_minute: Option<u32>,
    /// The most requests that wait for their reply at once. Unset: what the system is known to allow; `DynECT`: 1,
    /// because it runs one request at a time per session. CTERA Portal: 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 64))]
    pub max_in_flight: Option<u16>,
}

/// How many of the last calls are remembered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct History {
    /// The number of calls that are kept, with their time, method, path, redacted arguments and outcome, in the
    /// `ConfigMap` that is called like this object with `-history` behind it. 0: none. Unset: 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1000))]
    pub limit: Option<u16>,
}

/// How many accounts may be disabled or deleted before a person has to look.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeletionGuard {
    /// The most accounts that are disabled or deleted within `window`. The rest waits until a person releases it.
    /// 0: none without a person. Unset: 10.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 100_000))]
    pub max_deletions: Option<u32>,
    /// The time over which the removals are counted, in days (`d`), hours (`h`), minutes (`m`) and seconds (`s`).
    /// Unset: `1h`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Duration>,
}

impl DeletionGuard {
    /// The most removals within the window.
    #[must_use]
    pub fn max_deletions(&self) -> u32 {
        self.max_deletions.unwrap_or(10)
    }

    /// The time over which the removals are counted.
    #[must_use]
    pub fn window(&self) -> std::time::Duration {
        self.window.as_ref().map_or(std::time::Duration::from_hours(1), Duration::value)
    }
}
