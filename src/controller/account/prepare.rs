//! What the batcher needs to decide about an object: its secrets resolved, its memory read.

use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::Timestamp;
use kube::ResourceExt;
use secrecy::SecretString;

use super::Turn;
use super::begin::PASSWORD;
use super::say::Trouble;
use crate::controller::claims::{object_name, seniority};
use crate::controller::error::Error;
use crate::controller::names::Name;
use crate::controller::output::{self, Output, Owner};
use crate::controller::sessions::OpenSession;
use crate::controller::trigger::annotation;
use crate::kinds::common::{
    DesiredPassword, Keeping, Kept, Source, Sources, credential, next_rotation, resolve_password,
};
use crate::kinds::{AccountResource, KeyOf};
use crate::plan::{Account, Claim, Declared, Desired, Memo, Policy};

/// An object that can be decided about.
pub(super) struct Prepared<K: AccountResource> {
    declared: Declared<K::Account>,
    after: After,
    /// The password was made just now, so there is something to do.
    is_fresh: bool,
}

/// What is done once the decision is carried out.
pub(super) struct After {
    pub keeping: Option<Keeping>,
    pub owner: Option<Owner>,
    pub policy: Policy,
    /// The request for a new password that this reconcile answers.
    pub rotate: Option<String>,
    /// When the next password is to be made, if the kept one stays.
    pub next_rotation: Option<Timestamp>,
    /// Changes with everything that was decided from, but for the remote system and the output Secret.
    decided_from: u64,
}

impl<K: AccountResource> Prepared<K> {
    pub fn into_parts(self) -> (Declared<K::Account>, After) {
        (self.declared, self.after)
    }

    /// Whether the same was decided before, with this fingerprint.
    pub fn is_settled(&self, fingerprint: Option<u64>, turn: &Turn<'_, K>) -> bool {
        !self.is_fresh && fingerprint == Some(turn.fingerprint(&self.after))
    }

    pub fn after(&self) -> &After {
        &self.after
    }
}

