//! `PortalUser` as an object that declares one account.

use std::collections::BTreeMap;
use std::sync::Arc;

use secrecy::SecretString;

use super::account::claim_of;
use super::change::ROLE;
use super::{PortalUser, PortalUserAccount, PortalUserStatus, Role};
use crate::kinds::AccountResource;
use crate::kinds::access_keys::{AccessKey, AccessKeyStatus, IssuedKey, KeyIssuer};
use crate::kinds::api_session::{ConsumerKind, SystemClient};
use crate::kinds::common::{
    AccountSpec, AccountStatus, DesiredPassword, MarkerKey, OutputSecret, Password, Policies,
};
use crate::plan::{Adoption, Marker, ObjectName, Policy};
use crate::remote::{Cause, RemoteError};
use crate::systems::ctera::{Client, Place, SYSTEM, User};

impl AccountResource for PortalUser {
    type Account = PortalUserAccount;
    type Client = Client;
    type Issuer = S3Keys;

    const CONSUMER: ConsumerKind = ConsumerKind::PortalUser;

    fn client(system: &SystemClient) -> Option<Arc<Client>> {
        match system {
            SystemClient::CteraPortal(client) => Some(Arc::clone(client)),
            SystemClient::Dynect(_) => None,
        }
    }

    fn account_spec(&self) -> &AccountSpec {
        &self.spec.account
    }

    /// A user of a directory exists before anybody declares it and is never edited, so it is taken over unless somebody
    /// says otherwise.
    fn policy(&self, session: Option<&Policies>) -> Policy {
        let own = &self.spec.account.policies;
        let adoption = own.adoption.or(session.and_then(|session| session.adoption));
        let resolved = own.resolve(session);
        match (&self.spec.directory, adoption) {
            (Some(_), None) => Policy { adoption: Adoption::IfExists, ..resolved },
            (Some(_), Some(_)) | (None, _) => resolved,
        }
    }

    fn wants_admin_role(&self) -> bool {
        self.spec.role.is_some_and(Role::is_admin)
    }

    fn names(&self) -> Vec<&str> {
        vec![&self.spec.name]
    }

    fn password(&self) -> Option<&Password> {
        self.spec.password.as_ref()
    }

    fn output_secret(&self) -> Option<&OutputSecret> {
        self.spec.output_secret.as_ref()
    }

    fn account_status(&self) -> Option<&AccountStatus> {
        self.status.as_ref().map(|status| &status.account)
    }

    fn recorded_key(&self) -> Option<String> {
        self.status.as_ref()?.uid.clone()
    }

    /// Authors write names, and a name is no identity.
    fn declared_key(&self) -> Option<String> {
        None
    }

    fn claim(&self) -> Option<String> {
        Some(claim_of(&self.place(), &self.spec.name))
    }

    fn account(
        &self,
        object: ObjectName,
        password: DesiredPassword,
        key: &MarkerKey,
    ) -> PortalUserAccount {
        let spec = &self.spec;
        PortalUserAccount {
            object,
            name: spec.name.clone(),
            place: self.place(),
            email: spec.email.clone(),
            first_name: spec.first_name.clone(),
            last_name: spec.last_name.clone(),
            role: spec.role,
            company: spec.company.clone(),
            comment: spec.comment.clone(),
            password,
            password_change: spec.require_password_change.clone(),
            acknowledged: spec.acknowledge_data_loss.clone(),
            key: key.clone(),
        }
    }

    fn markers(account: &PortalUserAccount) -> BTreeMap<&'static str, Marker> {
        account.markers()
    }

    fn with_status(
        &self,
        common: AccountStatus,
        key: Option<&String>,
        observed: Option<&User>,
        written: &[&'static str],
    ) -> Self {
        let before = self.status.clone().unwrap_or_default();
        let is_another = key.is_some() && before.uid.as_ref() != key;
        // The portal makes every user active, and with the role that it is told.
        let of_a_new_user = (
            Some(self.spec.role.unwrap_or(Role::OF_A_NEW_USER).wire().to_owned()),
            Some("active".to_owned()),
        );
        let (role, account_status) = match observed {
            Some(user) => (user.role.clone(), user.account_status.clone()),
            None if is_another => of_a_new_user,
            None => (before.role, before.account_status),
        };
        let was_written = self.spec.role.filter(|_| written.contains(&ROLE));
        let status = PortalUserStatus {
            account: common,
            uid: key.cloned(),
            role: was_written.map(|role| role.wire().to_owned()).or(role),
            account_status,
            s3_credentials: before.s3_credentials,
        };
        Self { status: Some(status), ..self.clone() }
    }

    fn login_name(&self, _key: &String) -> String {
        self.spec.name.clone()
    }

    fn access_keys(&self) -> &[AccessKey] {
        &self.spec.s3_credentials
    }

    fn recorded_access_keys(&self) -> &[AccessKeyStatus] {
        self.status.as_ref().map_or(&[], |status| &status.s3_credentials)
    }

    fn with_access_keys(self, recorded: Vec<AccessKeyStatus>) -> Self {
        let status = self.status.clone().unwrap_or_default();
        Self { status: Some(PortalUserStatus { s3_credentials: recorded, ..status }), ..self }
    }

    fn issuer(client: &Arc<Client>, key: &String) -> Option<S3Keys> {
        Some(S3Keys { client: Arc::clone(client), user: key.clone() })
    }

    /// The portal shows none.
    fn shown_password(_observed: &User) -> Option<SecretString> {
        None
    }

    async fn read_password(_client: &Client, _key: &String) -> Result<SecretString, RemoteError> {
        let why = "the portal shows no passwords, so the one that the user has is known to nobody here; ask for a new one with the annotation roster.rs/rotate-requested-at, or declare one with password.secretKeyRef";
        Err(RemoteError::new(SYSTEM, "read the password of a user", Cause::Rejected, why))
    }
}

impl PortalUser {
    /// Where the user is at home.
    fn place(&self) -> Place {
        match self.spec.directory.clone() {
            Some(domain) => Place::Directory { domain },
            None => Place::Local,
        }
    }
}

/// The S3 credentials of one user.
#[derive(Debug)]
pub struct S3Keys {
    client: Arc<Client>,
    user: String,
}

impl KeyIssuer for S3Keys {
    async fn list(&self) -> Result<Vec<String>, RemoteError> {
        let keys = self.client.list_keys(&self.user).await?;
        Ok(keys.into_iter().map(|key| key.access_key).collect())
    }

    async fn issue(&self, known: &[String]) -> Result<IssuedKey, RemoteError> {
        let made = self.client.create_key(&self.user, known).await?;
        Ok(IssuedKey { id: made.access_key, secret: made.secret_key })
    }

    async fn revoke(&self, id: &str) -> Result<(), RemoteError> {
        self.client.delete_key(&self.user, id).await
    }
}
