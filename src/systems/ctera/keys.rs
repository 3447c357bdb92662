//! S3 credentials of a user.

use secrecy::SecretString;

/// A key pair, as the portal lists it: without its secret half.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    pub uid: String,
    pub access_key: String,
    pub activated: bool,
}

/// A key pair that was just made. The portal shows the secret half this once.
#[derive(Debug, Clone)]
pub struct NewApiKey {
    pub access_key: String,
    pub secret_key: SecretString,
}
