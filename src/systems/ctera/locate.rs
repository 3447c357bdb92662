//! Where a user is in the portal, and that it is the one that is meant.

use percent_encoding::percent_decode_str;

use super::call::{Call, Shape};
use super::client::Client;
use super::config::Scope;
use super::object::Object;
use super::users::Place;
use super::{failure, shown};
use crate::remote::{Cause, RemoteError};
use crate::systems::http::segment;

/// Characters that do not survive on the way: servers and gateways read them as parts of the address.
const UNUSABLE: [char; 5] = ['/', '\\', '%', '#', '?'];

/// What is at the place where a user should be.
pub(super) enum Located {
    /// The user itself.
    Here(Object),
    /// Nobody, or another user.
    Elsewhere,
}

/// Which tenant something is from that the portal shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    /// The one that the session is to be in.
    Here,
    /// This one, so the session is there too.
    Elsewhere(String),
    /// It does not say; the session can be asked.
    Unsaid,
}

impl Scope {
    /// Which tenant this object is from. Administrators of the whole system are from none.
    pub(super) fn origin(&self, object: &Object) -> Origin {
        match (self.tenant(), tenant_of(object)) {
            (Some(tenant), Some(seen)) if tenant == seen => Origin::Here,
            (_, Some(seen)) => Origin::Elsewhere(seen),
            (Some(_), None) => Origin::Unsaid,
            (None, None) => Origin::Here,
        }
    }
}

/// The path of a local user; `None` for a name that cannot be in one.
pub(super) fn local_path(name: &str) -> Option<String> {
    is_usable(name).then(|| format!("/users/{}", segment(name)))
}

/// The path of all users of a place.
pub(super) fn users_path(operation: &'static str, place: &Place) -> Result<String, RemoteError> {
    match place {
        Place::Local => Ok("/users".to_owned()),
        Place::Directory { domain } if is_usable(domain) => {
            Ok(format!("/domains/{}/adUsers", segment(domain)))
        }
        Place::Directory { domain } => Err(unusable(operation, "a directory", domain)),
    }
}

/// The path of one user.
pub(super) fn user_path(
    operation: &'static str,
    place: &Place,
    name: &str,
) -> Result<String, RemoteError> {
    let users = users_path(operation, place)?;
    check_name(operation, name)?;
    Ok(format!("{users}/{}", segment(name)))
}

/// Refuses a name that cannot be in an address.
pub(super) fn check_name(operation: &'static str, name: &str) -> Result<(), RemoteError> {
    if is_usable(name) { Ok(()) } else { Err(unusable(operation, "a user", name)) }
}

/// The name that an object has, if it is a whole user.
pub(super) fn own_name(user: &Object) -> Option<&str> {
    user.text("uid").filter(|uid| !uid.is_empty())?;
    user.text("name")
}

impl Client {
    /// Reads the whole user at this name, and proves that it is the one with this uid, in the session's tenant.
    pub(super) async fn locate(
        &self,
        operation: &'static str,
        (place, uid, name): (&Place, &str, &str),
    ) -> Result<Located, RemoteError> {
        let call = Call::get(operation, user_path(operation, place, name)?, Shape::Object);
        let mut selected_again = false;
        loop {
            let user = match self.call(&call).await {
                Ok(value) => value.as_object().cloned(),
                Err(error) if error.cause() == Cause::NotFound => return Ok(Located::Elsewhere),
                Err(error) => return Err(error),
            };
            let user = user.filter(|user| own_name(user).is_some());
            let Some(user) = user else {
                let text = "the reply does not hold a user";
                return Err(failure(operation, Cause::Malformed, text));
            };
            if user.text("uid") != Some(uid) {
                return Ok(Located::Elsewhere);
            }
            // The object itself says which tenant it is from; what does not say so has to be asked for.
            let seen = match (self.session.config.scope.tenant(), tenant_of(&user)) {
                (Some(tenant), Some(seen)) => (tenant != seen).then_some(seen),
                _ => self.seen_elsewhere(operation).await?,
            };
            match seen {
                None => return Ok(Located::Here(user)),
                Some(seen) if selected_again => {
                    let seen = shown(&seen);
                    let text = format!("wrong tenant: the user is in `{seen}`; nothing was done");
                    return Err(failure(operation, Cause::Forbidden, text));
                }
                Some(seen) => self.select_again(operation, &seen).await?,
            }
            selected_again = true;
        }
    }
}

/// The tenant in the object's own reference, `objs/UID/TENANT/CLASS/NAME/MORE`.
fn tenant_of(user: &Object) -> Option<String> {
    let mut parts = user.text("baseObjectRef")?.split('/');
    let (objs, uid, tenant) = (parts.next()?, parts.next()?, parts.next()?);
    let is_usable = objs == "objs" && Some(uid) == user.text("uid") && parts.next().is_some();
    let tenant = percent_decode_str(tenant).decode_utf8().ok()?;
    (is_usable && !tenant.is_empty()).then(|| tenant.into_owned())
}

fn is_usable(name: &str) -> bool {
    let is_usable = |letter: char| !letter.is_control() && !UNUSABLE.contains(&letter);
    !matches!(name, "" | "." | "..") && name.chars().all(is_usable)
}

fn unusable(operation: &'static str, what: &str, name: &str) -> RemoteError {
    let name = shown(&name.escape_debug().to_string());
    let text = format!(
        "`{name}` cannot be the name of {what}: it must not be empty, `.` or `..`, nor hold control characters or any of / \\ % # ?"
    );
    failure(operation, Cause::Rejected, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::systems::ctera::object::Value;

    #[test]
    fn a_name_is_one_segment_of_the_path_or_refused() {
        let directory = Place::Directory { domain: "acme.example".to_owned() };
        let path = |place, name| user_path("look", place, name).ok();
        assert_eq!(path(&Place::Local, "dana").as_deref(), Some("/users/dana"));
        assert_eq!(
            path(&directory, "d a;ä+&'@x").as_deref(),
            Some("/domains/acme.example/adUsers/d%20a%3B%C3%A4%2B%26%27%40x")
        );
        for name in ["", ".", "..", "a/b", "a\\b", "a%20b", "a#b", "a?b", "a\nb", "a\u{85}b"] {
            let error = user_path("look", &Place::Local, name).unwrap_err();
            assert_eq!(error.cause(), Cause::Rejected, "{name}");
            let directory = Place::Directory { domain: name.to_owned() };
            assert!(users_path("look", &directory).is_err(), "{name}");
        }
        assert_eq!(path(&Place::Local, "...").as_deref(), Some("/users/..."));
    }

    #[test]
    fn a_reference_names_its_tenant_or_says_nothing() {
        let tenant = |reference: &str| {
            let user = Object::new(None).with("uid", Value::text("4711"));
            tenant_of(&user.with("baseObjectRef", Value::text(reference)))
        };
        assert_eq!(tenant("objs/4711/acme/PortalUser/dana").as_deref(), Some("acme"));
        assert_eq!(tenant("objs/4711/a%20b/ADUser/dana/acme.example").as_deref(), Some("a b"));
        for reference in [
            "",
            "objs/4711",
            "objs/4711/acme",
            "objs/1/acme/PortalUser/dana",
            "objs/4711//PortalUser/dana",
        ] {
            assert_eq!(tenant(reference), None, "{reference}");
        }
    }
}
