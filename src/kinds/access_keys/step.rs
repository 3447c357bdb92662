//! What one access key needs next. Pure: the time is given.

use std::time::Duration;

use jiff::Timestamp;

use super::{AccessKey, KeptKeys};

/// What a key is decided from, beside what is kept of it.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    /// How long after it was made a pair is replaced; `None` if it is not.
    pub interval: Option<Duration>,
    /// How long a replaced pair goes on working.
    pub overlap: Duration,
    /// What a person last asked for a new key with. A pair that was made for this very request answers it.
    pub request: Option<&'a str>,
    /// Once there is a pair, it stays.
    pub create_only: bool,
    pub now: Timestamp,
}

/// What one key needs next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Find out what became of the key that was about to be made.
    Resolve,
    /// Make a pair. One that is in use now becomes the previous one.
    Issue,
    /// Delete the previous pair: its time is over.
    DropPrevious,
    /// Nothing, until then; `None`: until somebody wants something else.
    Rest(Option<Timestamp>),
}

impl<'a> Terms<'a> {
    /// The terms of a declared key.
    #[must_use]
    pub fn of(
        key: &AccessKey,
        request: Option<&'a str>,
        create_only: bool,
        now: Timestamp,
    ) -> Self {
        Self { interval: key.interval(), overlap: key.overlap(), request, create_only, now }
    }
}

/// What the key needs next.
///
/// There is one previous pair at a time: while there is one, no other is made, whoever asks. A pair of unknown age ages
/// from now on.
#[must_use]
pub fn step(kept: &KeptKeys, terms: Terms<'_>) -> Step {
    let Terms { interval, overlap, request, create_only, now } = terms;
    if kept.issuing.is_some() {
        return Step::Resolve;
    }
    if kept.current.is_none() {
        return Step::Issue;
    }
    let made = kept.generated_at.unwrap_or(now);
    // A time that no calendar reaches never comes.
    let after = |pause: Duration| made.checked_add(pause).ok();
    let is_over = |time: Option<Timestamp>| time.is_some_and(|time| now >= time);
    if kept.previous.is_some() {
        let end = after(overlap);
        return if is_over(end) { Step::DropPrevious } else { Step::Rest(end) };
    }
    if create_only {
        return Step::Rest(None);
    }
    let requested = request.is_some() && request != kept.rotated_for.as_deref();
    let due = interval.and_then(after);
    if requested || is_over(due) { Step::Issue } else { Step::Rest(due) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::access_keys::{KeyPair, WriteAhead};

    const HOUR: Duration = Duration::from_hours(1);

    fn at(hour: i8) -> Timestamp {
        format!("2026-01-01T{hour:02}:00:00Z").parse().unwrap()
    }

    fn pair(is_there: bool) -> Option<KeyPair> {
        is_there.then(|| KeyPair { id: "AK1".into(), secret: "half".into() })
    }

    /// Kept since midnight.
    fn kept(current: bool, previous: bool) -> KeptKeys {
        KeptKeys {
            current: pair(current),
            previous: pair(previous),
            generated_at: Some(at(0)),
            ..KeptKeys::default()
        }
    }

    /// Replaced every four hours, with an overlap of two.
    fn terms(now: Timestamp) -> Terms<'static> {
        let interval = Some(4 * HOUR);
        Terms { interval, overlap: 2 * HOUR, request: None, create_only: false, now }
    }

    #[test]
    fn a_key_is_made_replaced_and_dropped_in_time() {
        let cases = [
            (kept(false, false), at(0), Step::Issue),
            (kept(false, true), at(9), Step::Issue),
            (kept(true, false), at(3), Step::Rest(Some(at(4)))),
            (kept(true, false), at(4), Step::Issue),
            (kept(true, true), at(1), Step::Rest(Some(at(2)))),
            (kept(true, true), at(2), Step::DropPrevious),
            (kept(true, true), at(9), Step::DropPrevious),
        ];
        for (kept, now, expected) in cases {
            assert_eq!(step(&kept, terms(now)), expected, "{kept:?} at {now}");
        }
    }

    #[test]
    fn what_was_begun_comes_before_anything_else() {
        let ahead = WriteAhead { at: at(0), listed: std::collections::BTreeSet::new() };
        for (current, previous) in [(false, false), (true, false), (true, true)] {
            let kept = KeptKeys { issuing: Some(ahead.clone()), ..kept(current, previous) };
            assert_eq!(step(&kept, terms(at(9))), Step::Resolve);
        }
    }

    #[test]
    fn an_overlap_longer_than_the_interval_delays_the_next_key() {
        let terms = Terms { overlap: 6 * HOUR, ..terms(at(5)) };
        assert_eq!(step(&kept(true, true), terms), Step::Rest(Some(at(6))));
    }

    #[test]
    fn a_request_is_answered_once_and_waits_for_the_end_of_an_overlap() {
        let terms = |now| Terms { request: Some("1"), interval: None, ..terms(now) };
        assert_eq!(step(&kept(true, false), terms(at(1))), Step::Issue);
        assert_eq!(step(&kept(true, true), terms(at(1))), Step::Rest(Some(at(2))));
        let answered = KeptKeys { rotated_for: Some("1".into()), ..kept(true, false) };
        assert_eq!(step(&answered, terms(at(1))), Step::Rest(None));
    }

    #[test]
    fn an_account_that_is_only_created_has_its_keys_made_and_never_replaced() {
        let terms = Terms { create_only: true, request: Some("1"), ..terms(at(9)) };
        assert_eq!(step(&kept(false, false), terms), Step::Issue);
        assert_eq!(step(&kept(true, false), terms), Step::Rest(None));
        assert_eq!(step(&kept(true, true), terms), Step::DropPrevious);
    }

    #[test]
    fn a_pair_of_unknown_age_ages_from_now_on() {
        let unknown = KeptKeys { generated_at: None, ..kept(true, false) };
        assert_eq!(step(&unknown, terms(at(3))), Step::Rest(Some(at(7))));
        let unknown = KeptKeys { generated_at: None, ..kept(true, true) };
        assert_eq!(step(&unknown, terms(at(3))), Step::Rest(Some(at(5))));
    }
}
