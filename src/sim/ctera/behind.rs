//! What can be done behind the clients' backs.

use serde_json::{Map, Value};
use thiserror::Error;

use super::node::{Node, Object};
use super::portal::Taken;
use super::state::State;
use super::user::{FIXED, Place, with_defaults};

/// Name in the ledger of whoever acts behind the clients' backs.
const BEHIND: &str = "control";

/// Why something cannot be done behind the clients' backs.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum PortalError {
    #[error("there is no tenant {0}")]
    UnknownTenant(String),
    #[error("there is no domain {0}")]
    UnknownDomain(String),
    #[error("there is no portal user {0}")]
    UnknownUser(String),
    #[error("there is no S3 key {0}")]
    UnknownKey(String),
    #[error("a portal user named {0} exists already")]
    NameTaken(String),
    #[error("{0}")]
    Invalid(String),
}

impl From<Taken> for PortalError {
    fn from(Taken(name): Taken) -> Self {
        PortalError::NameTaken(name)
    }
}

impl State {
    /// The place of a user who is called `NAME`, or `DOMAIN\NAME` if it is of a directory.
    fn place(&self, tenant: &str, name: &str) -> Result<Place, PortalError> {
        let there = self.portal.tenant(tenant);
        let there = there.ok_or_else(|| PortalError::UnknownTenant(tenant.to_owned()))?;
        match name.split_once('\\') {
            None => Ok(Place::local(tenant, name)),
            Some((domain, name)) if there.domains.contains(domain) => {
                Ok(Place { domain: Some(domain.to_owned()), ..Place::local(tenant, name) })
            }
            Some((domain, _)) => Err(PortalError::UnknownDomain(domain.to_owned())),
        }
    }

    pub(super) fn uid_behind(&self, tenant: &str, name: &str) -> Result<u64, PortalError> {
        let uid = self.portal.uid(&self.place(tenant, name)?);
        uid.ok_or_else(|| PortalError::UnknownUser(name.to_owned()))
    }

    /// Makes a user and returns its uid. Neither rights nor policies are asked.
    pub(super) fn create_behind(
        &mut self,
        tenant: &str,
        name: &str,
        password: Option<&str>,
        attributes: Map<String, Value>,
    ) -> Result<u64, PortalError> {
        let place = self.place(tenant, name)?;
        if place.name.is_empty() {
            return Err(PortalError::Invalid("the name of a portal user is empty".to_owned()));
        }
        for own in FIXED.into_iter().chain(["name", "password"]) {
            if attributes.contains_key(own) {
                return Err(PortalError::Invalid(format!("`{own}` is none of the attributes")));
            }
        }
        let object = with_defaults(Object::from_json(attributes));
        let uid = self.portal.create(place, object, BEHIND, self.now)?;
        if let Some(user) = self.portal.user_mut(uid) {
            user.password = password.map(str::to_owned);
        }
        Ok(uid)
    }

    /// Sets those attributes that are named, `name` and `password` among them if they are.
    pub(super) fn change_behind(
        &mut self,
        tenant: &str,
        name: &str,
        attributes: Map<String, Value>,
    ) -> Result<(), PortalError> {
        let uid = self.uid_behind(tenant, name)?;
        let mut object = Object::from_json(attributes);
        if let Some(fixed) = FIXED.into_iter().find(|fixed| object.get(fixed).is_some()) {
            return Err(PortalError::Invalid(format!("`{fixed}` cannot be set")));
        }
        if let Some(name) = object.remove("name") {
            let name = name.as_text().filter(|name| !name.is_empty());
            let name = name.ok_or_else(|| PortalError::Invalid("`name` is no name".to_owned()))?;
            self.portal.rename(uid, name)?;
        }
        let Some(user) = self.portal.user_mut(uid) else { return Ok(()) };
        match object.remove("password") {
            None | Some(Node::Null) => {}
            Some(Node::Text(password)) => user.set_password(&password),
            Some(_) => return Err(PortalError::Invalid("`password` is no text".to_owned())),
        }
        for (name, value) in object.attributes() {
            user.set(name, value.clone());
        }
        Ok(())
    }

    /// The whole user as clients see it.
    pub(super) fn attributes_behind(
        &self,
        tenant: &str,
        name: &str,
    ) -> Result<Map<String, Value>, PortalError> {
        let uid = self.uid_behind(tenant, name)?;
        Ok(self.portal.user(uid).map(|user| user.object().to_json()).unwrap_or_default())
    }

    /// Deletes a user with its keys. No folder is counted.
    pub(super) fn delete_behind(&mut self, tenant: &str, name: &str) -> Result<(), PortalError> {
        let uid = self.uid_behind(tenant, name)?;
        self.portal.delete(uid, false, BEHIND, self.now);
        Ok(())
    }

    pub(super) fn password_is(
        &self,
        tenant: &str,
        name: &str,
        value: &str,
    ) -> Result<bool, PortalError> {
        let uid = self.uid_behind(tenant, name)?;
        let user = self.portal.user(uid);
        Ok(user.is_some_and(|user| user.password.as_deref() == Some(value)))
    }

    /// Makes an S3 key, whatever the limit, and returns its access key and its secret.
    pub(super) fn create_key_behind(
        &mut self,
        tenant: &str,
        name: &str,
    ) -> Result<(String, String), PortalError> {
        let uid = self.uid_behind(tenant, name)?;
        let key = self.portal.create_key(uid, BEHIND, self.now);
        let key = key.ok_or_else(|| PortalError::UnknownUser(name.to_owned()))?;
        Ok((key.access.clone(), key.secret.clone()))
    }

    pub(super) fn delete_key_behind(&mut self, access_key: &str) -> Result<(), PortalError> {
        let found = self.portal.keys().find(|(_, key)| key.access == access_key);
        let (owner, key) = found
            .map(|(owner, key)| (owner.uid, key.uid))
            .ok_or_else(|| PortalError::UnknownKey(access_key.to_owned()))?;
        self.portal.delete_key(owner, key);
        Ok(())
    }

    /// Whether this is the secret of a key that is there.
    pub(super) fn secret_is(&self, access_key: &str, secret: &str) -> Result<bool, PortalError> {
        let found = self.portal.keys().find(|(_, key)| key.access == access_key);
        let (_, key) = found.ok_or_else(|| PortalError::UnknownKey(access_key.to_owned()))?;
        Ok(key.secret == secret)
    }

    pub(super) fn select_behind(&mut self, tenant: &str) -> Result<(), PortalError> {
        if self.portal.tenant(tenant).is_none() {
            return Err(PortalError::UnknownTenant(tenant.to_owned()));
        }
        self.select_everywhere(tenant);
        Ok(())
    }

    pub(super) fn set_right(
        &mut self,
        tenant: &str,
        role: &str,
        setting: &str,
        value: bool,
    ) -> Result<(), PortalError> {
        let there = self.portal.tenant_mut(tenant);
        let there = there.ok_or_else(|| PortalError::UnknownTenant(tenant.to_owned()))?;
        there.roles.set(role, setting, value).map_err(PortalError::Invalid)
    }
}
