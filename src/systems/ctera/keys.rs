//! S3 credentials of a user.

use secrecy::SecretString;

use super::call::{Call, MethodType, Shape};
use super::client::Client;
use super::failure;
use super::object::Value;
use crate::remote::{Cause, RemoteError};

const LIST: &str = "list S3 credentials";
const CREATE: &str = "create S3 credentials";
const DELETE: &str = "delete S3 credentials";

/// How many key pairs a user can have (vendor documentation).
const MOST_KEYS: usize = 100;

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

impl Client {
    /// See [`Client::list_keys`].
    pub(super) async fn keys(&self, user_uid: &str) -> Result<Vec<ApiKey>, RemoteError> {
        let call = request(LIST, "getApiKeys", user_uid, Shape::List);
        let reply = match self.call(&call).await {
            Err(error) if error.cause() == Cause::NotFound => {
                // Believed only in the right tenant.
                let Some(seen) = self.seen_elsewhere(LIST).await? else {
                    return Err(error);
                };
                self.select_again(LIST, &seen).await?;
                self.call(&call).await?
            }
            reply => reply?,
        };
        let keys = reply.as_list().and_then(|list| list.iter().map(key).collect());
        keys.ok_or_else(|| {
            failure(LIST, Cause::Malformed, "the reply does not hold what it should")
        })
    }

    /// See [`Client::create_key`].
    pub(super) async fn new_key(
        &self,
        user_uid: &str,
        before: &[String],
    ) -> Result<NewApiKey, RemoteError> {
        if before.len() >= MOST_KEYS {
            let text = format!(
                "the user has {} key pairs, and {MOST_KEYS} are the most; delete one",
                before.len()
            );
            return Err(failure(CREATE, Cause::Rejected, text));
        }
        let call = request(CREATE, "createApiKey", user_uid, Shape::Object)
            .not_repeatable()
            .needs("canManageUsers");
        let _alone = self.session.alone_with(user_uid).await;
        let mut is_second = false;
        loop {
            self.prove_tenant(CREATE).await?;
            let error = match self.call(&call).await {
                Ok(reply) => match new_key(&reply) {
                    Some(key) => return Ok(key),
                    None => failure(CREATE, Cause::Malformed, "the reply shows no key pair"),
                },
                Err(error) if error.cause() == Cause::OutcomeUnknown => error,
                Err(error) => return Err(error),
            };
            // The secret half of a pair whose reply was lost is lost too: such a pair is of use to nobody.
            self.take_back(user_uid, before).await?;
            if is_second {
                let text = "two replies were lost in a row; what they made was deleted again";
                return Err(failure(CREATE, Cause::Unreachable, text).caused_by(error));
            }
            is_second = true;
        }
    }

    /// Deletes the pair that a lost reply was about, if there is one.
    async fn take_back(&self, user_uid: &str, before: &[String]) -> Result<(), RemoteError> {
        // In another tenant nothing would be new.
        self.prove_tenant(CREATE).await.map_err(unknown)?;
        let now = self.keys(user_uid).await.map_err(unknown)?;
        let is_new = |key: &&ApiKey| !before.contains(&key.access_key);
        let mut new = now.iter().filter(is_new);
        match (new.next(), new.next()) {
            (None, _) => Ok(()),
            (Some(key), None) => self.drop_key(user_uid, &key.access_key).await.map_err(unknown),
            (Some(_), Some(_)) => {
                let text = "there are several new key pairs, and it cannot be told which one was made; none was deleted";
                Err(failure(CREATE, Cause::OutcomeUnknown, text))
            }
        }
    }

    /// See [`Client::delete_key`].
    pub(super) async fn drop_key(
        &self,
        user_uid: &str,
        access_key: &str,
    ) -> Result<(), RemoteError> {
        let mut pauses = self.pauses();
        let mut doubt: Option<RemoteError> = None;
        let mut selected_again = false;
        loop {
            let keys = match (self.keys(user_uid).await, &doubt) {
                (Ok(keys), _) => keys,
                (Err(below), Some(_)) => {
                    let text = "it is not known whether the key pair was deleted";
                    return Err(failure(DELETE, Cause::OutcomeUnknown, text).caused_by(below));
                }
                (Err(error), None) => return Err(error),
            };
            let key = keys.into_iter().find(|key| key.access_key == access_key);
            let key = match (key, doubt.take()) {
                (None, _) => match self.seen_elsewhere(DELETE).await? {
                    None => return Ok(()),
                    Some(seen) if !selected_again => {
                        selected_again = true;
                        self.select_again(DELETE, &seen).await?;
                        continue;
                    }
                    Some(_) => {
                        let text =
                            "wrong tenant: somebody else selects another one in this session";
                        return Err(failure(DELETE, Cause::Forbidden, text));
                    }
                },
                // A refusal counts as long as the pair is there.
                (Some(_), Some(error)) if error.cause() != Cause::OutcomeUnknown => {
                    return Err(error);
                }
                (Some(key), _) => key,
            };
            self.prove_tenant(DELETE).await?;
            let call = request(DELETE, "deleteApiKey", &key.uid, Shape::Anything)
                .not_repeatable()
                .needs("canManageUsers");
            let Err(error) = self.call(&call).await else {
                return Ok(());
            };
            match (error.cause(), pauses.next()) {
                (Cause::OutcomeUnknown | Cause::NotFound | Cause::Rejected, Some(pause)) => {
                    tokio::time::sleep(pause).await;
                    doubt = Some(error);
                }
                _ => return Err(error),
            }
        }
    }
}

fn request(operation: &'static str, method: &'static str, uid: &str, shape: Shape) -> Call {
    Call::invoke(operation, "", (MethodType::UserDefined, method), Value::text(uid), shape)
}

fn key(value: &Value) -> Option<ApiKey> {
    let key = value.as_object()?;
    let identity = |id| key.text(id).filter(|text| !text.is_empty()).map(str::to_owned);
    Some(ApiKey {
        uid: identity("uid")?,
        access_key: identity("accessKey")?,
        activated: key.text("activated") == Some("true"),
    })
}

fn new_key(value: &Value) -> Option<NewApiKey> {
    let key = value.as_object()?;
    let text = |id| key.text(id).filter(|text| !text.is_empty());
    Some(NewApiKey {
        access_key: text("accessKey")?.to_owned(),
        secret_key: text("secretKey")?.into(),
    })
}

fn unknown(below: RemoteError) -> RemoteError {
    let text = "a reply was lost, and it is not known whether there is a new key pair whose secret nobody has";
    failure(CREATE, Cause::OutcomeUnknown, text).caused_by(below)
}
