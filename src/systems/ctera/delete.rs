//! Deleting a user, which deletes its folders too: only the one that is meant.

use super::call::{Call, MethodType, Shape};
use super::client::Client;
use super::locate::{Located, user_path};
use super::object::Value;
use super::users::Place;
use super::{failure, shown};
use crate::remote::{Cause, RemoteError};

const DELETE: &str = "delete a user";

impl Client {
    /// See [`Client::delete_user`].
    pub(super) async fn delete(
        &self,
        place: &Place,
        uid: &str,
        name: &str,
    ) -> Result<(), RemoteError> {
        user_path(DELETE, place, name)?;
        let _alone = self.session.alone_with(uid).await;
        let mut at = name.to_owned();
        let mut pauses = self.pauses();
        let mut moves = 0;
        loop {
            let located = self.locate(DELETE, (place, uid, &at)).await?;
            let error = match located {
                Located::Here(_) => match self.call(&request(place, &at)?).await {
                    Ok(_) => return Ok(()),
                    Err(error) => error,
                },
                Located::Elsewhere => {
                    let Some(user) = self.find_by_uid(place, uid).await? else {
                        return Ok(());
                    };
                    moves += 1;
                    if moves > 2 {
                        let text = "the user is found by its uid and not by its name";
                        return Err(failure(DELETE, Cause::Malformed, text));
                    }
                    at = user.name;
                    continue;
                }
            };
            let is_doubtful = error.cause() == Cause::OutcomeUnknown;
            if is_doubtful || matches!(error.cause(), Cause::NotFound | Cause::Rejected) {
                match self.find_by_uid(place, uid).await {
                    Ok(None) => return Ok(()),
                    Ok(Some(user)) => at = user.name,
                    Err(below) if is_doubtful => return Err(unknown(&at, below)),
                    Err(_) => return Err(error),
                }
            }
            let may_repeat = is_doubtful
                || matches!(
                    error.cause(),
                    Cause::Unreachable | Cause::NotFound | Cause::Throttled { .. }
                );
            match pauses.next() {
                Some(pause) if may_repeat => tokio::time::sleep(pause).await,
                _ => return Err(error),
            }
        }
    }
}

/// The portal's word for "with everything that belongs to it" is `true`.
fn request(place: &Place, name: &str) -> Result<Call, RemoteError> {
    let path = user_path(DELETE, place, name)?;
    let method = (MethodType::UserDefined, "delete");
    let call = Call::invoke(DELETE, path, method, Value::text("true"), Shape::Anything);
    Ok(call.fresh().needs("canManageUsers"))
}

fn unknown(name: &str, below: RemoteError) -> RemoteError {
    let name = shown(name);
    let text = format!("it is not known whether the user `{name}` was deleted");
    failure(DELETE, Cause::OutcomeUnknown, text).caused_by(below)
}
