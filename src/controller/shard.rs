//! Which sessions this process serves, when several processes share the work.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

use super::names::Name;

/// One of several equal parts of all sessions. An account belongs to the part of its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: u32,
    count: u32,
}

impl Default for Shard {
    /// Everything.
    fn default() -> Self {
        Self { index: 0, count: 1 }
    }
}

impl Shard {
    /// Whether this process serves the session. Stable: every version and machine gives the same answer.
    #[must_use]
    pub fn serves(self, session: &Name) -> bool {
        let digest = Sha256::digest(session.to_string());
        let number = digest.iter().take(8).fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        number % u64::from(self.count) == u64::from(self.index)
    }

    /// Whether there are others.
    #[must_use]
    pub fn is_part(self) -> bool {
        self.count > 1
    }

    /// From 0.
    #[must_use]
    pub fn index(self) -> u32 {
        self.index
    }
}

/// `0/3` is the first of three.
impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || {
            format!(
                "`{text}` is not a shard: write I/N, the number of this one from 0 and how many there are, such as 0/3"
            )
        };
        let (index, count) = text.split_once('/').ok_or_else(wrong)?;
        let index: u32 = index.parse().map_err(|_| wrong())?;
        let count: u32 = count.parse().map_err(|_| wrong())?;
        if index < count { Ok(Self { index, count }) } else { Err(wrong()) }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_session_belongs_to_exactly_one_shard_and_none_is_idle() {
        let shards: Vec<Shard> =
            (0..3).map(|index| format!("{index}/3").parse().unwrap()).collect();
        let mut served = [0; 3];
        for number in 0..300 {
            let session = Name::new("dns", &format!("session-{number}"));
            let serving: Vec<u32> =
                shards.iter().filter(|shard| shard.serves(&session)).map(|s| s.index()).collect();
            let [one] = serving[..] else { panic!("{session} is served by {serving:?}") };
            served[one as usize] += 1;
        }
        assert!(served.iter().all(|number| *number > 50), "{served:?}");
        assert!(Shard::default().serves(&Name::new("dns", "any")));
    }

    #[test]
    fn a_shard_that_makes_no_sense_is_refused_with_an_example() {
        for text in ["", "1", "3/3", "0/0", "-1/2", "a/b", "1/2/3"] {
            let error = text.parse::<Shard>().unwrap_err();
            assert!(error.contains("0/3"), "{error}");
        }
    }
}
