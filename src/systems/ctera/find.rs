//! Finding one user, and proving that there is none.

use super::call::{Call, MethodType, Shape};
use super::client::Client;
use super::failure;
use super::list::query;
use super::locate::{Origin, user_path, users_path};
use super::object::{Object, Value};
use super::users::{FIELDS, Place, User};
use crate::remote::{Cause, RemoteError};

const FIND: &str = "find a user";

/// What one look found.
enum Seen {
    User(Box<User>),
    /// Nobody, if the session is in its tenant.
    Nobody,
}

/// How often is looked while others who use the session select its tenant.
pub(super) const MOST_LOOKS: usize = 8;

/// What one look found, and where.
type Look = (Seen, Origin);

impl Client {
    /// See [`Client::find_user`].
    pub(super) async fn find_by_name(
        &self,
        place: &Place,
        name: &str,
    ) -> Result<Option<User>, RemoteError> {
        let fields: Vec<String> = FIELDS.iter().map(|field| format!("/{field}")).collect();
        let fields = Value::texts(fields.iter().map(String::as_str));
        let path = user_path(FIND, place, name)?;
        let call = Call::invoke(FIND, path, (MethodType::Db, "get-multi"), fields, Shape::Object);
        self.believe(|| self.look_by_name(&call, place)).await
    }

    async fn look_by_name(&self, call: &Call, place: &Place) -> Result<Look, RemoteError> {
        let reply = match self.call(call).await {
            Ok(reply) => reply,
            Err(error) if error.cause() == Cause::NotFound => {
                return Ok((Seen::Nobody, Origin::Unsaid));
            }
            Err(error) => return Err(error),
        };
        let user = reply.as_object().ok_or_else(malformed)?;
        match user.get("name") {
            // A missing user has every attribute, and every one is null.
            Some(Value::Null) if !matches!(user.get("uid"), Some(Value::Text(_))) => {
                Ok((Seen::Nobody, Origin::Unsaid))
            }
            _ => {
                let origin = self.session.config.scope.origin(user);
                let user = User::read(user, place).ok_or_else(malformed)?;
                Ok((Seen::User(Box::new(user)), origin))
            }
        }
    }

    /// See [`Client::find_user_by_uid`].
    pub(super) async fn find_by_uid(
        &self,
        place: &Place,
        uid: &str,
    ) -> Result<Option<User>, RemoteError> {
        let path = users_path(FIND, place)?;
        self.believe(|| self.look_by_uid(&path, place, uid)).await
    }

    async fn look_by_uid(&self, path: &str, place: &Place, uid: &str) -> Result<Look, RemoteError> {
        // The portal's own library chooses the filter by the type of the value, and uids are numbers.
        let is_number = !uid.is_empty() && uid.bytes().all(|byte| byte.is_ascii_digit());
        let filter = Object::new(Some(if is_number { "IntFilter" } else { "StringFilter" }))
            .with("field", Value::text("uid"))
            .with("restriction", Value::text("eq"))
            .with("value", Value::text(uid));
        let page = query(FIND, path, (0, 2), Some(filter));
        let page = self.page(&page, place).await?;
        match page.users.into_iter().find(|user| user.uid == uid) {
            Some(user) => Ok((Seen::User(Box::new(user)), page.origin)),
            None if page.rows == 0 && !page.has_more => Ok((Seen::Nobody, Origin::Unsaid)),
            // The portal did not filter, so that nothing follows from this.
            None => Err(malformed()),
        }
    }

    /// Believes that there is somebody or nobody only in the right tenant. If the session is in another one, the tenant is
    /// selected again, and the question asked once more.
    async fn believe<F>(&self, look: impl Fn() -> F) -> Result<Option<User>, RemoteError>
    where
        F: Future<Output = Result<Look, RemoteError>>,
    {
        let mut is_selected = false;
        for _ in 0..MOST_LOOKS {
            let since = self.session.selection();
            let (answer, origin) = match look().await {
                Ok((Seen::User(user), origin)) => (Ok(Some(*user)), origin),
                Ok((Seen::Nobody, _)) => (Ok(None), Origin::Unsaid),
                // No such directory; which is a matter of the tenant too.
                Err(error) if error.cause() == Cause::NotFound => (Err(error), Origin::Unsaid),
                Err(error) => return Err(error),
            };
            match self.read_where(FIND, origin, since).await? {
                Origin::Here => return answer,
                Origin::Elsewhere(_) if is_selected => break,
                Origin::Elsewhere(seen) => self.select_again(FIND, &seen).await?,
                Origin::Unsaid => continue,
            }
            is_selected = true;
        }
        let text = "wrong tenant: somebody else selects another one in this session";
        Err(failure(FIND, Cause::Forbidden, text))
    }
}

fn malformed() -> RemoteError {
    failure(FIND, Cause::Malformed, "the reply does not hold what it should")
}
