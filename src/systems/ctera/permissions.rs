//! What the session's user may do.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::call::{Call, Shape};
use super::client::Client;
use super::object::Object;
use super::session::Open;
use crate::remote::{Cause, RemoteError};

/// The settings of the own role. Where the portal shows none, no restriction is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Permissions {
    /// Everything is allowed.
    pub is_super_user: bool,
    /// Permissions by the portal's names, such as `canManageUsers`.
    pub names: BTreeMap<String, bool>,
}

impl Permissions {
    fn read(settings: &Object) -> Self {
        let flag = |id: &str| match settings.text(id) {
            Some("true") => Some((id.to_owned(), true)),
            Some("false") => Some((id.to_owned(), false)),
            _ => None,
        };
        let names: BTreeMap<String, bool> = settings.ids().filter_map(flag).collect();
        Self { is_super_user: names.get("superUser") == Some(&true), names }
    }

    /// Whether the user holds this permission, for example `canManageUsers`. `true` for one that the portal does not show.
    #[must_use]
    pub fn allows(&self, name: &str) -> bool {
        self.is_super_user || self.names.get(name).copied().unwrap_or(true)
    }
}

impl Client {
    /// See [`Client::permissions`].
    pub(super) async fn read_permissions(&self) -> Result<Arc<Permissions>, RemoteError> {
        self.session.log_in_now(self.priority).await?;
        let Some(open) = self.session.current() else {
            return Ok(Arc::default());
        };
        if let Some(known) = open.permissions.get() {
            return Ok(Arc::clone(known));
        }
        let permissions = match settings_of(&open) {
            None => Permissions::default(),
            Some(key) => {
                let path = format!("/rolesSettings/{key}");
                let call = Call::get("read the permissions", path, Shape::Object);
                match self.call(&call).await {
                    Ok(value) => value.as_object().map(Permissions::read).unwrap_or_default(),
                    // A portal that does not show them does not say that anything is forbidden.
                    Err(error)
                        if matches!(
                            error.cause(),
                            Cause::NotFound | Cause::Rejected | Cause::Forbidden
                        ) =>
                    {
                        Permissions::default()
                    }
                    Err(error) => return Err(error),
                }
            }
        };
        let permissions = Arc::new(permissions);
        // If the session was replaced meanwhile, its successor has the same user and role.
        let open = self.session.current().unwrap_or(open);
        Ok(Arc::clone(open.permissions.get_or_init(|| permissions)))
    }
}

/// Where the settings of the session's role are. A role that nobody knows has none, and the settings of a tenant say
/// nothing about an administrator from outside.
fn settings_of(open: &Open) -> Option<&'static str> {
    match open.role.as_deref() {
        _ if open.is_visitor => None,
        Some("ReadWriteAdmin") => Some("readWriteAdminSettings"),
        Some("ReadOnlyAdmin") => Some("readOnlyAdminSettings"),
        Some("Support") => Some("supportAdminSettings"),
        Some(_) | None => None,
    }
}
