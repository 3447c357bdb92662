//! The key of the markers: one Secret in the operator's own namespace, made at the first start.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use kube::api::{ObjectMeta, PostParams};
use kube::{Api, Client};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::kinds::common::MarkerKey;

/// The name of the Secret.
pub const SECRET: &str = "roster-marker-key";
const KEY: &str = "key";

/// Why there is no key.
#[derive(Debug, Error)]
pub enum MarkerKeyError {
    #[error(
        "cannot {operation} the Secret {namespace}/{SECRET}, which holds the installation's marker key"
    )]
    Api { operation: &'static str, namespace: String, source: Box<kube::Error> },
    #[error(
        "the Secret {namespace}/{SECRET} does not hold a marker key; restore it, or delete it to begin with a new one"
    )]
    Malformed { namespace: String },
}

/// The key of this installation. Made if there is none; another process that makes one at the same time wins or loses
/// as a whole.
///
/// With a new key the digests of the old one mean nothing: values that cannot be read at the remote system are then
/// written when their source changes, and not before.
pub async fn load(client: &Client, namespace: &str) -> Result<MarkerKey, MarkerKeyError> {
    let api: Api<Secret> = Api::namespaced(client.clone(), namespace);
    let failed = |operation| {
        move |source| {
            let namespace = namespace.to_owned();
            MarkerKeyError::Api { operation, namespace, source: Box::new(source) }
        }
    };
    if let Some(secret) = api.get_opt(SECRET).await.map_err(failed("read"))? {
        return parse(secret, namespace);
    }
    let bytes = Zeroizing::new(rand::random::<[u8; MarkerKey::LENGTH]>());
    let secret = Secret {
        metadata: ObjectMeta { name: Some(SECRET.to_owned()), ..ObjectMeta::default() },
        type_: Some("Opaque".to_owned()),
        data: Some(
            [(KEY.to_owned(), ByteString(BASE64_STANDARD.encode(*bytes).into_bytes()))].into(),
        ),
        ..Secret::default()
    };
    match api.create(&PostParams::default(), &secret).await {
        Ok(_) => Ok(MarkerKey::new(*bytes)),
        Err(kube::Error::Api(status)) if status.is_already_exists() => {
            parse(api.get(SECRET).await.map_err(failed("read"))?, namespace)
        }
        Err(error) => Err(failed("create")(error)),
    }
}

fn parse(secret: Secret, namespace: &str) -> Result<MarkerKey, MarkerKeyError> {
    let value = secret.data.unwrap_or_default().remove(KEY).map(|value| Zeroizing::new(value.0));
    let bytes = value.and_then(|value| BASE64_STANDARD.decode(&*value).ok()).map(Zeroizing::new);
    let key = bytes.and_then(|bytes| <[u8; MarkerKey::LENGTH]>::try_from(&bytes[..]).ok());
    let malformed = || MarkerKeyError::Malformed { namespace: namespace.to_owned() };
    key.map(MarkerKey::new).ok_or_else(malformed)
}
