//! One object of any kind with its session, its memory and its password.

use std::collections::btree_map::Entry;

use super::claims::claimed_twice;
use super::group::Group;
use super::{Found, Purpose, Resolver, Target, missing, object_name};
use crate::cli::accounts::CliKind;
use crate::cli::input::{Input, Loaded, Problem};
use crate::kinds::api_session::{ApiSession, Consumer};
use crate::kinds::common::{
    DesiredPassword, Keeping, OutputSecret, SecretKeySelector, Sources, credential,
    resolve_password,
};
use crate::plan::{Account, Declared, Desired, Memo, ObjectName};

/// Why a generated password has no place.
const CANNOT_KEEP: &str =
    "the generated password would be lost; name a folder for it with --secrets-out DIR";

impl Resolver<'_> {
    /// Adds the objects of a kind to the targets of their sessions, and a group of the kind to each target that can
    /// have one.
    pub fn accounts<K: CliKind>(&self, input: &Input, targets: &mut [Target], found: &mut Found) {
        let group = |target: &Target| K::client(&target.session.system).map(Group::new);
        let mut groups: Vec<Option<Group<K>>> = targets.iter().map(group).collect();
        let objects = input.accounts.of::<K>();
        for loaded in objects {
            if let Err(problem) = self.account(loaded, input, targets, &mut groups, found) {
                found.problems.push(problem);
            }
        }
        found.problems.extend(claimed_twice(objects, targets, &groups));
        for (target, group) in targets.iter_mut().zip(groups) {
            let Some(group) = group else { continue };
            target.groups.push(Box::new(group));
        }
    }

    /// Adds the object to the group of its session. An error: the object cannot be added.
    fn account<K: CliKind>(
        &self,
        loaded: &Loaded<K>,
        input: &Input,
        targets: &[Target],
        groups: &mut [Option<Group<K>>],
        found: &mut Found,
    ) -> Result<(), Problem> {
        let (spec, origin) = (loaded.object.account_spec(), &loaded.origin);
        let object = object_name(K::Account::KIND, loaded.object.meta());
        if spec.suspend.unwrap_or(false) {
            found.notices.push(format!("{object} is suspended; it is left as it is"));
            return Ok(());
        }
        let session = session_of(loaded, &object, input)?;
        let session_name = object_name("ApiSession", &session.object.metadata);
        let mut pairs = targets.iter().zip(groups);
        // A session that is suspended or has a problem of its own has no target; that was said already.
        let Some((target, group)) = pairs.find(|(target, _)| target.session.name == session_name)
        else {
            return Ok(());
        };
        let Some(group) = group else {
            let what = format!("{session_name} is for another system, which has no {}s", K::NOUN);
            let help = "name a session for the system of this kind";
            return Err(origin.problem("spec.sessionRef", what).help(help));
        };
        let (password, keeping) = self.password(loaded, &object)?;
        let account = loaded.object.account(object.clone(), password, self.state.key());
        if let Some(secret) = keeping.as_ref().map(|keeping| &keeping.output.name)
            && let Some(other) = found.output(secret, &object)
        {
            let what = format!("{other} writes to the Secret `{secret}` too; give each its own");
            found.problems.push(origin.problem("spec.outputSecret.name", what));
        }
        if let Some((field, value)) = loaded.object.created_with()
            && let Some(before) = self.state.created_with(&target.session.space, &object, field)
            && self.purpose == Purpose::Keep
            && before != value
        {
            let what = format!(
                "{object} was created with the {field} `{before}`, and {field}s cannot be changed"
            );
            let help = "put it back, or make another object for another account";
            found.problems.push(origin.problem(&format!("spec.{field}"), what).help(help));
        }
        group.members.objects.insert(object.clone(), loaded.object.clone());
        let markers = K::markers(&account);
        let desired = match self.purpose {
            Purpose::Keep => Desired::Present(account),
            Purpose::Remove => Desired::Absent(account),
        };
        let memo = self.memo(loaded, &target.session.space, &object);
        group.members.keeping.extend(keeping.map(|keeping| (object.clone(), keeping)));
        group.declared.push(Declared {
            object,
            desired,
            policy: loaded.object.policy(session.object.spec.defaults.as_ref()),
            memo,
            markers,
            seniority: None,
        });
        Ok(())
    }

    /// What is remembered; for an object that comes out of a cluster, what its status says.
    fn memo<K: CliKind>(
        &self,
        loaded: &Loaded<K>,
        space: &str,
        object: &ObjectName,
    ) -> Memo<String> {
        let mut memo = self.state.memo(space, object);
        if memo.key.is_none()
            && let Some(status) = loaded.object.account_status()
        {
            memo.key = loaded.object.recorded_key();
            memo.origin = status.origin.map(Into::into);
        }
        memo
    }

    fn password<K: CliKind>(
        &self,
        loaded: &Loaded<K>,
        object: &ObjectName,
    ) -> Result<(DesiredPassword, Option<Keeping>), Problem> {
        let origin = &loaded.origin;
        if self.purpose == Purpose::Remove {
            return Ok((DesiredPassword::Unmanaged, None));
        }
        let sources = Sources {
            spec: loaded.object.password(),
            output: loaded.object.output_secret().filter(|_| self.output.can_keep()),
            now: self.now,
            rotation_requested: false,
        };
        let secret = |reference: &SecretKeySelector| {
            let path = "spec.password.secretKeyRef";
            let SecretKeySelector { name, key } = reference;
            let value = self.secrets.get(&object.namespace, name, key);
            let value = value.map_err(|what| missing(self.secrets, origin, path, what))?;
            credential(value, &object.namespace, name, key)
                .map_err(|error| origin.problem(path, error.to_string()))
        };
        let kept = |output: &OutputSecret| {
            let kept = self.output.read(object, output);
            let kept =
                kept.map_err(|error| origin.problem("spec.outputSecret", format!("{error:#}")))?;
            Ok(kept.unwrap_or_default())
        };
        resolve_password(sources, secret, kept, CANNOT_KEEP)
    }
}

