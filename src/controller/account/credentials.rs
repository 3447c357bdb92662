//! The credentials of an account that was looked at: where they go, and what of them is no longer asked for.

use std::sync::Arc;

use super::Turn;
use super::begin::PASSWORD;
use super::prepare::After;
use crate::controller::error::{Error, chain};
use crate::controller::output::{self, Content, Credentials, WriteError};
use crate::controller::sessions::OpenSession;
use crate::kinds::AccountResource;
use crate::kinds::access_keys::KeysReport;
use crate::kinds::common::Keeping;
use crate::plan::{Account, Reason};
use crate::remote::Retry;
use crate::sync::Outcome;

/// What came of keeping the credentials.
#[derive(Debug, Clone)]
pub(super) enum Kept {
    /// Nothing is to be kept, and no password is managed.
    Nothing,
    Done,
    Failed {
        reason: Reason,
        message: String,
        retry: Retry,
    },
}

impl Kept {
    /// The same with what came of the access keys. What is wrong with the password is said first.
    pub fn and_keys<E>(&self, keys: Option<&KeysReport<E>>) -> Self {
        match (self, keys) {
            (Self::Failed { .. }, _) | (_, None) => self.clone(),
            (Self::Nothing | Self::Done, Some(keys)) => match &keys.problem {
                Some((reason, message)) => {
                    let retry = keys.retry.unwrap_or(Retry::Backoff);
                    Self::Failed { reason: *reason, message: message.clone(), retry }
                }
                None => Self::Done,
            },
        }
    }
}

impl<K: AccountResource> Turn<'_, K> {
    /// Writes the output Secret with the credentials that log in now.
    pub(super) async fn keep_credentials(
        &self,
        open: &Arc<OpenSession>,
        after: &After,
        outcome: &Outcome<K::Account>,
        observed: Option<&<K::Account as Account>::Observed>,
    ) -> Result<Kept, Error> {
        let shared = &self.kind.shared;
        let (Some(keeping), Some(owner)) = (&after.keeping, &after.owner) else {
            self.remove_old_output(after).await?;
            let managed = self.object.password().is_some();
            return Ok(if managed { Kept::Done } else { Kept::Nothing });
        };
        let (Some(key), None) = (&outcome.key, &outcome.problem) else { return Ok(Kept::Nothing) };
        let sent = outcome.written.contains(&PASSWORD);
        let mut credentials = known(keeping, &self.object.login_name(key), after, sent);
        if !keeping.is_in_use(sent, outcome.reason) {
            let shown = observed.and_then(K::shown_password);
            let password = match (shown, K::client(&open.system)) {
                (Some(shown), _) => Ok(shown),
                (None, Some(client)) => K::read_password(&client, key).await,
                (None, None) => return Ok(Kept::Nothing),
            };
            match password {
                Ok(password) => credentials.password = Some(password),
                Err(error) => {
                    let message = format!("the password cannot be kept: {}", chain(&error));
                    let (reason, retry) = (error.reason(), error.retry());
                    return Ok(Kept::Failed { reason, message, retry });
                }
            }
            credentials.generated_at = None;
        }
        let output = &keeping.output;
        match output::write(shared, owner, output, &credentials).await {
            Ok(()) => {
                self.remove_old_output(after).await?;
                Ok(Kept::Done)
            }
            Err(error @ WriteError::Foreign(_)) => {
                let (reason, message) = (Reason::SecretConflict, error.to_string());
                Ok(Kept::Failed { reason, message, retry: Retry::WhenChanged })
            }
            Err(WriteError::Api(error)) => Err(error),
        }
    }

    /// Removes the Secret of before, once the credentials are in the one that is asked for now.
    async fn remove_old_output(&self, after: &After) -> Result<(), Error> {
        match (&after.owner, self.old_output()) {
            (Some(owner), Some(old)) => {
                output::remove(&self.kind.shared, owner, Content::Login, &old).await
            }
            (None, _) | (_, None) => Ok(()),
        }
    }

    /// The Secret that credentials were written to before, if it is no longer the one that is asked for.
    fn old_output(&self) -> Option<String> {
        let before = self.object.account_status()?.output_secret.clone()?;
        let now = self.object.output_secret().map(|output| output.name.as_str());
        (now != Some(before.as_str())).then_some(before)
    }
}

/// The credentials as far as they are known without the remote system.
fn known(keeping: &Keeping, user_name: &str, after: &After, sent: bool) -> Credentials {
    let kept = keeping.credentials(Some(user_name));
    Credentials {
        user_name: kept.user_name,
        password: kept.password,
        generated_at: kept.generated_at,
        rotated_for: after.rotate.clone().filter(|_| sent),
    }
}
