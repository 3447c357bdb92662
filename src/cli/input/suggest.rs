//! What somebody may have meant.

/// The candidate that is nearest to `text`, if it is near enough to be meant.
pub(super) fn nearest<'a>(
    text: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let lower = text.to_lowercase();
    // One slip in three letters still looks like a slip; more looks like another word.
    let limit = (text.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `a`, `b` or `c`: the words as code, with `last` before the last one.
pub(super) fn listed<'a>(words: impl IntoIterator<Item = &'a str>, last: &str) -> String {
    let words: Vec<_> = words.into_iter().map(|word| format!("`{word}`")).collect();
    match words.as_slice() {
        [] => String::new(),
        [word] => word.clone(),
        [words @ .., word] => format!("{} {last} {word}", words.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_candidate_is_suggested_if_it_is_near() {
        let fields = ["nickname", "userName", "password", "suspend"];
        let cases = [
            ("nickame", Some("nickname")),
            ("nickName", Some("nickname")),
            ("username", Some("userName")),
            ("passwrod", Some("password")),
            ("nick", None),
            ("colour", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(nearest(text, fields), expected, "{text}");
        }
    }

    #[test]
    fn a_list_reads_like_a_sentence() {
        assert_eq!(listed(["a"], "or"), "`a`");
        assert_eq!(listed(["a", "b", "c"], "or"), "`a`, `b` or `c`");
        assert_eq!(listed([], "or"), "");
    }
}
