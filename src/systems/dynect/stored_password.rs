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
