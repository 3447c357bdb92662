//! When a new user has to choose a password of its own.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::common::text;

/// When a new user has to choose another password. Exactly one is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = (
    "[has(self.atFirstLogin), has(self.inDays), has(self.on)].filter(given, given).size() == 1",
    "set exactly one of atFirstLogin, inDays and on",
))]
#[x_kube(validation = Rule::new("!has(self.atFirstLogin) || self.atFirstLogin")
    .message("atFirstLogin is true or left out")
    .field_path(".atFirstLogin"))]
pub struct PasswordChange {
    /// Always `true`: the user has to choose another password when it signs in for the first time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_first_login: Option<bool>,
    /// So many days after the creation, counted by the date in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 3650))]
    pub in_days: Option<u16>,
    /// On this day. Example: `2031-05-01`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 10, max = 10), regex(pattern = text::DATE.regex))]
    pub on: Option<String>,
}

impl PasswordChange {
    /// The day that the portal is told, for a user that is created now. A day that has passed already means the first
    /// login, as in the vendor's own library.
    #[must_use]
    pub fn date(&self, now: Timestamp) -> Option<String> {
        let today: Date = now.to_zoned(TimeZone::UTC).date();
        let Self { at_first_login, in_days, on } = self;
        if let Some(day) = on {
            return Some(day.clone());
        }
        let days = match in_days {
            Some(days) => i64::from(*days),
            None if *at_first_login == Some(true) => -1,
            None => return None,
        };
        today.checked_add(days.days()).ok().map(|day| day.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_portal_is_told_a_day() {
        let now: Timestamp = "2031-03-01T00:30:00Z".parse().unwrap();
        let change: fn(serde_json::Value) -> PasswordChange =
            |json| serde_json::from_value(json).unwrap();
        for (json, expected) in [
            (serde_json::json!({ "atFirstLogin": true }), Some("2031-02-28")),
            (serde_json::json!({ "inDays": 31 }), Some("2031-04-01")),
            (serde_json::json!({ "on": "2031-05-01" }), Some("2031-05-01")),
            (serde_json::json!({ "atFirstLogin": false }), None),
        ] {
            assert_eq!(change(json).date(now).as_deref(), expected);
        }
    }
}
