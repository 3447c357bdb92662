//! Random passwords.

use rand::CryptoRng;
use rand::seq::{IndexedRandom, SliceRandom};
use secrecy::SecretString;
use zeroize::Zeroizing;

use super::Generate;

const LOWER: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
const UPPER: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGITS: &[u8] = b"0123456789";

impl Generate {
    /// A password that keeps these rules: the demanded characters of each class, the rest from all allowed ones, in
    /// random order. The schema guarantees that the demanded ones fit into the length.
    pub fn password(&self, random: &mut impl CryptoRng) -> SecretString {
        let symbols = self.symbols().as_bytes();
        let all = [LOWER, UPPER, DIGITS, symbols].concat();
        let classes = [
            (LOWER, self.min_lower()),
            (UPPER, self.min_upper()),
            (DIGITS, self.min_digits()),
            (symbols, self.min_symbols()),
        ];
        let mut characters = Zeroizing::new(Vec::<u8>::with_capacity(self.length().into()));
        for (class, least) in classes {
            characters.extend((0..least).filter_map(|_| class.choose(random)));
        }
        while characters.len() < self.length().into() {
            characters.extend(all.choose(random));
        }
        characters.shuffle(random);
        SecretString::from(characters.iter().copied().map(char::from).collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;
    use secrecy::ExposeSecret;

    #[test]
    fn every_password_keeps_the_rules() {
        let rules = Generate {
            length: Some(12),
            min_lower: Some(2),
            min_upper: Some(3),
            min_digits: Some(4),
            min_symbols: Some(2),
            symbols: Some("#%".into()),
        };
        let mut random = StdRng::seed_from_u64(7);
        for _ in 0..1_000 {
            let password = rules.password(&mut random);
            let count = |class: fn(char) -> bool| {
                password.expose_secret().chars().filter(|c| class(*c)).count()
            };
            assert_eq!(password.expose_secret().chars().count(), 12);
            assert!(count(|c| c.is_ascii_lowercase()) >= 2);
            assert!(count(|c| c.is_ascii_uppercase()) >= 3);
            assert!(count(|c| c.is_ascii_digit()) >= 4);
            assert!(count(|c| "#%".contains(c)) >= 2);
        }
    }

    #[test]
    fn the_built_in_rules_make_letters_and_digits() {
        let password = Generate::default().password(&mut StdRng::seed_from_u64(7));
        assert_eq!(password.expose_secret().len(), 24);
        assert!(password.expose_secret().chars().all(|c| c.is_ascii_alphanumeric()));
    }
}
