//! Whether a text, number or truth value is one that its schema allows.

use regex::Regex;
use serde_json::Value as Json;

use super::super::place::Span;
use super::super::scalar::Plain;
use super::super::suggest::{listed, nearest};
use super::super::tree::Scalar;
use super::Check;
use crate::kinds::common::text;

/// How much of an author's text is repeated in a message.
const MAX_SHOWN: usize = 40;

impl Check<'_> {
    pub(super) fn string(&mut self, scalar: &Scalar, schema: &Json, path: &str, span: Span) {
        let value = &*scalar.text;
        let taken_for = match scalar.resolve() {
            Plain::Text | Plain::Null => None,
            Plain::Bool(_) | Plain::OtherBool => Some("a truth value"),
            Plain::Integer(_) | Plain::OtherNumber => Some("a number"),
        };
        if let Some(taken_for) = taken_for {
            let message = if self.secret {
                format!(
                    "`{path}` must be text, but YAML takes it for {taken_for}; put it in quotes"
                )
            } else {
                format!(
                    "`{path}` must be text, but YAML takes {value} for {taken_for}; write \"{value}\""
                )
            };
            self.find(message, span);
            return;
        }
        if let Some(allowed) = schema["enum"].as_array() {
            let allowed = || allowed.iter().filter_map(Json::as_str);
            if !allowed().any(|allowed| allowed == value) {
                let guess = nearest(value, allowed());
                let guess = guess.map_or_else(String::new, |it| format!("; did you mean `{it}`?"));
                let not = self.not(value);
                self.find(
                    format!("`{path}` must be {}{not}{guess}", listed(allowed(), "or")),
                    span,
                );
            }
            return;
        }
        let length = value.chars().count() as u64;
        let (min, max) = (schema["minLength"].as_u64(), schema["maxLength"].as_u64());
        if length < min.unwrap_or(0) && length == 0 {
            self.find(format!("`{path}` must not be empty"), span);
        } else if length > max.unwrap_or(u64::MAX) {
            let max = max.unwrap_or(0);
            let message = format!("`{path}` must have at most {max} characters, not {length}");
            self.find(message, span);
        } else if let Some(pattern) = schema["pattern"].as_str()
            && !self.matches(pattern, value)
        {
            let not = self.not(value);
            let means = text::meaning(pattern)
                .map_or_else(|| format!("text that matches {pattern}"), str::to_owned);
            self.find(format!("`{path}` must be {means}{not}"), span);
        } else if length < min.unwrap_or(0) {
            let min = min.unwrap_or(0);
            let message = format!("`{path}` must have at least {min} characters, not {length}");
            self.find(message, span);
        }
    }

    pub(super) fn integer(&mut self, scalar: &Scalar, schema: &Json, path: &str, span: Span) {
        let not = self.not(&scalar.text);
        let Plain::Integer(value) = scalar.resolve() else {
            let quoted = !scalar.plain && scalar.text.parse::<i64>().is_ok();
            let message = if quoted {
                format!("`{path}` must be a number; remove the quotes")
            } else {
                format!("`{path}` must be a whole number{not}")
            };
            self.find(message, span);
            return;
        };
        // A limit beyond what a double holds exactly would be a mistake in the schema.
        #[allow(clippy::cast_precision_loss)]
        let value = value as f64;
        let (min, max) = (schema["minimum"].as_f64(), schema["maximum"].as_f64());
        if value < min.unwrap_or(f64::MIN) || value > max.unwrap_or(f64::MAX) {
            let range = match (min, max) {
                (Some(min), Some(max)) => format!("between {min} and {max}"),
                (Some(min), None) => format!("at least {min}"),
                (_, max) => format!("at most {}", max.unwrap_or_default()),
            };
            self.find(format!("`{path}` must be {range}{not}"), span);
        }
    }

    pub(super) fn boolean(&mut self, scalar: &Scalar, path: &str, span: Span) {
        if let Plain::Bool(_) = scalar.resolve() {
            return;
        }
        let quoted = !scalar.plain && matches!(scalar.text.as_str(), "true" | "false");
        let message = if quoted {
            format!("`{path}` must be `true` or `false`; remove the quotes")
        } else {
            format!("`{path}` must be `true` or `false`{}", self.not(&scalar.text))
        };
        self.find(message, span);
    }

    fn matches(&mut self, pattern: &str, value: &str) -> bool {
        let compile = || Regex::new(pattern).ok();
        let regex = self.patterns.entry(pattern.to_owned()).or_insert_with(compile);
        // The API server would not take a schema with a pattern that is none.
        regex.as_ref().is_none_or(|regex| regex.is_match(value))
    }

    /// `, not …` with what the author wrote, unless that may be a secret.
    fn not(&self, value: &str) -> String {
        if self.secret {
            return String::new();
        }
        let shown: String = value.chars().take(MAX_SHOWN).collect();
        let dots = if shown.len() < value.len() { "…" } else { "" };
        format!(", not `{}{dots}`", shown.escape_debug())
    }
}

/// What a scalar is, for a person.
pub(super) fn kind_of(scalar: &Scalar) -> &'static str {
    match scalar.resolve() {
        Plain::Text => "text",
        Plain::Null => "nothing",
        Plain::Bool(_) | Plain::OtherBool => "a truth value",
        Plain::Integer(_) | Plain::OtherNumber => "a number",
    }
}