impl<K: AccountResource> Turn<'_, K> {
    /// Changes with everything that the decision depends on, the remote system excepted. The output Secret counts as it
    /// was last read or written here: what somebody did to it since is news.
    pub(super) fn fingerprint(&self, after: &After) -> u64 {
        let namespace = self.object.namespace().unwrap_or_default();
        let keys = self.object.access_keys().iter().map(|key| &key.output_secret.name);
        let outputs =
            self.object.output_secret().map(|output| &output.name).into_iter().chain(keys);
        let versions: Vec<_> = outputs
            .map(|output| self.kind.shared.secrets.version(&Name::new(&namespace, output)))
            .collect();
        let mut hasher = DefaultHasher::new();
        (after.decided_from, versions).hash(&mut hasher);
        hasher.finish()
    }

    /// Resolves what keeping the account as declared takes. The inner error is what a person has to be told.
    pub(super) async fn prepare(
        &self,
        open: &OpenSession,
    ) -> Result<Result<Prepared<K>, Trouble>, Error> {
        let object = &*self.object;
        let namespace = object.namespace().unwrap_or_default();
        let secrets = &self.kind.shared.secrets;
        let rotate =
            self.request(annotation::ROTATE, |status| status.last_handled_rotate_at.as_deref());
        let mut value = Err(String::new());
        if let Some(reference) = object.password().and_then(|p| p.secret_key_ref.as_ref()) {
            let secret = secrets.get(&Name::new(&namespace, &reference.name)).await?;
            value = match secret {
                None => Err(format!("there is no Secret `{}`", reference.name)),
                Some(values) => values.get(&reference.name, &reference.key).and_then(|value| {
                    credential(value, &namespace, &reference.name, &reference.key)
                        .map_err(|unusable| unusable.to_string())
                }),
            };
        }
        let owner = owner(object);
        let mut kept = Kept::default();
        let mut rotated_for = None;
        if let (Some(output), Some(owner)) = (object.output_secret(), &owner) {
            match output::read(secrets, owner, output).await? {
                Output::Free => {}
                Output::Ours(known, made_for) => (kept, rotated_for) = (known, made_for),
                Output::Foreign => return Ok(Err(Trouble::foreign_secret(&output.name))),
            }
        }
        let generated_at = kept.generated_at;
        let sources = Sources {
            spec: object.password(),
            output: object.output_secret(),
            now: Timestamp::now(),
            rotation_requested: rotate.is_some() && rotate != rotated_for,
        };
        let resolved = resolve_password(sources, |_| value, |_| Ok(kept), "set spec.outputSecret");
        let (password, keeping) = match resolved {
            Ok(resolved) => resolved,
            Err(what) => return Ok(Err(Trouble::secret_missing(&what))),
        };
        let declared = self.declared(password, Desired::Present);
        let next_rotation = object
            .password()
            .and_then(|spec| next_rotation(spec, generated_at.or(sources.now.into())));
        let policy = declared.policy;
        let settings = *open.settings.borrow();
        // A generated password is what the output Secret holds, whose version counts.
        let is_generated = object.password().is_some_and(|spec| spec.generate.is_some());
        let mut hasher = DefaultHasher::new();
        for (field, marker) in &declared.markers {
            if !is_generated || *field != PASSWORD {
                (field, marker.as_str()).hash(&mut hasher);
            }
        }
        let asked = object.annotations().get(annotation::ROTATE);
        (object.meta().generation, asked, open.incarnation).hash(&mut hasher);
        format!("{policy:?} {settings:?}").hash(&mut hasher);
        let is_fresh = keeping.as_ref().is_some_and(|keeping| keeping.source == Source::Fresh);
        let decided_from = hasher.finish();
        let after = After { keeping, owner, policy, rotate, next_rotation, decided_from };
        Ok(Ok(Prepared { declared, after, is_fresh }))
    }

    /// What removing the account takes: less than keeping it. The password only helps to find the result of a create
    /// whose end was not recorded.
    pub(super) async fn prepare_removal(&self) -> Result<Declared<K::Account>, Error> {
        let password = match self.password_of_claim().await? {
            Some(password) => DesiredPassword::AtCreation(password),
            None => DesiredPassword::Unmanaged,
        };
        Ok(self.declared(password, Desired::Absent))
    }

    async fn password_of_claim(&self) -> Result<Option<SecretString>, Error> {
        if self.object.recorded_key().is_some() {
            return Ok(None);
        }
        let namespace = self.object.namespace().unwrap_or_default();
        let secrets = &self.kind.shared.secrets;
        let reference = self.object.password().and_then(|spec| spec.secret_key_ref.as_ref());
        if let Some(reference) = reference {
            let values = secrets.get(&Name::new(&namespace, &reference.name)).await?;
            return Ok(values.and_then(|values| values.text(&reference.key)));
        }
        if let (Some(output), Some(owner)) = (self.object.output_secret(), owner(&*self.object))
            && let Output::Ours(kept, _) = output::read(secrets, &owner, output).await?
        {
            return Ok(kept.password);
        }
        Ok(None)
    }

    fn declared(
        &self,
        password: DesiredPassword,
        desired: impl FnOnce(K::Account) -> Desired<K::Account>,
    ) -> Declared<K::Account> {
        let object = &*self.object;
        let shared = &self.kind.shared;
        let session = shared.session(&self.session);
        let session = session.as_ref().and_then(|session| session.0.as_ref().ok());
        let defaults = session.and_then(|session| session.spec.defaults.as_ref());
        let account = object.account(object_name(object), password, &shared.key);
        let memo = self.memo(&account);
        Declared {
            object: object_name(object),
            markers: K::markers(&account),
            desired: desired(account),
            policy: object.policy(defaults),
            memo,
            seniority: seniority(object),
        }
    }

    /// What the object's status and finalizer say of earlier work.
    pub(super) fn memo(&self, account: &K::Account) -> Memo<KeyOf<K>> {
        let object = &*self.object;
        let status = object.account_status();
        let key = object.recorded_key();
        // The finalizer is set right before a create and before nothing else.
        let begun = self.is_claimed();
        let nothing_begun = self.kind.remember(object, |memory| memory.nothing_begun);
        let claimed = key.is_none() && object.declared_key().is_none() && begun && !nothing_begun;
        let unproven = status.is_some_and(|status| status.create_unproven.unwrap_or(false));
        Memo {
            origin: key.as_ref().and_then(|_| status?.origin).map(Into::into),
            claim: claimed.then(|| Claim { evidence: account.signature().filter(|_| !unproven) }),
            applied: status
                .map(|status| status.memo_markers(&self.kind.shared.key))
                .unwrap_or_default(),
            key,
        }
    }
}

/// The owner of the output Secret. Every object of the API server has what it takes.
pub(super) fn owner<K: AccountResource>(object: &K) -> Option<Owner> {
    let reference = object.controller_owner_ref(&())?;
    Some(Owner { object: object_name(object), reference })
}
