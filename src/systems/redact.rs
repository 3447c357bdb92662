//! Text of a remote system, made fit to be shown.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// How much of a remote system's text is shown, in characters: a sentence or two.
const LONGEST: usize = 200;

/// What stands for a secret.
pub(crate) const MASK: &str = "*****";

/// Cleans text that came from a remote system, given the secrets that it must not show.
///
/// Guarantees of [`clean`](Self::clean): no control characters, no line breaks, at most 200 characters, and none of the
/// known secrets, also where one of them is a part of another.
#[derive(Default)]
pub struct Redactor {
    // Without control characters, longest first: masking a short secret first would leave the tail of a longer one.
    secrets: Vec<SecretString>,
}

impl Redactor {
    /// A redactor that knows these secrets.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a SecretString>) -> Self {
        let mut secrets: Vec<SecretString> = secrets
            .into_iter()
            .map(|secret| one_line(secret.expose_secret()).into())
            .filter(|secret: &SecretString| !secret.expose_secret().is_empty())
            .collect();
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.expose_secret().len()));
        Self { secrets }
    }

    /// The text as it may be shown.
    #[must_use]
    pub fn clean(&self, text: &str) -> String {
        let mut text = one_line(text);
        for secret in &self.secrets {
            text = text.replace(secret.expose_secret(), MASK);
        }
        match text.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
            None => text,
        }
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redactor").field("secrets", &self.secrets.len()).finish()
    }
}

fn one_line(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clean(secrets: &[&str], text: &str) -> String {
        let secrets: Vec<SecretString> = secrets.iter().copied().map(SecretString::from).collect();
        Redactor::new(&secrets).clean(text)
    }

    #[test]
    fn secrets_are_masked_wherever_they_stand() {
        assert_eq!(clean(&["s3cret", "tok"], "tok: no s3cret, s3cret"), "*****: no *****, *****");
    }

    #[test]
    fn a_secret_that_contains_another_is_masked_as_a_whole() {
        assert_eq!(clean(&["abc", "abcdef"], "abcdef abc"), "***** *****");
    }

    #[test]
    fn control_characters_neither_pass_nor_hide_a_secret() {
        assert_eq!(clean(&["s3cret"], "no\r\n\u{1b}[31m s3\0cret"), "no[31m *****");
        assert_eq!(clean(&["s3\ncret"], "s3\ncret s3cret"), "***** *****");
    }

    #[test]
    fn long_text_is_cut_between_characters_and_after_masking() {
        let text = format!("{}s3cret", "ä".repeat(197));
        assert_eq!(clean(&["s3cret"], &text), format!("{}***…", "ä".repeat(197)));
    }

    #[test]
    fn an_empty_secret_masks_nothing_and_debug_shows_none() {
        assert_eq!(clean(&[""], "text"), "text");
        let redactor = Redactor::new(&[SecretString::from("s3cret")]);
        assert_eq!(format!("{redactor:?}"), "Redactor { secrets: 1 }");
    }
}
