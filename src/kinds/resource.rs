//! What the reconciliation of an account must know of the kind of its object.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::future::Future;
use std::sync::Arc;

use kube::Resource;
use kube::core::NamespaceResourceScope;
use secrecy::SecretString;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::access_keys::{AccessKey, AccessKeyStatus, KeyIssuer};
use super::api_session::{ConsumerKind, SystemClient};
use super::common::{
    AccountSpec, AccountStatus, DesiredPassword, MarkerKey, OutputSecret, Password, Policies,
};
use crate::plan::{Account, Marker, ObjectName, Policy};
use crate::remote::{Remote, RemoteError};

/// What identifies the account of an object.
pub type KeyOf<K> = <<K as AccountResource>::Account as Account>::Key;

/// The account of an object as its system shows it.
pub type ObservedOf<K> = <<K as AccountResource>::Account as Account>::Observed;

/// A custom resource that declares one account. Who reconciles objects knows nothing else of a kind.
///
/// Only [`read_password`](Self::read_password) does I/O.
pub trait AccountResource:
    Resource<DynamicType = (), Scope = NamespaceResourceScope>
    + Clone
    + Debug
    + PartialEq
    + Serialize
    + DeserializeOwned
    + Send
    + Sync
    + 'static
{
    type Account: Account + Send + Sync + 'static;
    /// The client of the system that has such accounts.
    type Client: Remote<Self::Account> + Debug + Send + Sync + 'static;
    /// Makes access keys; [`NoKeys`](super::access_keys::NoKeys) where the system has none.
    type Issuer: KeyIssuer + Send + Sync;

    /// The kind's word in `allowedConsumers`.
    const CONSUMER: ConsumerKind;

    /// The client of a session, or `None` if the session is for another system.
    fn client(system: &SystemClient) -> Option<Arc<Self::Client>>;

    /// The fields that every kind has.
    fn account_spec(&self) -> &AccountSpec;

    /// The policies of the object: its own, then those of the session, then the built-in ones.
    fn policy(&self, session: Option<&Policies>) -> Policy {
        self.account_spec().policies.resolve(session)
    }

    /// Whether the account is to have a role with administrator's rights, for `allowedConsumers`.
    fn wants_admin_role(&self) -> bool {
        false
    }

    /// The names that the account is declared with, for `allowedConsumers`.
    fn names(&self) -> Vec<&str>;

    /// The password as declared.
    fn password(&self) -> Option<&Password>;

    /// Where the credentials go.
    fn output_secret(&self) -> Option<&OutputSecret>;

    /// The part of the status that every kind has; `None` before there is a status.
    fn account_status(&self) -> Option<&AccountStatus>;

    /// The identity of the account that is recorded in the status.
    fn recorded_key(&self) -> Option<KeyOf<Self>>;

    /// The identity that the author wrote, if it is one that authors write.
    fn declared_key(&self) -> Option<KeyOf<Self>>;

    /// A unique name claimed before the account exists: what [`Account::claim`] says of its account.
    fn claim(&self) -> Option<String>;

    /// The account as declared, with this password. `key` makes its markers.
    fn account(
        &self,
        object: ObjectName,
        password: DesiredPassword,
        key: &MarkerKey,
    ) -> Self::Account;

    /// For each managed field, the marker of its declared value.
    fn markers(account: &Self::Account) -> BTreeMap<&'static str, Marker>;

    /// The same object with another status: the part that every kind has, the identity of the account, and what is
    /// known of the account. That is what was seen of it (`observed`) and which fields were written after that
    /// (`written`). What was not looked at stays as it was, unless `key` is another account than before; then it was
    /// created just now.
    #[must_use]
    fn with_status(
        &self,
        common: AccountStatus,
        key: Option<&KeyOf<Self>>,
        observed: Option<&ObservedOf<Self>>,
        written: &[&'static str],
    ) -> Self;

    /// The login name of the object's account, for its output Secret.
    fn login_name(&self, key: &KeyOf<Self>) -> String;

    /// The access keys that are declared beside the password.
    fn access_keys(&self) -> &[AccessKey] {
        &[]
    }

    /// The access keys that are recorded in the status.
    fn recorded_access_keys(&self) -> &[AccessKeyStatus] {
        &[]
    }

    /// The same object with these access keys in its status.
    #[must_use]
    fn with_access_keys(self, _recorded: Vec<AccessKeyStatus>) -> Self {
        self
    }

    /// Who makes access keys for an account. Asked only if some are declared or recorded.
    fn issuer(client: &Arc<Self::Client>, key: &KeyOf<Self>) -> Option<Self::Issuer>;

    /// The password of an account, if the system showed it.
    fn shown_password(observed: &ObservedOf<Self>) -> Option<SecretString>;

    /// Reads the password that the account has now, when the list does not show it.
    fn read_password(
        client: &Self::Client,
        key: &KeyOf<Self>,
    ) -> impl Future<Output = Result<SecretString, RemoteError>> + Send;
}
