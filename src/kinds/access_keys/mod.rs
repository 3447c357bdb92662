//! Access keys: credentials that belong to an account apart from its password, such as S3 keys.
//!
//! Two things make them unlike a password. The remote system makes them, and shows the secret half once. And an account
//! can have several, among them some that people made and Roster knows nothing of.
//!
//! Therefore: what the account has is written down before a key is made ([`WriteAhead`]), and the new pair is in its
//! Secret before anything else happens. A crash between the two leaves one key whose secret half nobody has; the next run
//! knows it as the one that was not there before, and deletes it. A key that neither a Secret nor the status knows, and
//! that was there before, is never touched.
//!
//! [`step`] decides what one key needs, without I/O. [`keep_keys`] does it for all keys of an account, with a
//! [`KeyIssuer`] for the remote system and a [`KeyVault`] for the Secrets.

mod issuer;
mod keep;
mod spec;
mod step;
mod stored;
mod vault;

#[cfg(test)]
mod tests;

pub use issuer::{IssuedKey, KeyIssuer, NoKeys};
pub use keep::{KeysReport, Wish, keep_keys};
pub use spec::{AccessKey, AccessKeyStatus, KeyRotation, KeySecret, KeySecretKeys};
pub use step::{Step, Terms, step};
pub use stored::{EXACT_ANNOTATIONS, StoredKeys};
pub use vault::{Held, KeptKeys, KeyPair, KeyVault, WriteAhead};
