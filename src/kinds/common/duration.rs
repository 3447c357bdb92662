//! A length of time as authors write it.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::text;

/// The units in the order in which they may be written, with their length in seconds.
const UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

/// The most digits one number may have; six days' digits stay far below what a `u64` of seconds holds.
const MAX_DIGITS: usize = 6;

/// A length of time such as `90d`, `1h30m` or `30s`: whole numbers, each unit at most once, the greatest first.
///
/// It is stored as the author wrote it, so that writing it back changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duration {
    text: String,
    value: std::time::Duration,
}

/// The text is not a [`Duration`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidDuration {
    text: String,
}

impl Duration {
    /// The length of time itself; longer than zero.
    #[must_use]
    pub fn value(&self) -> std::time::Duration {
        self.value
    }

    /// The text as the author wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl FromStr for Duration {
    type Err = InvalidDuration;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match seconds(text) {
            Some(seconds) if seconds > 0 => {
                let value = std::time::Duration::from_secs(seconds);
                Ok(Self { text: text.to_owned(), value })
            }
            _ => Err(InvalidDuration { text: text.to_owned() }),
        }
    }
}

fn seconds(text: &str) -> Option<u64> {
    let mut rest = text;
    let mut total = 0;
    for (unit, length) in UNITS {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, tail) = rest.split_at(digits);
        if let Some(tail) = tail.strip_prefix(unit)
            && (1..=MAX_DIGITS).contains(&digits)
        {
            total += number.parse::<u64>().ok()? * length;
            rest = tail;
        }
    }
    rest.is_empty().then_some(total)
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Display for InvalidDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is not a length of time; write {}, longer than zero",
            self.text,
            text::DURATION.means
        )
    }
}

impl std::error::Error for InvalidDuration {}

impl Serialize for Duration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Duration {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "minLength": 2,
            "maxLength": 32,
            "pattern": text::DURATION.regex,
            "x-kubernetes-validations": [
                { "rule": "self.matches('[1-9]')", "message": "must be longer than zero" }
            ],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_whole_units_with_the_greatest_first() {
        let cases = [
            ("5m", Some(300)),
            ("1h30m", Some(5_400)),
            ("90d", Some(7_776_000)),
            ("1d2h3m4s", Some(93_784)),
            ("030s", Some(30)),
            ("999999d999999h999999m999999s", Some(90_060_909_939)),
            ("", None),
            ("5", None),
            ("m", None),
            ("30m1h", None),
            ("1m1m", None),
            ("1.5h", None),
            ("-5m", None),
            ("5 m", None),
            ("500ms", None),
            ("1000000s", None),
            ("0s", None),
            ("0h0m", None),
            ("٣m", None),
        ];
        for (text, expected) in cases {
            let seconds = text.parse::<Duration>().ok().map(|d| d.value().as_secs());
            assert_eq!(seconds, expected, "{text}");
        }
    }

    #[test]
    fn a_duration_is_written_back_as_it_was_read() {
        let read: Duration = serde_json::from_str("\"60m\"").unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), "\"60m\"");
        assert_eq!(read.to_string(), "60m");
    }

    #[test]
    fn an_invalid_duration_says_what_to_write() {
        let error = "5 minutes".parse::<Duration>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "`5 minutes` is not a length of time; write whole days, hours, minutes and seconds in this order, \
             such as `90d`, `1h30m` or `30s`, longer than zero"
        );
    }
}
