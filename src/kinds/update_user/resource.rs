//! `UpdateUser` as an object that declares one account.

use std::collections::BTreeMap;
use std::sync::Arc;

use secrecy::SecretString;

use super::account::claim_of;
use super::change::LOGIN_STATE;
use super::{LoginState, UpdateUser, UpdateUserAccount, UpdateUserStatus};
use crate::kinds::AccountResource;
use crate::kinds::access_keys::NoKeys;
use crate::kinds::api_session::{ConsumerKind, SystemClient};
use crate::kinds::common::{
    AccountSpec, AccountStatus, DesiredPassword, MarkerKey, OutputSecret, Password,
};
use crate::plan::{Marker, ObjectName};
use crate::remote::RemoteError;
use crate::systems::dynect;

impl AccountResource for UpdateUser {
    type Account = UpdateUserAccount;
    type Client = dynect::Client;
    type Issuer = NoKeys;

    const CONSUMER: ConsumerKind = ConsumerKind::UpdateUser;

    fn client(system: &SystemClient) -> Option<Arc<dynect::Client>> {
        match system {
            SystemClient::Dynect(client) => Some(Arc::clone(client)),
            SystemClient::CteraPortal(_) => None,
        }
    }

    fn account_spec(&self) -> &AccountSpec {
        &self.spec.account
    }

    fn names(&self) -> Vec<&str> {
        let names = [&self.spec.nickname, &self.spec.user_name];
        names.into_iter().flatten().map(String::as_str).collect()
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
        self.status.as_ref()?.user_name.clone()
    }

    fn declared_key(&self) -> Option<String> {
        self.spec.user_name.clone()
    }

    fn claim(&self) -> Option<String> {
        self.spec.nickname.as_deref().map(claim_of)
    }

    fn account(
        &self,
        object: ObjectName,
        password: DesiredPassword,
        key: &MarkerKey,
    ) -> UpdateUserAccount {
        UpdateUserAccount {
            object,
            nickname: self.spec.nickname.clone(),
            user_name: self.spec.user_name.clone(),
            login_state: self.spec.login_state,
            password,
            key: key.clone(),
        }
    }

    fn markers(account: &UpdateUserAccount) -> BTreeMap<&'static str, Marker> {
        account.markers()
    }

    fn with_status(
        &self,
        common: AccountStatus,
        key: Option<&String>,
        observed: Option<&dynect::UpdateUser>,
        written: &[&'static str],
    ) -> Self {
        let login_state = self.known_login_state(key, observed, written);
        let status = UpdateUserStatus { account: common, user_name: key.cloned(), login_state };
        Self { status: Some(status), ..self.clone() }
    }

    fn login_name(&self, key: &String) -> String {
        key.clone()
    }

    fn issuer(_client: &Arc<dynect::Client>, _key: &String) -> Option<NoKeys> {
        None
    }

    fn shown_password(observed: &dynect::UpdateUser) -> Option<SecretString> {
        observed.password.clone()
    }

    async fn read_password(
        client: &dynect::Client,
        key: &String,
    ) -> Result<SecretString, RemoteError> {
        client.update_user_password(key).await
    }
}

