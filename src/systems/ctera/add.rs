//! Adding a user exactly once, although a reply can get lost.

use super::call::{Call, MethodType, Shape};
use super::client::{Client, refuse_empty};
use super::locate::check_name;
use super::object::{Object, Value};
use super::users::{Absence, NewUser, Place, User};
use super::{failure, shown};
use crate::remote::{Cause, RemoteError};

const ADD: &str = "add a user";

impl Client {
    /// See [`Client::add_user`].
    pub(super) async fn add(
        &self,
        new: &NewUser<'_>,
        absence: Absence,
    ) -> Result<User, RemoteError> {
        check_name(ADD, new.name)?;
        refuse_empty(ADD, new.password)?;
        let call = request(new);
        call.check()?;
        match absence {
            Absence::Proven => self.prove_tenant(ADD).await?,
            // Whoever finds nobody has just proven the tenant too.
            Absence::Unproven => {
                if self.find_by_name(&Place::Local, new.name).await?.is_some() {
                    return Err(taken(new.name));
                }
            }
        }
        let mut pauses = self.pauses();
        let mut is_doubtful = false;
        loop {
            let Err(error) = self.call(&call).await else {
                return self.added(new).await;
            };
            match error.cause() {
                Cause::OutcomeUnknown => {
                    is_doubtful = true;
                    let looked = self.look_for(new).await;
                    match looked.map_err(|below| unknown(new.name, below))? {
                        Some(user) if new.is(&user) => return Ok(user),
                        Some(_) => return Err(taken(new.name)),
                        None => {
                            // It is proven that nothing was added, so it may be sent again.
                            let Some(pause) = pauses.next() else {
                                return Err(unknown(new.name, error));
                            };
                            tokio::time::sleep(pause).await;
                            self.prove_tenant(ADD).await?;
                        }
                    }
                }
                Cause::Rejected | Cause::Conflict | Cause::NotFound => {
                    return self.refused(new, error, is_doubtful).await;
                }
                _ if is_doubtful => return Err(unknown(new.name, error)),
                _ => return Err(error),
            }
        }
    }

    /// The user that was just added. The reply's form is not documented, so the user itself is asked for.
    async fn added(&self, new: &NewUser<'_>) -> Result<User, RemoteError> {
        match self.look_for(new).await {
            Ok(Some(user)) => Ok(user),
            Ok(None) => {
                let text = "the portal said that it added the user and then does not show it";
                Err(unknown(new.name, failure(ADD, Cause::Malformed, text)))
            }
            Err(error) => Err(unknown(new.name, error)),
        }
    }

    /// Looks for the user after it was, or may have been, added. A page of somebody else is not put up with at once,
    /// because what is not found out now stays unknown.
    async fn look_for(&self, new: &NewUser<'_>) -> Result<Option<User>, RemoteError> {
        let mut pauses = self.pauses();
        loop {
            let looked = self.find_by_name(&Place::Local, new.name).await;
            let pause = match &looked {
                Err(error) if error.cause() == Cause::Malformed => pauses.next(),
                Ok(_) | Err(_) => None,
            };
            match pause {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return looked,
            }
        }
    }

    /// The status of a refusal does not say why; whether the name is taken does.
    async fn refused(
        &self,
        new: &NewUser<'_>,
        error: RemoteError,
        is_doubtful: bool,
    ) -> Result<User, RemoteError> {
        match self.find_by_name(&Place::Local, new.name).await {
            Ok(Some(user)) if is_doubtful && new.is(&user) => Ok(user),
            Ok(Some(_)) => Err(taken(new.name).caused_by(error)),
            Err(below) if is_doubtful => Err(unknown(new.name, below)),
            Err(_) if error.cause() == Cause::Conflict => Err(taken(new.name).caused_by(error)),
            Ok(None) | Err(_) => Err(failure(ADD, Cause::Rejected, error.detail())),
        }
    }
}

fn request(new: &NewUser<'_>) -> Call {
    let NewUser {
        name,
        email,
        first_name,
        last_name,
        password,
        role,
        company,
        comment,
        require_password_change_on,
    } = *new;
    let optional = |text: Option<&str>| text.map_or(Value::Null, Value::text);
    let mut user = Object::new(Some("PortalUser"))
        .with("name", Value::text(name))
        .with("email", Value::text(email))
        .with("firstName", Value::text(first_name))
        .with("lastName", Value::text(last_name))
        .with("password", Value::Secret(password.clone()))
        .with("role", Value::text(role))
        .with("company", optional(company))
        .with("comment", optional(comment));
    if let Some(date) = require_password_change_on {
        user.set("requirePasswordChangeOn", Value::text(date));
    }
    let user = Value::Object(user);
    Call::invoke(ADD, "/users", (MethodType::Db, "add"), user, Shape::Text)
        .not_repeatable()
        .takes_name()
        .needs("canManageUsers")
}

fn taken(name: &str) -> RemoteError {
    let name = shown(name);
    failure(ADD, Cause::Conflict, format!("there is a user `{name}` already"))
}

fn unknown(name: &str, below: RemoteError) -> RemoteError {
    let name = shown(name);
    let text =
        format!("it is not known whether the user `{name}` exists now; look for it at the portal");
    failure(ADD, Cause::OutcomeUnknown, text).caused_by(below)
}
