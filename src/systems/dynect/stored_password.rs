//! Passwords that were stored encrypted by the vendor's Python library.

use aes::Aes256;
use aes::cipher::{Block, BlockModeDecrypt, KeyIvInit};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use thiserror::Error;
use zeroize::{Zeroize, Zeroizing};

/// The block of AES, and the length of the initialisation vector.
const BLOCK: usize = 16;
/// The block that the library pads to.
const PADDED_BLOCK: usize = 32;

/// Why a stored password cannot be opened. Shows neither the password nor the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum StoredPasswordError {
    #[error("the encrypted password is not base64")]
    NotBase64,
    #[error(
        "the encrypted password must be an initialisation vector of 16 bytes and one or more blocks of 16 bytes"
    )]
    WrongLength,
    #[error("the encrypted password cannot be opened with this key")]
    WrongKey,
}

/// Opens a password in the form of the vendor's library: base64 of a 16 byte initialisation vector and the AES-256-CBC
/// ciphertext. The AES key is the SHA-256 digest of the key's text. The padding is PKCS#7 to 32 bytes, as the library
/// writes it, or to 16, as others do.
///
/// The form has no checksum: a wrong key is noticed by its padding, so about one in 250 goes unnoticed here and shows
/// as a refused login.
///
/// # Errors
/// What is wrong with the stored text or the key.
pub fn open_stored_password(
    stored: &SecretString,
    key: &SecretString,
) -> Result<SecretString, StoredPasswordError> {
    let sealed = BASE64_STANDARD
        .decode(stored.expose_secret().trim())
        .map_err(|_| StoredPasswordError::NotBase64)?;
    let Some((vector, sealed)) = sealed.split_first_chunk::<BLOCK>() else {
        return Err(StoredPasswordError::WrongLength);
    };
    let (blocks, rest) = sealed.as_chunks::<BLOCK>();
    if blocks.is_empty() || !rest.is_empty() {
        return Err(StoredPasswordError::WrongLength);
    }

    let mut digest = Sha256::digest(key.expose_secret());
    let mut cipher = cbc::Decryptor::<Aes256>::new(&digest, vector.into());
    digest.zeroize();
    let mut plain = Zeroizing::new(Vec::with_capacity(sealed.len()));
    for block in blocks {
        let mut block = Block::<Aes256>::from(*block);
        cipher.decrypt_block(&mut block);
        plain.extend_from_slice(&block);
        block.zeroize();
    }

    let text = unpadded(&plain).ok_or(StoredPasswordError::WrongKey)?;
    let text = std::str::from_utf8(text).map_err(|_| StoredPasswordError::WrongKey)?;
    Ok(text.into())
}

/// Without the PKCS#7 padding; `None` if there is none.
fn unpadded(plain: &[u8]) -> Option<&[u8]> {
    let count = usize::from(*plain.last()?);
    let longest = if plain.len().is_multiple_of(PADDED_BLOCK) { PADDED_BLOCK } else { BLOCK };
    let (text, padding) = plain.split_at_checked(plain.len().checked_sub(count)?)?;
    let is_padding =
        (1..=longest).contains(&count) && padding.iter().all(|byte| usize::from(*byte) == count);
    is_padding.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    // Sealed by OpenSSL with the SHA-256 digest of this key and the bytes 0 to 15 as the initialisation vector.
    const KEY: &str = "ein Schlüssel";

    fn open(stored: &str) -> Result<String, StoredPasswordError> {
        open_stored_password(&stored.into(), &KEY.into())
            .map(|password| password.expose_secret().to_owned())
    }

    #[test]
    fn both_paddings_are_opened() {
        for (stored, password) in [
            ("AAECAwQFBgcICQoLDA0ODx6jR7VBQaX2zb1BlE6hB6OWrG0lqXcniWOgq7k2YEbC", "s3cret"),
            ("AAECAwQFBgcICQoLDA0OD5tt00RrF5YvmdSUczEMIK0=", "s3cret"),
            (
                "AAECAwQFBgcICQoLDA0OD+wS7hB3J0yRXLOeX5bW5K3zKC8hi7AJ5ZbAq9C8dii/8CtVHTTp9sw+fE0DpfpkYqf+HcIRK3n+gX/nqrwHcNg=",
                "0123456789abcdef0123456789abcdef",
            ),
            ("AAECAwQFBgcICQoLDA0ODzu6FfbQJLuQxtYqtirHqgA3CqUh/yc34AEc49bLnxNp", "pässwörd-of-16"),
            ("AAECAwQFBgcICQoLDA0OD6Z1Pn1kCviyRs6Moc3nkBo=", ""),
            ("\n AAECAwQFBgcICQoLDA0OD5tt00RrF5YvmdSUczEMIK0=\n", "s3cret"),
        ] {
            assert_eq!(open(stored).as_deref(), Ok(password), "{stored}");
        }
    }

    #[test]
    fn what_is_not_in_this_form_is_refused() {
        for stored in ["%%%", "s3cret", "AAECAwQFBgcICQoLDA0OD5tt00RrF5Yv…"] {
            assert_eq!(open(stored), Err(StoredPasswordError::NotBase64), "{stored}");
        }
        for stored in ["", "AAEC", "AAECAwQFBgcICQoLDA0ODw==", "AAECAwQFBgcICQoLDA0OD5tt00Rr"] {
            assert_eq!(open(stored), Err(StoredPasswordError::WrongLength), "{stored}");
        }
    }

    #[test]
    fn a_wrong_key_is_noticed_by_what_it_makes() {
        for (stored, what) in [
            ("AAECAwQFBgcICQoLDA0ODwvbCWV+QbPRQ3OphEALmsQ=", "a padding of nothing"),
            ("AAECAwQFBgcICQoLDA0OD7pg+AuOYrUFR4kysmdNMcQ=", "a padding of unequal bytes"),
            (
                "AAECAwQFBgcICQoLDA0OD+69aEeKvXcWU/NVr+3iYx5i/LKjikzHnRpAcCz8Tc9ZiqwmW8yVcPqaN9l8spEOmA==",
                "17 bytes of padding in three blocks of 16",
            ),
            (
                "AAECAwQFBgcICQoLDA0OD+69aEeKvXcWU/NVr+3iYx4nEcRYDDFhtZVxvWpKFV3liKhAhb/uE1cXR0GikTYCls4+2vporoiNfyIT9uQPjF0=",
                "33 bytes of padding",
            ),
            ("AAECAwQFBgcICQoLDA0ODyZIDr4RBs9kh8UMj2x6GBk=", "bytes that are no text"),
        ] {
            assert_eq!(open(stored), Err(StoredPasswordError::WrongKey), "{what}");
        }
        let stored = "AAECAwQFBgcICQoLDA0OD5tt00RrF5YvmdSUczEMIK0=".into();
        let opened = open_stored_password(&stored, &"another key".into());
        assert_eq!(opened.unwrap_err(), StoredPasswordError::WrongKey);
    }
}