impl UpdateUser {
    /// What was written last, else what was seen last.
    fn known_login_state(
        &self,
        key: Option<&String>,
        observed: Option<&dynect::UpdateUser>,
        written: &[&'static str],
    ) -> Option<LoginState> {
        // The system creates every account active.
        let of_a_new_account = LoginState::Active;
        if written.contains(&LOGIN_STATE) {
            return Some(self.spec.login_state.unwrap_or(of_a_new_account));
        }
        let seen = observed.and_then(|account| account.status).map(LoginState::from);
        let recorded = self.status.as_ref();
        let is_another =
            key.is_some() && recorded.and_then(|status| status.user_name.as_ref()) != key;
        let before = match observed {
            None if is_another => Some(of_a_new_account),
            Some(_) if is_another => None,
            _ => recorded.and_then(|status| status.login_state),
        };
        seen.or(before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::common::SessionRef;
    use crate::kinds::update_user::{PASSWORD, UpdateUserSpec};
    use crate::plan::Account;

    const ACTIVE: Option<LoginState> = Some(LoginState::Active);
    const BLOCKED: Option<LoginState> = Some(LoginState::Blocked);

    /// An object that declares this state, with this state of `acme-edge1` in its status.
    fn object(declared: Option<LoginState>, recorded: Option<LoginState>) -> UpdateUser {
        let spec = serde_json::json!({
            "sessionRef": { "name": "dynect" },
            "nickname": "edge1",
            "userName": "acme-edge1",
        });
        let spec: UpdateUserSpec = serde_json::from_value(spec).unwrap();
        let mut object = UpdateUser::new("edge1", UpdateUserSpec { login_state: declared, ..spec });
        object.status = Some(UpdateUserStatus {
            account: AccountStatus::default(),
            user_name: Some("acme-edge1".into()),
            login_state: recorded,
        });
        object
    }

    fn seen(status: Option<dynect::LoginState>) -> dynect::UpdateUser {
        let password = Some("shown".into());
        dynect::UpdateUser { user_name: "acme-edge1".into(), status, password, nickname: None }
    }

    /// The state that the object has with its next status.
    fn next(
        object: &UpdateUser,
        key: &str,
        observed: Option<&dynect::UpdateUser>,
        written: &[&'static str],
    ) -> Option<LoginState> {
        let status = object
            .with_status(AccountStatus::default(), Some(&key.to_owned()), observed, written)
            .status
            .unwrap();
        assert_eq!(status.user_name.as_deref(), Some(key));
        status.login_state
    }

    #[test]
    fn a_written_state_is_the_declared_one_and_any_other_the_one_seen() {
        let active = seen(Some(dynect::LoginState::Active));
        for (declared, written, expected) in [
            (BLOCKED, &[LOGIN_STATE][..], BLOCKED),
            (BLOCKED, &[PASSWORD], ACTIVE),
            (BLOCKED, &[], ACTIVE),
            (None, &[], ACTIVE),
        ] {
            let object = object(declared, BLOCKED);
            assert_eq!(next(&object, "acme-edge1", Some(&active), written), expected);
        }
    }

    #[test]
    fn what_was_not_seen_stays_as_it_was() {
        let hidden = seen(None);
        for recorded in [ACTIVE, BLOCKED, None] {
            let object = object(None, recorded);
            assert_eq!(next(&object, "acme-edge1", None, &[]), recorded);
            assert_eq!(next(&object, "acme-edge1", Some(&hidden), &[PASSWORD]), recorded);
            // Of another account nothing was recorded.
            assert_eq!(next(&object, "acme-edge2", Some(&hidden), &[]), None);
        }
    }

    #[test]
    fn a_created_account_is_active_unless_it_was_blocked() {
        for (declared, written, expected) in [
            (None, &[PASSWORD, LOGIN_STATE][..], ACTIVE),
            (ACTIVE, &[PASSWORD, LOGIN_STATE], ACTIVE),
            (BLOCKED, &[PASSWORD, LOGIN_STATE], BLOCKED),
            // Blocking it failed.
            (BLOCKED, &[PASSWORD], ACTIVE),
        ] {
            let fresh = UpdateUser { status: None, ..object(declared, None) };
            assert_eq!(next(&fresh, "acme-edge1", None, written), expected);
            // One that replaces an account that is gone.
            assert_eq!(next(&object(declared, BLOCKED), "acme-edge2", None, written), expected);
        }
    }

    #[test]
    fn the_status_holds_what_it_is_given_and_the_rest_of_the_object_stays() {
        let object = object(ACTIVE, ACTIVE);
        let common = AccountStatus { observed_generation: Some(3), ..AccountStatus::default() };
        let next = object.with_status(common.clone(), None, None, &[]);
        assert_eq!(next.account_status(), Some(&common));
        assert_eq!((next.recorded_key(), &next.spec), (None, &object.spec));
    }

    #[test]
    fn the_object_says_what_its_account_says() {
        let object = object(BLOCKED, None);
        let name = ObjectName { kind: "UpdateUser", namespace: "dns".into(), name: "edge1".into() };
        let key = MarkerKey::new([7; MarkerKey::LENGTH]);
        let account = object.account(name.clone(), DesiredPassword::Value("pw".into()), &key);
        assert_eq!(AccountResource::claim(&object), account.claim());
        assert_eq!(object.names(), ["edge1", "acme-edge1"]);
        assert_eq!(object.declared_key().as_deref(), account.user_name.as_deref());
        assert_eq!(
            object.account_spec().session_ref,
            SessionRef { name: "dynect".into(), namespace: None }
        );
        let markers = BTreeMap::from([
            ("loginState", key.mark(&name, "loginState", "Blocked")),
            ("password", key.mark(&name, "password", "pw")),
        ]);
        assert_eq!(UpdateUser::markers(&account), markers);
    }
}
