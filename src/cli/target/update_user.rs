//! One `UpdateUser` with its session, its memory and its password.

use std::collections::BTreeMap;

use super::{Purpose, Resolver, Target, missing, object_name};
use crate::cli::input::{Input, Loaded, Problem};
use crate::kinds::AccountResource;
use crate::kinds::api_session::{ApiSession, Consumer};
use crate::kinds::common::{
    DesiredPassword, Keeping, OutputSecret, SecretKeySelector, Sources, credential,
    resolve_password,
};
use crate::kinds::update_user::UpdateUser;
use crate::plan::{Declared, Desired, ObjectName};

/// Why a generated password has no place.
const CANNOT_KEEP: &str =
    "the generated password would be lost; name a folder for it with --secrets-out DIR";

impl Resolver<'_> {
    /// Adds the object to the target of its session.
    pub(super) fn update_user(
        &self,
        loaded: &Loaded<UpdateUser>,
        input: &Input,
        targets: &mut [Target],
        notices: &mut Vec<String>,
        problems: &mut Vec<Problem>,
    ) {
        let (spec, origin) = (&loaded.object.spec, &loaded.origin);
        let object = object_name("UpdateUser", &loaded.object.metadata);
        if spec.account.suspend.unwrap_or(false) {
            notices.push(format!("{object} is suspended; it is left as it is"));
            return;
        }
        let session = match session_of(loaded, &object, input) {
            Ok(session) => session,
            Err(problem) => return problems.push(problem),
        };
        let session_name = object_name("ApiSession", &session.object.metadata);
        // A session that is suspended or has a problem of its own has no target; that was said already.
        let Some(target) = targets.iter_mut().find(|target| target.session == session_name) else {
            return;
        };
        let (password, keeping) = match self.password(loaded, &object) {
            Ok(resolved) => resolved,
            Err(problem) => return problems.push(problem),
        };
        let account = loaded.object.account(object.clone(), password, self.state.key());
        if let Some(secret) = keeping.as_ref().map(|keeping| &keeping.output.name)
            && let Some((other, _)) = target.keeping.iter().find(|(other, keeping)| {
                keeping.output.name == *secret && other.namespace == object.namespace
            })
        {
            let what = format!("{other} writes to the Secret `{secret}` too; give each its own");
            problems.push(origin.problem("spec.outputSecret.name", what));
        }
        if let (Some(created_with), Some(nickname)) =
            (self.state.nickname(&target.space, &object), &spec.nickname)
            && self.purpose == Purpose::Keep
            && created_with != nickname
        {
            let what = format!(
                "{object} was created with the nickname `{created_with}`, and nicknames cannot be changed"
            );
            let help = "put it back, or make another object for another account";
            problems.push(origin.problem("spec.nickname", what).help(help));
        }
        target.nicknames.extend(spec.nickname.clone().map(|nickname| (object.clone(), nickname)));
        let markers = UpdateUser::markers(&account);
        let desired = match self.purpose {
            Purpose::Keep => Desired::Present(account),
            Purpose::Remove => Desired::Absent(account),
        };
        let memo = self.memo(loaded, &target.space, &object);
        target.keeping.extend(keeping.map(|keeping| (object.clone(), keeping)));
        target.declared.push(Declared {
            object,
            desired,
            policy: spec.account.policies.resolve(session.object.spec.defaults.as_ref()),
            memo,
            markers,
            seniority: None,
        });
    }

    /// What is remembered; for an object that comes out of a cluster, what its status says.
    fn memo(
        &self,
        loaded: &Loaded<UpdateUser>,
        space: &str,
        object: &ObjectName,
    ) -> crate::plan::Memo<String> {
        let mut memo = self.state.memo(space, object);
        if memo.key.is_none()
            && let Some(status) = loaded.object.account_status()
        {
            memo.key = loaded.object.recorded_key();
            memo.origin = status.origin.map(Into::into);
        }
        memo
    }

    fn password(
        &self,
        loaded: &Loaded<UpdateUser>,
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

/// The session that the object names, if it lets the object use it.
fn session_of<'i>(
    loaded: &Loaded<UpdateUser>,
    object: &ObjectName,
    input: &'i Input,
) -> Result<&'i Loaded<ApiSession>, Problem> {
    let (spec, origin) = (&loaded.object.spec, &loaded.origin);
    let reference = &spec.account.session_ref;
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
    let consumer =
        Consumer { namespace: &object.namespace, kind: UpdateUser::CONSUMER, names: &names };
    let admitted = session.object.spec.admit(namespace, consumer, |_| None);
    admitted.map_err(|denied| origin.problem("spec.sessionRef", denied.to_string()))?;
    Ok(session)
}

/// Objects that claim one account, in whichever sessions, told from their text alone.
pub(super) fn claimed_twice(objects: &[Loaded<UpdateUser>], targets: &[Target]) -> Vec<Problem> {
    let mut space_of = BTreeMap::new();
    for target in targets {
        space_of.extend(target.declared.iter().map(|declared| (&declared.object, &*target.space)));
    }
    let mut claims: BTreeMap<(&str, &str, &str), &Loaded<UpdateUser>> = BTreeMap::new();
    let mut problems = Vec::new();
    for loaded in objects {
        let object = object_name("UpdateUser", &loaded.object.metadata);
        let Some(space) = space_of.get(&object) else { continue };
        let spec = &loaded.object.spec;
        for (field, value) in [("nickname", &spec.nickname), ("userName", &spec.user_name)] {
            let Some(value) = value else { continue };
            let Some(first) = claims.insert((space, field, value), loaded) else { continue };
            let path = format!("spec.{field}");
            let other = object_name("UpdateUser", &first.object.metadata);
            let what =
                format!("{object} claims the account with {field} `{value}`, and so does {other}");
            let problem = loaded
                .origin
                .problem(&path, what)
                .help("remove one of the two objects, or give them different accounts")
                .related("the other claim is here", first.origin.locate(&path));
            problems.push(problem);
        }
    }
    problems
}
