//! Digests that tell whether a secret changed, and nothing else about it.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretSlice};
use sha2::Sha256;

use crate::plan::{Marker, ObjectName};

/// The random key of one installation. Without it, markers cannot be made or compared. Clones share its memory.
#[derive(Clone)]
pub struct MarkerKey(Arc<SecretSlice<u8>>);

impl MarkerKey {
    /// The length of a new key in bytes: the block that the digest works with.
    pub const LENGTH: usize = 32;

    /// A key from its bytes.
    #[must_use]
    pub fn new(bytes: [u8; Self::LENGTH]) -> Self {
        Self(Arc::new(SecretSlice::from(bytes.to_vec())))
    }

    /// HMAC-SHA-256 over the object, the field and the value. Equal values of two objects give different markers, so
    /// that nobody can see who shares a password with whom.
    #[must_use]
    pub fn mark(&self, object: &ObjectName, field: &str, value: &str) -> Marker {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.0.expose_secret()) else {
            // HMAC takes keys of every length.
            unreachable!()
        };
        for part in [object.kind, &object.namespace, &object.name, field, value] {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        Marker::new(BASE64_STANDARD_NO_PAD.encode(mac.finalize().into_bytes()))
    }

    /// Tells one key from another, and nothing else about it.
    #[must_use]
    pub fn identity(&self) -> String {
        let nothing = ObjectName { kind: "", namespace: String::new(), name: String::new() };
        self.mark(&nothing, "identity of the key", "").as_str().to_owned()
    }
}

impl fmt::Debug for MarkerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MarkerKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(name: &str) -> ObjectName {
        ObjectName { kind: "UpdateUser", namespace: "default".into(), name: name.into() }
    }

    #[test]
    fn a_marker_depends_on_the_key_the_object_the_field_and_the_value() {
        let (key, other) = (MarkerKey::new([1; 32]), MarkerKey::new([2; 32]));
        let marker = key.mark(&object("a"), "password", "secret");
        assert_eq!(marker, key.mark(&object("a"), "password", "secret"));
        for different in [
            other.mark(&object("a"), "password", "secret"),
            key.mark(&object("b"), "password", "secret"),
            key.mark(&object("a"), "passwords", "ecret"),
            key.mark(&object("a"), "password", "other"),
        ] {
            assert_ne!(marker, different);
        }
        assert!(!marker.as_str().contains("secret"));
    }

    #[test]
    fn a_key_is_told_from_another_by_its_identity() {
        let (key, other) = (MarkerKey::new([1; 32]), MarkerKey::new([2; 32]));
        assert_eq!(key.identity(), key.clone().identity());
        assert_ne!(key.identity(), other.identity());
        // It is written down, so it must not change between versions.
        assert_eq!(key.identity(), "B1LhF3qZW2A/Zv+9RfGsNeVtIzKxD8AMCxEuFelmek0");
    }
}
