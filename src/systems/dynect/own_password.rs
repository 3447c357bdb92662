//! Replacing the password of the session's own user by the declared one.

use http::Method;
use secrecy::SecretString;

use super::call::Call;
use super::exchange::Auth;
use super::session::{LoggedIn, Open, Session};
use crate::remote::{Cause, Priority};
use crate::systems::failures::Failure;

impl Session {
    /// The password was refused: logs in with the previous one and, unless the own password is to be kept, makes the new one
    /// the user's password there, proves it by a fresh login, and ends the login with the previous one.
    pub(super) async fn log_in_with_previous(
        &self,
        previous: &SecretString,
        priority: Priority,
    ) -> Result<Open, Failure> {
        let old = match self.log_in(previous, priority).await? {
            LoggedIn::Yes(open) => open,
            LoggedIn::Refused { cause, text } => {
                let text = format!("neither the password nor the previous one is accepted: {text}");
                return Err(self.remember(cause, text));
            }
        };
        if self.config.keeps_own_password {
            return Ok(old);
        }
        let fresh = self.replace_password_as(&old, priority).await;
        self.end(&old.token, priority).await;
        fresh
    }

    async fn replace_password_as(&self, old: &Open, priority: Priority) -> Result<Open, Failure> {
        let call = change_password(&self.config.password);
        match Box::pin(self.exchange(&call, Auth::Token(&old.token), priority)).await {
            Ok(_) => {}
            Err(Failure::Final(error)) => {
                return Err(match error.cause() {
                    cause @ (Cause::Rejected | Cause::Forbidden) => self.remember(
                        cause,
                        format!(
                            "the previous password is accepted, but cannot be replaced: {}",
                            error.detail()
                        ),
                    ),
                    _ => Failure::Final(error),
                });
            }
            Err(failure) => return Err(failure.before_sending()),
        }
        tracing::info!(user = self.config.user_name, "changed the own password at DynECT");
        match self.log_in(&self.config.password, priority).await? {
            LoggedIn::Yes(open) => Ok(open),
            LoggedIn::Refused { cause, text } => Err(self.remember(
                cause,
                format!("the own password was replaced, and then the new one was refused: {text}"),
            )),
        }
    }
}

/// The request that changes the password of the session's own user.
pub(super) fn change_password(password: &SecretString) -> Call {
    Call::new("change the own password", Method::PUT, "/REST/Password/")
        .secret("password", password)
}