impl Found {
    /// Takes note that the object writes to this Secret. Returns the object that does so already.
    fn output(&mut self, secret: &str, object: &ObjectName) -> Option<ObjectName> {
        let place = (object.namespace.clone(), secret.to_owned());
        match self.outputs.entry(place) {
            Entry::Vacant(vacant) => {
                vacant.insert(object.clone());
                None
            }
            Entry::Occupied(other) => Some(other.get().clone()),
        }
    }
}

/// The session that the object names, if it lets the object use it.
fn session_of<'i, K: CliKind>(
    loaded: &Loaded<K>,
    object: &ObjectName,
    input: &'i Input,
) -> Result<&'i Loaded<ApiSession>, Problem> {
    let origin = &loaded.origin;
    let reference = &loaded.object.account_spec().session_ref;
    let namespace = reference.namespace.as_deref().unwrap_or(&object.namespace);
    let has_name = |session: &&Loaded<ApiSession>| {
        let metadata = &session.object.metadata;
        metadata.name.as_ref() == Some(&reference.name)
            && metadata.namespace.as_deref() == Some(namespace)
    };
    let Some(session) = input.sessions.iter().find(has_name) else {
        let what = format!("there is no ApiSession {namespace}/{} in the input", reference.name);
        let names: Vec<String> = input
            .sessions
            .iter()
            .map(|session| object_name("ApiSession", &session.object.metadata))
            .map(|name| format!("{}/{}", name.namespace, name.name))
            .collect();
        let help = if names.is_empty() {
            "add the file with the ApiSession".to_owned()
        } else {
            format!("the input has {}", names.join(", "))
        };
        return Err(origin.problem("spec.sessionRef", what).help(help));
    };
    let names = loaded.object.names();
    let consumer = Consumer {
        namespace: &object.namespace,
        kind: K::CONSUMER,
        names: &names,
        wants_admin_role: loaded.object.wants_admin_role(),
    };
    let admitted = session.object.spec.admit(namespace, consumer, |_| None);
    admitted.map_err(|denied| origin.problem("spec.sessionRef", denied.to_string()))?;
    Ok(session)
}
